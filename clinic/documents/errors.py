"""What can stand in the way of writing, sharing, reading and signing documents."""

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
