"""Why a completed document has no sealed file yet, as a code with a value: the faces have the words."""

from dataclasses import dataclass
from enum import StrEnum


class SealProblem(StrEnum):
    """What stood in the way at the last try. The value that comes with a code is named beside it."""

    FILE_MISSING = "FILE_MISSING"
    FILE_STORE_UNAVAILABLE = "FILE_STORE_UNAVAILABLE"  # detail, for operators
    SEAL_UNAVAILABLE = "SEAL_UNAVAILABLE"  # detail, for operators
    TIMESTAMP_UNAVAILABLE = "TIMESTAMP_UNAVAILABLE"  # detail, for operators
    TOO_SLOW = "TOO_SLOW"  # seconds
    SEALED_DIFFERS = "SEALED_DIFFERS"  # pages
    NOT_COMPARED = "NOT_COMPARED"
    EVIDENCE_CHANGED = "EVIDENCE_CHANGED"
    EVIDENCE_NOT_OURS = "EVIDENCE_NOT_OURS"
    EVIDENCE_NOT_AUDITED = "EVIDENCE_NOT_AUDITED"
    INTERNAL = "INTERNAL"  # the kind of the error


@dataclass(frozen=True, slots=True)
class SealFailure:
    """`problem` is None for a failure that an earlier release stored as an English sentence; `value` is the sentence.

    It contains no name of a person and no secret.
    """

    problem: SealProblem | None
    value: str = ""

    def as_text(self) -> str:
        """How the row keeps it."""
        return ": ".join(part for part in (self.problem, self.value) if part)


def failure_from(text: str) -> SealFailure:
    """The failure that a row keeps."""
    code, _, value = text.partition(": ")
    try:
        return SealFailure(SealProblem(code), value)
    except ValueError:
        return SealFailure(None, text)
