"""What can stand in the way of writing, sharing, reading and signing documents."""

from clinic.values.errors import ClinicError
from clinic.values.ports import PdfProblem


class NotShared(ClinicError):
    """The document is not (or no longer) shared with the caller, or was taken back."""

    message = "This document is not shared with you. Reload the page; if you expected it, call the practice."


class NotASigner(ClinicError):
    """Somebody else, or nobody, is asked to sign this document."""

    message = "You are not asked to sign this document."


class NotYourTurn(ClinicError):
    """The signers sign one after another, and somebody before the caller has not signed yet."""

    message = "Somebody else has to sign before you. You get a letter when it is your turn."


class AlreadySigned(ClinicError):
    """The signer has signed already."""

    message = "This has been signed already."


class DocumentChanged(ClinicError):
    """What was shown is not what would be signed."""

    message = "The document is not the one you were shown. Reload the page and read it again before you sign."


class DocumentClosed(ClinicError):
    """Nothing is to be signed or changed (any more). `reason`: WITHDRAWN, SUPERSEDED, DECLINED, COMPLETED or SIGNED."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        words = {
            "WITHDRAWN": "The practice has taken this document back.",
            "SUPERSEDED": "A newer document has taken this one's place.",
            "DECLINED": "This document was declined, so nobody can sign it any more.",
            "COMPLETED": "Everybody has signed this document.",
            "SIGNED": "Somebody has signed this document already. Replace it by a new one instead.",
        }
        self.message = words[reason]


class UploadRefused(ClinicError):
    """The file sent can't become a document; `problem` says why, and the message what to do about it."""

    def __init__(self, problem: PdfProblem) -> None:
        self.problem = problem
        self.message = _REMEDIES[problem]


_REMEDIES = {
    PdfProblem.NOT_A_PDF: "This is no PDF. Save or print it as a PDF, then send it again.",
    PdfProblem.BROKEN: "This PDF is damaged. Save it again from the program it came from.",
    PdfProblem.ENCRYPTED: "This PDF is protected by a password. Save a copy without protection.",
    PdfProblem.ACTIVE_CONTENT: "This PDF contains scripts, attachments or the like. Print it to a new PDF.",
    PdfProblem.SIGNED: "This PDF is signed already, and adding pages to it would break that. Print it to a new PDF.",
    PdfProblem.TOO_LARGE: "This PDF has more than 25 MB. Save it with smaller pictures, or divide it.",
    PdfProblem.TOO_MANY_PAGES: "This PDF has more than 500 pages. Divide it.",
    PdfProblem.TOO_COMPLEX: "This PDF is too complex to show. Print it to a new PDF, or divide it.",
}
