"""Whether a PDF may become a document: whole, open to everybody, quiet, and small enough to be shown on any device.

A file is refused rather than mended: what one reader repairs one way, another may repair differently, and two people
would sign different pages. Structure is judged by qpdf, which walks every object; pages are opened by pdfium, which
draws them later.
"""

import io
import zlib

import pikepdf
import pypdfium2
from pikepdf import settings

from adapters.pdf_reading.active_content import bears_signature, is_active
from clinic.values.pdf_check import MOST_PAGES, PdfProblem, PdfRefused

# A 500-page paper with all its structure for screen readers has about 100,000.
MOST_OBJECTS = 300_000
DEEPEST = 100
# One page scanned in colour at 600 dpi, as bare pixels, has 105 MB.
LARGEST_STREAM = 250_000_000
# Fifty such pages are what 25 MB can honestly hold; a bomb inflates a thousandfold.
LARGEST_TOTAL = 1_500_000_000
MOST_IMAGE_PIXELS = 150_000_000
# Points. The format's own largest page is 200 inches; less than a point is no page.
LONGEST_SIDE = 14_400.0
SHORTEST_SIDE = 1.0

_CHUNK = 1 << 20
_INFLATING = frozenset({"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"})
_DECODABLE = _INFLATING | {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}


def count_sound_pages(content: bytes) -> int:
    """The number of pages; raises `PdfRefused` with the first problem found."""
    if not content.startswith(b"%PDF-"):
        raise PdfRefused(PdfProblem.NOT_A_PDF)
    settings.set_qpdf_limits(
        parser_max_nesting=DEEPEST,
        max_stream_filters=5,
        doc_max_warnings=50,
        flate_max_memory=LARGEST_STREAM,
        run_length_max_memory=LARGEST_STREAM,
        png_max_memory=LARGEST_STREAM,
        tiff_max_memory=LARGEST_STREAM,
    )
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            _judge_structure(pdf)
            pages = len(pdf.pages)
            if pdf.get_warnings():
                raise PdfRefused(PdfProblem.BROKEN)
    except pikepdf.PasswordError:
        raise PdfRefused(PdfProblem.ENCRYPTED) from None
    except (pikepdf.PdfError, zlib.error, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        # pikepdf raises these for objects that are not what their place asks for.
        raise PdfRefused(PdfProblem.BROKEN) from None
    _open_pages(content, pages)
    return pages


def _judge_structure(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise PdfRefused(PdfProblem.ENCRYPTED)
    if int(pdf.trailer.get("/Size", 0)) > MOST_OBJECTS or len(pdf.objects) > MOST_OBJECTS:
        raise PdfRefused(PdfProblem.TOO_COMPLEX)
    if len(pdf.pages) > MOST_PAGES:
        raise PdfRefused(PdfProblem.TOO_MANY_PAGES)
    if not len(pdf.pages):
        raise PdfRefused(PdfProblem.BROKEN)
    total = 0
    for found in pdf.objects:
        if is_active(found):
            raise PdfRefused(PdfProblem.ACTIVE_CONTENT)
        if bears_signature(found):
            raise PdfRefused(PdfProblem.SIGNED)
        if isinstance(found, pikepdf.Stream):
            total += _inflated_size(found)
            if total > LARGEST_TOTAL:
                raise PdfRefused(PdfProblem.TOO_COMPLEX)


def _inflated_size(stream: pikepdf.Stream) -> int:
    """How many bytes a stream becomes, but for pictures in a format of their own, which pdfium bounds."""
    if stream.get("/Subtype") == "/Image":
        pixels = int(stream.get("/Width", 0)) * int(stream.get("/Height", 0))
        if pixels > MOST_IMAGE_PIXELS:
            raise PdfRefused(PdfProblem.TOO_COMPLEX)
    filters = _filters(stream)
    raw = stream.read_raw_bytes()
    # Deflating what was deflated before is how a bomb is packed best, and has no honest use.
    if sum(name in _INFLATING for name in filters) > 1:
        raise PdfRefused(PdfProblem.TOO_COMPLEX)
    if filters[:1] in (["/FlateDecode"], ["/Fl"]):
        return _inflated(raw)
    if filters and _DECODABLE.issuperset(filters):
        return _decoded(stream)
    return len(raw)


def _filters(stream: pikepdf.Stream) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(found)] if isinstance(found, pikepdf.Name) else [str(each) for each in found]


def _decoded(stream: pikepdf.Stream) -> int:
    """By qpdf, within its limits; what has none hits the process's."""
    try:
        return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))
    except pikepdf.PdfError:
        raise PdfRefused(PdfProblem.TOO_COMPLEX) from None


def _inflated(raw: bytes) -> int:
    """By a chunk at a time; the usual case, and thousands of them in a file."""
    inflater = zlib.decompressobj()
    size, rest = 0, raw
    while rest and not inflater.eof:
        piece = inflater.decompress(rest, _CHUNK)
        size += len(piece)
        rest = inflater.unconsumed_tail
        if size > LARGEST_STREAM:
            raise PdfRefused(PdfProblem.TOO_COMPLEX)
        if not piece and not rest:
            break
    return size


def _open_pages(content: bytes, expected: int) -> None:
    """Load every page with the program that will draw it, its content parsed."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        if len(pdf) != expected:
            raise PdfRefused(PdfProblem.BROKEN)
        for index in range(expected):
            page = pdf[index]
            width, height = page.get_size()
            if max(width, height) > LONGEST_SIDE or min(width, height) < SHORTEST_SIDE:
                raise PdfRefused(PdfProblem.TOO_COMPLEX)
            page.close()
    except pypdfium2.PdfiumError:
        raise PdfRefused(PdfProblem.BROKEN) from None
