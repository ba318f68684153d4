"""What another system says of records, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from uuid import UUID

from clinic.records.external_ids import Identifier
from clinic.records.models import ContactKind, ExternalIdKind
from clinic.values.errors import ClinicError, NotFound, TooManyAttempts


class LeftOut(Enum):
    """The value of a field that was not sent, which stays as it is. None empties a field."""

    LEFT_OUT = "LEFT_OUT"


LEFT_OUT = LeftOut.LEFT_OUT


@dataclass(frozen=True, slots=True)
class SyncContact:
    """A contact. `facility` is that of the present episode. `archived` None leaves the archive as it is."""

    external_id: Identifier
    kind: ContactKind | LeftOut | None = LEFT_OUT
    given_name: str | LeftOut | None = LEFT_OUT
    family_name: str | LeftOut | None = LEFT_OUT
    date_of_birth: date | LeftOut | None = LEFT_OUT
    emails: Sequence[str] | LeftOut | None = LEFT_OUT
    phones: Sequence[str] | LeftOut | None = LEFT_OUT
    language: str | LeftOut | None = LEFT_OUT
    facility: Identifier | LeftOut | None = LEFT_OUT
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class SyncRelationship:
    """`relative` is the `kind` of `client`. `portal_access` None leaves it as it is; a new one has none then."""

    external_id: Identifier
    client: Identifier
    relative: Identifier
    kind: str
    portal_access: bool | None = None
    ends_on: date | LeftOut | None = LEFT_OUT


@dataclass(frozen=True, slots=True)
class SyncAppointment:
    """An appointment. The instants are aware.

    A `cancelled` one is cancelled, which clears the source's status, and is otherwise left as it is.
    """

    external_id: Identifier
    contact: Identifier
    starts_at: datetime
    ends_at: datetime
    facility: Identifier | LeftOut | None = LEFT_OUT
    staff_member: Identifier | LeftOut | None = LEFT_OUT
    source_status: str | LeftOut | None = LEFT_OUT
    cancelled: bool = False


SyncRecord = SyncContact | SyncRelationship | SyncAppointment
KINDS: dict[type[SyncRecord], ExternalIdKind] = {
    SyncContact: ExternalIdKind.CONTACT,
    SyncRelationship: ExternalIdKind.RELATIONSHIP,
    SyncAppointment: ExternalIdKind.APPOINTMENT,
}


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """Records that are made so in this order: contacts, relationships, appointments."""

    contacts: Sequence[SyncContact] = ()
    relationships: Sequence[SyncRelationship] = ()
    appointments: Sequence[SyncAppointment] = ()

    @property
    def size(self) -> int:
        return len(self.contacts) + len(self.relationships) + len(self.appointments)


class SyncOutcome(StrEnum):
    """What became of a record; in a dry run, what would become of it."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The result for one record. `record_id` is None for one that is not on record."""

    kind: ExternalIdKind
    external_id: Identifier
    outcome: SyncOutcome
    record_id: UUID | None = None
    refusal: ClinicError | None = None

    @property
    def retryable(self) -> bool:
        """Whether the same record may go through later: a limit is lifted, or what it refers to has arrived."""
        return isinstance(self.refusal, TooManyAttempts | NotFound)
