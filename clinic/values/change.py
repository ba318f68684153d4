"""The notice that something changed: a contact's record, or what is said of the practice and its facilities."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """What changed: a part of a contact's record, or the practice.

    The portal status comes with what it is shown with. A change of the practice concerns no contact; its `contact_id`
    is the organization's id.
    """

    PORTAL_STATUS = "PORTAL_STATUS"
    DOCUMENTS = "DOCUMENTS"
    APPOINTMENTS = "APPOINTMENTS"
    ORGANIZATION = "ORGANIZATION"


@dataclass(frozen=True, slots=True)
class Change:
    """Says that something changed, but not what. A listener asks for the new state with its own permissions."""

    organization_id: UUID
    contact_id: UUID
    kind: ChangeKind
