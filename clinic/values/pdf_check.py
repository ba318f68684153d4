"""What a PDF must be to become a document: complete, the same on any device and in print, without active content."""

from dataclasses import dataclass
from enum import StrEnum

# Product §4. Staff divide a longer document; a larger file would not load on a slow connection.
LARGEST_FILE = 25_000_000
MOST_PAGES = 500
# The widths of page images in pixels: for a phone, for a screen, and for a sharp or zoomed screen. Only these widths
# exist, so that the stored images of a page are limited.
PAGE_WIDTHS = (800, 1200, 1600)


class PdfProblem(StrEnum):
    """Why a PDF is refused."""

    NOT_A_PDF = "NOT_A_PDF"
    BROKEN = "BROKEN"
    ENCRYPTED = "ENCRYPTED"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    SIGNED = "SIGNED"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TOO_COMPLEX = "TOO_COMPLEX"
    # A page of no width or height shows nothing.
    PAGE_WITHOUT_AREA = "PAGE_WITHOUT_AREA"
    # Form fields, notes or layers whose look depends on the program that opens the file.
    NOT_FLATTENED = "NOT_FLATTENED"
    # A font that is not in the file, with letters that this or another machine may lack.
    FONT_NOT_EMBEDDED = "FONT_NOT_EMBEDDED"
    # Joining and sealing was tried with a key that is thrown away, and failed or changed a page.
    NOT_SEALABLE = "NOT_SEALABLE"


@dataclass(frozen=True)
class AcceptedPdf:
    """The PDF that may become a document. `content` is what counts: it is shown, hashed, signed and sealed.

    `flattened` says that it differs from what was sent: form fields, notes and layers became part of the pages.
    """

    content: bytes
    page_count: int
    flattened: bool


class PdfRefused(Exception):
    """The bytes are no PDF that may become a document; `problem` says why."""

    def __init__(self, problem: PdfProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
