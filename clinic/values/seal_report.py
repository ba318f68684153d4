"""What a sealed file proves by itself: the four verdicts of product §4, and the evidence found inside."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What can be said about a file.

    AUTHENTIC: sealed by an authority we know, and not one bit has changed since. ALTERED: it bears our seal, and
    something changed after. UNRECOGNISED: sealed, soundly or not, by somebody we don't know, or no PDF at all.
    UNSEALED: a PDF that nobody sealed.
    """

    AUTHENTIC = "AUTHENTIC"
    ALTERED = "ALTERED"
    UNRECOGNISED = "UNRECOGNISED"
    UNSEALED = "UNSEALED"


@dataclass(frozen=True)
class SealReport:
    """The verdict and what it rests on; everything but the verdict is empty unless the file is authentic.

    `sealed_at` is the authority's time where `timestamped`, else the sealing machine's. `sealed_by` is the
    certificate's subject, `fingerprint` its SHA-256. `evidence` is the attached JSON (`clinic.documents.evidence`).
    """

    verdict: Verdict
    sealed_at: datetime | None = None
    timestamped: bool = False
    sealed_by: str = ""
    fingerprint: str = ""
    evidence: str = ""
