"""What can be wrong with an audit chain or the evidence of a signature, and where."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True)
class Head:
    """The end of a chain at some time: the last event's number and hash, or 0 and `GENESIS` for an empty chain."""

    organization_id: UUID
    sequence: int
    hash: str


class Fault(StrEnum):
    """What is wrong with a row."""

    EVENT_MISSING = "EVENT_MISSING"
    EVENT_OUT_OF_LINE = "EVENT_OUT_OF_LINE"
    EVENT_CHANGED = "EVENT_CHANGED"
    END_DIFFERS = "END_DIFFERS"
    EXPORTED_HEAD_DIFFERS = "EXPORTED_HEAD_DIFFERS"
    EVIDENCE_MISSING = "EVIDENCE_MISSING"
    EVIDENCE_CHANGED = "EVIDENCE_CHANGED"
    EVIDENCE_UNKNOWN = "EVIDENCE_UNKNOWN"
    SIGNATURE_CHANGED = "SIGNATURE_CHANGED"
    SIGNATURE_UNPROVEN = "SIGNATURE_UNPROVEN"
    COMPLETION_UNKNOWN = "COMPLETION_UNKNOWN"
    ERASED_TOO_EARLY = "ERASED_TOO_EARLY"
    # These rows fit together, but nothing proves that the program wrote them.
    NOT_VOUCHED = "NOT_VOUCHED"
    EVENT_UNPROVEN = "EVENT_UNPROVEN"
    END_UNPROVEN = "END_UNPROVEN"
    EVIDENCE_UNPROVEN = "EVIDENCE_UNPROVEN"


@dataclass(frozen=True)
class ChainFault:
    """The first wrong row. `sequence` is the number of its event, or None if no event names the row."""

    fault: Fault
    sequence: int | None
    row_id: UUID | None = None
