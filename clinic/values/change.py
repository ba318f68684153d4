"""The notice that a contact's record changed: which contact, and which part of the record."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """Which part of a record changed: its portal status (or what that is shown with), documents or appointments."""

    PORTAL_STATUS = "PORTAL_STATUS"
    DOCUMENTS = "DOCUMENTS"
    APPOINTMENTS = "APPOINTMENTS"


@dataclass(frozen=True, slots=True)
class Change:
    """Says that something changed, but not what. A listener asks for the new state with its own permissions."""

    organization_id: UUID
    contact_id: UUID
    kind: ChangeKind
