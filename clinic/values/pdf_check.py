"""What a PDF must be to become a document: readable on any device, whole, without running anything."""

from enum import StrEnum

# Product §4. A longer paper is divided; a larger file would not load in a waiting room.
LARGEST_FILE = 25_000_000
MOST_PAGES = 500
# How wide page images are made, in pixels: a phone, a screen, a sharp or zoomed one. Only these, so that what is kept
# of a page is bounded.
PAGE_WIDTHS = (800, 1200, 1600)


class PdfProblem(StrEnum):
    """Why a PDF is not taken."""

    NOT_A_PDF = "NOT_A_PDF"
    BROKEN = "BROKEN"
    ENCRYPTED = "ENCRYPTED"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    SIGNED = "SIGNED"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TOO_COMPLEX = "TOO_COMPLEX"


class PdfRefused(Exception):
    """The bytes are no PDF that can be read on any device, whole, without running anything."""

    def __init__(self, problem: PdfProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
