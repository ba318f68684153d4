"""What a PDF must be to become a document: complete, readable on any device, and without active content."""

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


class PdfRefused(Exception):
    """The bytes are no PDF that may become a document; `problem` says why."""

    def __init__(self, problem: PdfProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
