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


class TooManyVanished(ClinicError):
    """More contacts than expected are not in the complete list of their system: `vanished` of `contacts`.

    `first` are the external ids of the first of them.
    """

    def __init__(self, system: str, vanished: int, contacts: int, most_percent: int, first: Sequence[str] = ()) -> None:
        self.system = system
        self.vanished = vanished
        self.first = tuple(first)
        self.contacts = contacts
        self.most_percent = most_percent


class IncompleteList(ClinicError):
    """So many records of a complete list were refused, so the list does not tell who has vanished."""

    def __init__(self, refused: int) -> None:
        self.refused = refused


class NothingListed(ClinicError):
    """A complete list names no contact at all."""


class ChangedMeanwhile(ClinicError):
    """Somebody changed the record after the caller read it. `version` is the present one, `changes` newest first."""

    def __init__(self, kind: str, record_id: UUID, version: int, changes: Sequence[ChangeMade]) -> None:
        self.kind = kind
        self.record_id = record_id
        self.version = version
        self.changes = tuple(changes)

    def __str__(self) -> str:
        return f"{self.code} {self.kind}={self.record_id} version={self.version}"
