"""What a sealed file proves by itself: one of the four verdicts of product §4, and the evidence in the file."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The result of checking a file.

    AUTHENTIC: sealed under an authority in our trust store, and no bit has changed since. ALTERED: it has such a seal,
    and something changed afterwards. UNRECOGNISED: no PDF, or no such authority has sealed the whole of it, whether
    other seals are valid or not. UNSEALED: a PDF without a seal.
    """

    AUTHENTIC = "AUTHENTIC"
    ALTERED = "ALTERED"
    UNRECOGNISED = "UNRECOGNISED"
    UNSEALED = "UNSEALED"


@dataclass(frozen=True)
class SealReport:
    """The verdict and its grounds. Every field but the verdict is empty unless the file is authentic.

    `sealed_at` is the timestamp authority's time if `timestamped`, else the time of the sealing machine. `sealed_by` is
    the certificate's subject and `fingerprint` its SHA-256. `evidence` is the attached JSON
    (`clinic.documents.evidence`), empty if another program has signed the file.
    """

    verdict: Verdict
    sealed_at: datetime | None = None
    timestamped: bool = False
    sealed_by: str = ""
    fingerprint: str = ""
    evidence: str = ""
