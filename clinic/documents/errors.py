"""What can stand in the way of writing, sharing, reading, signing and erasing documents."""

from datetime import date
from enum import StrEnum

from clinic.values.errors import ClinicError
from clinic.values.ports import PdfProblem


class NotShared(ClinicError):
    """The document is not (or no longer) shared with the caller, or was taken back."""


class NotASigner(ClinicError):
    """Somebody else, or nobody, is asked to sign this document."""


class NotYourTurn(ClinicError):
    """The signers sign one after another, and somebody before the caller has not signed yet."""


class AlreadySigned(ClinicError):
    """The signer has signed already."""


class DocumentChanged(ClinicError):
    """What was shown is not what would be signed."""


class DocumentClosed(ClinicError):
    """Nothing is to be signed or changed (any more). `reason`: WITHDRAWN, SUPERSEDED, DECLINED, COMPLETED or SIGNED."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class UploadRefused(ClinicError):
    """The file sent can't become a document; `problem` says why."""

    def __init__(self, problem: PdfProblem) -> None:
        self.problem = problem


class KeptFor(StrEnum):
    """Why a document or a whole record must be kept, and thereby what to do first."""

    LIVE_LINK = "LIVE_LINK"
    OPEN_SIGNATURE = "OPEN_SIGNATURE"
    OPEN_TRANSFER = "OPEN_TRANSFER"
    SIGNED_DOCUMENTS = "SIGNED_DOCUMENTS"
    OTHERS_DOCUMENT = "OTHERS_DOCUMENT"


class MustBeKept(ClinicError):
    """The document or record can't be erased (yet), for this reason.

    `until` is the first day on which signed documents may be erased; None if they are kept for ever, or for another
    reason.
    """

    def __init__(self, reason: KeptFor, until: date | None = None) -> None:
        self.reason = reason.value
        self.until = until
