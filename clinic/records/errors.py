"""What can stand in the way of changing a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.values.errors import ClinicError


@dataclass(frozen=True)
class ChangeMade:
    """One change of a record: who made it, when, and which fields it changed. `by` is a name; no log contains it."""

    at: datetime
    by: str
    fields: tuple[str, ...]


class ExternalIdTaken(ClinicError):
    """Another record of the same kind has this external id. `field` is the input that named it."""

    def __init__(self, field: str, record_kind: str, record_id: UUID) -> None:
        self.field = field
        self.record_kind = record_kind
        self.record_id = record_id


class PossibleTwin(ClinicError):
    """A record with the same name, date of birth and address is there, without this external id."""

    def __init__(self, record_id: UUID) -> None:
        self.record_id = record_id


class RegisteredAddress(ClinicError):
    """The change would take away the address with which the person registered."""


class ChangedMeanwhile(ClinicError):
    """Somebody changed the record after the caller read it. `version` is the present one, `changes` newest first."""

    def __init__(self, kind: str, record_id: UUID, version: int, changes: Sequence[ChangeMade]) -> None:
        self.kind = kind
        self.record_id = record_id
        self.version = version
        self.changes = tuple(changes)

    def __str__(self) -> str:
        return f"{self.code} {self.kind}={self.record_id} version={self.version}"
