"""Renders pages as images and extracts their text with pdfium."""

import io
import re

import pypdfium2

from adapters.pdf_reading.visible_words import visible_text
from clinic.values.pdf_check import PdfProblem, PdfRefused

# A Legal page at the largest width has 4.2 million pixels. A longer page is rendered narrower.
MAX_PIXELS = 5_000_000
# Characters; ten times a page of small print.
MAX_TEXT = 20_000
# Favours speed. For pages of text, level 2 takes three quarters of the time of level 4, and makes smaller files.
_COMPRESSION = 2

# Control characters except line breaks, surrogates, noncharacters, and characters that change the text direction.
_UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def image_of_page(content: bytes, number: int, width: int) -> bytes:
    """Page `number` (from 1) as PNG on white, with annotations and form fields."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        pdf.init_forms()
        if not 1 <= number <= len(pdf):
            raise PdfRefused(PdfProblem.BROKEN)
        page = pdf[number - 1]
        across, down = page.get_size()
        scale = width / across
        scale = min(scale, (MAX_PIXELS / (across * down)) ** 0.5)
        picture = page.render(scale=scale, fill_color=(255, 255, 255, 255)).to_pil()
    except (pypdfium2.PdfiumError, ZeroDivisionError):
        raise PdfRefused(PdfProblem.BROKEN) from None
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=_COMPRESSION)
    return target.getvalue()


def texts_of_pages(content: bytes) -> list[str]:
    """The text of each page that its picture shows, in lines."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        return [_readable(visible_text(page)) for page in pdf]
    except pypdfium2.PdfiumError:
        raise PdfRefused(PdfProblem.BROKEN) from None


def _readable(text: str) -> str:
    lines = _UNREADABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return lines.strip()[:MAX_TEXT]
