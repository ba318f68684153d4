"""Whether a PDF may become a document: intact, unencrypted, without active content, and small enough for any device.

A damaged file is refused, not repaired: PDF readers repair files differently, so two people might sign different pages.
qpdf checks the structure and every object. pdfium, which renders the pages later, opens each page.
"""

import io
import zlib

import pikepdf
import pypdfium2
from pikepdf import settings

from adapters.pdf_reading.active_content import bears_signature, is_active
from adapters.pdf_reading.drawings import refuse_endless_drawings
from clinic.values.pdf_check import MOST_PAGES, PdfProblem, PdfRefused

# A 500-page document with full tags for screen readers has about 100,000 objects.
MAX_OBJECTS = 300_000
MAX_NESTING = 100
# A page scanned in colour at 600 dpi has 105 MB of uncompressed pixels.
MAX_STREAM_BYTES = 250_000_000
# About 14 such pages. A decompression bomb can expand by a factor of 1,000.
MAX_TOTAL_BYTES = 1_500_000_000
MAX_IMAGE_PIXELS = 150_000_000
# Points. PDF limits a page to 200 inches.
MAX_SIDE = 14_400.0
MIN_SIDE = 1.0

HEADER = b"%PDF-"

_CHUNK = 1 << 20
_INFLATING = frozenset({"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"})
_DECODABLE = _INFLATING | {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}


def count_valid_pages(content: bytes) -> int:
    """The number of pages. Raises `PdfRefused` with the first problem found."""
    if not content.startswith(HEADER):
        raise PdfRefused(PdfProblem.NOT_A_PDF)
    settings.set_qpdf_limits(
        parser_max_nesting=MAX_NESTING,
        max_stream_filters=5,
        doc_max_warnings=50,
        flate_max_memory=MAX_STREAM_BYTES,
        run_length_max_memory=MAX_STREAM_BYTES,
        png_max_memory=MAX_STREAM_BYTES,
        tiff_max_memory=MAX_STREAM_BYTES,
    )
    try:
        with opened(content) as pdf:
            _check_structure(pdf)
            pages = len(pdf.pages)
            if pdf.get_warnings():
                raise PdfRefused(PdfProblem.BROKEN)
            refuse_endless_drawings(pdf)
    except pikepdf.PasswordError:
        raise PdfRefused(PdfProblem.ENCRYPTED) from None
    except (pikepdf.PdfError, zlib.error, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        # pikepdf raises these for objects of the wrong type.
        raise PdfRefused(PdfProblem.BROKEN) from None
    _open_pages(content, pages)
    return pages


def opened(content: bytes) -> pikepdf.Pdf:
    """The file, without repairing it. Raises pikepdf's errors."""
    return pikepdf.open(io.BytesIO(content), attempt_recovery=False)


def _check_structure(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise PdfRefused(PdfProblem.ENCRYPTED)
    if int(pdf.trailer.get("/Size", 0)) > MAX_OBJECTS or len(pdf.objects) > MAX_OBJECTS:
        raise PdfRefused(PdfProblem.TOO_COMPLEX)
    if len(pdf.pages) > MOST_PAGES:
        raise PdfRefused(PdfProblem.TOO_MANY_PAGES)
    if not len(pdf.pages):
        raise PdfRefused(PdfProblem.BROKEN)
    for page in pdf.pages:
        _require_area(page)
    total = 0
    for found in pdf.objects:
        if is_active(found):
            raise PdfRefused(PdfProblem.ACTIVE_CONTENT)
        if bears_signature(found):
            raise PdfRefused(PdfProblem.SIGNED)
        if isinstance(found, pikepdf.Stream):
            total += _inflated_size(found)
            if total > MAX_TOTAL_BYTES:
                raise PdfRefused(PdfProblem.TOO_COMPLEX)


def _require_area(page: pikepdf.Page) -> None:
    """pdfium draws a page without an area as if it were a letter page; other programs draw nothing."""
    for box in (page.mediabox, page.cropbox):
        left, bottom, right, top = (float(side) for side in box)
        if abs(right - left) < MIN_SIDE or abs(top - bottom) < MIN_SIDE:
            raise PdfRefused(PdfProblem.PAGE_WITHOUT_AREA)


def _inflated_size(stream: pikepdf.Stream) -> int:
    """The decoded size in bytes, or the raw size for image formats, which pdfium limits."""
    if stream.get("/Subtype") == "/Image":
        pixels = int(stream.get("/Width", 0)) * int(stream.get("/Height", 0))
        if pixels > MAX_IMAGE_PIXELS:
            raise PdfRefused(PdfProblem.TOO_COMPLEX)
    filters = _filters(stream)
    raw = stream.read_raw_bytes()
    # Decompression bombs compress their content several times. No legitimate file does.
    if sum(name in _INFLATING for name in filters) > 1:
        raise PdfRefused(PdfProblem.TOO_COMPLEX)
    if filters[:1] in (["/FlateDecode"], ["/Fl"]):
        return _inflated_length(raw)
    if filters and _DECODABLE.issuperset(filters):
        return _decoded_length(stream)
    return len(raw)


def _filters(stream: pikepdf.Stream) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(found)] if isinstance(found, pikepdf.Name) else [str(each) for each in found]


def _decoded_length(stream: pikepdf.Stream) -> int:
    """Decode with qpdf. Filters without a limit in qpdf run into the limits of the process."""
    try:
        return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))
    except pikepdf.PdfError:
        raise PdfRefused(PdfProblem.TOO_COMPLEX) from None


def _inflated_length(raw: bytes) -> int:
    """Decompress in chunks. This is the usual case, with thousands of streams in a file."""
    inflater = zlib.decompressobj()
    size, rest = 0, raw
    while rest and not inflater.eof:
        piece = inflater.decompress(rest, _CHUNK)
        size += len(piece)
        rest = inflater.unconsumed_tail
        if size > MAX_STREAM_BYTES:
            raise PdfRefused(PdfProblem.TOO_COMPLEX)
        if not piece and not rest:
            break
    return size


def _open_pages(content: bytes, expected: int) -> None:
    """Open every page and parse its content with pdfium, which also renders pages later."""
    try:
        pdf = pypdfium2.PdfDocument(content)
        if len(pdf) != expected:
            raise PdfRefused(PdfProblem.BROKEN)
        for index in range(expected):
            page = pdf[index]
            width, height = page.get_size()
            if max(width, height) > MAX_SIDE or min(width, height) < MIN_SIDE:
                raise PdfRefused(PdfProblem.TOO_COMPLEX)
            page.close()
    except pypdfium2.PdfiumError:
        raise PdfRefused(PdfProblem.BROKEN) from None
