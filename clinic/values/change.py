"""What a change is to those who only have to hear of it: whose record, and which part of it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ChangeKind(StrEnum):
    """Which part of a record changed: what decides or tells its portal status, or its documents."""

    PORTAL_STATUS = "PORTAL_STATUS"
    DOCUMENTS = "DOCUMENTS"


@dataclass(frozen=True, slots=True)
class Change:
    """Says that something changed and nothing of what: whoever hears of it asks, with their own rights."""

    organization_id: UUID
    contact_id: UUID
    kind: ChangeKind
