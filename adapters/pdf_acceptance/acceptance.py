"""The whole way of an upload: check the file, make it static, check the copy, and try to seal it."""

import pikepdf

from adapters.pdf_acceptance.trial import require_sealable
from adapters.pdf_reading.fonts import needs_font_of_machine
from adapters.pdf_reading.inspection import HEADER, count_valid_pages, opened
from adapters.pdf_reading.static_copy import static_copy
from clinic.values.pdf_check import LARGEST_FILE, AcceptedPdf, PdfProblem, PdfRefused

# A byte order mark, or empty lines: programs that write PDFs as text leave them there.
_HARMLESS_BEFORE_HEADER = b"\xef\xbb\xbf \t\r\n\x00"
_SEARCHED = 1024


def accept(content: bytes) -> AcceptedPdf:
    """What may become a document. Raises `PdfRefused` with the first problem found."""
    cleaned = without_leading_bytes(content)
    count_valid_pages(cleaned)
    try:
        copy = static_copy(cleaned)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        # pikepdf raises these for objects of the wrong type, such as a number in place of a field.
        raise PdfRefused(PdfProblem.NOT_FLATTENED) from None
    if len(copy) > LARGEST_FILE:
        raise PdfRefused(PdfProblem.TOO_LARGE)
    # Checked again: what the libraries made of a hostile file is no safer than the file.
    pages = count_valid_pages(copy)
    with opened(copy) as pdf:
        if needs_font_of_machine(pdf):
            raise PdfRefused(PdfProblem.FONT_NOT_EMBEDDED)
    require_sealable(copy, pages)
    return AcceptedPdf(copy, pages, copy != content)


def without_leading_bytes(content: bytes) -> bytes:
    """The file from its header on, if only a byte order mark or empty lines come before it."""
    start = content.find(HEADER, 0, _SEARCHED)
    if start > 0 and not content[:start].strip(_HARMLESS_BEFORE_HEADER):
        return content[start:]
    return content
