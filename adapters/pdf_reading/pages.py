"""Pages as people see them and as screen readers read them, by pdfium."""

import io
import re

import pypdfium2

from clinic.values.pdf_check import PdfProblem, PdfRefused

# Legal paper at the greatest width has 4.2 million. What is longer, a till roll, is drawn narrower.
MOST_PIXELS = 5_000_000
# Ten times a page of small print.
LONGEST_TEXT = 20_000
# Speed over size: a page kept for the next reader is small all the same.
_COMPRESSION = 4

# Controls but the line break, halves of surrogate pairs, what is no character, and what turns the reading direction.
_UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def image_of_page(content: bytes, number: int, width: int) -> bytes:
    """Page `number` (from 1) as PNG on white, annotations and form fields drawn."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        pdf.init_forms()
        if not 1 <= number <= len(pdf):
            raise PdfRefused(PdfProblem.BROKEN)
        page = pdf[number - 1]
        across, down = page.get_size()
        scale = width / across
        scale = min(scale, (MOST_PIXELS / (across * down)) ** 0.5)
        picture = page.render(scale=scale, fill_color=(255, 255, 255, 255)).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ZeroDivisionError):
        raise PdfRefused(PdfProblem.BROKEN) from None
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=_COMPRESSION)
    return target.getvalue()


def texts_of_pages(content: bytes) -> list[str]:
    """The words of each page as pdfium finds them, line by line."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        return [_readable(page.get_textpage().get_text_range()) for page in pdf]
    except pypdfium2.PdfiumError:
        raise PdfRefused(PdfProblem.BROKEN) from None


def _readable(text: str) -> str:
    lines = _UNREADABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return lines.strip()[:LONGEST_TEXT]
