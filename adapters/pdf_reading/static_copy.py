"""Makes a static copy of a PDF: form fields, notes and layers become part of the pages, as the screen shows them.

Product §4, one file, one reading. Programs draw form fields and notes in their own ways, print other layers than they
show, and sealing changes which appearance counts. pdfium flattens, since it also draws the page images. Where its
result looks different, qpdf tries. Where both do, the file is refused.
"""

import io
from collections.abc import Mapping

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Pdf

from adapters.pdf_reading.annotations import annotations_of, flagged_as_seen
from adapters.pdf_reading.comparison import pages_that_look_different
from adapters.pdf_reading.inspection import opened
from adapters.pdf_reading.layers import is_hidden, remove_layers
from adapters.pdf_reading.ticks import Box, say_ticks, ticked_boxes
from adapters.pdf_reading.typed_words import missing_words, typed_words
from clinic.values.pdf_check import PdfProblem, PdfRefused

# Notes that programs draw by themselves, each in its own way, where the file has no appearance for them.
_DRAWN_BY_PROGRAMS = frozenset({"/FreeText", "/Line", "/Polygon", "/PolyLine", "/Stamp", "/Caret", "/Redact"})
# What the reader's program may do on printing: other pages or other parts of them than the screen shows.
_PRINT_PREFERENCES = ("/PrintPageRange", "/PrintArea", "/PrintClip", "/ViewArea", "/ViewClip")
_TINY = 0.05
# Keeps the links of a page while pdfium flattens, which removes all annotations.
_LINKS = "/VestibuleLinks"


def static_copy(content: bytes) -> bytes:
    """The file itself if it is static already, otherwise a copy that is.

    Raises `PdfRefused` (NOT_FLATTENED) if no copy looks like the file, or a typed value would be lost.
    """
    with opened(content) as pdf:
        if is_static(pdf):
            return content
        expected = typed_words(pdf)
        _require_drawable(pdf)
        _keep_what_is_shown(pdf)
        ticked = ticked_boxes(pdf)
        prepared = _saved(pdf)
    for flatten in (_flattened_by_pdfium, _flattened_by_qpdf):
        copy = _cleaned(flatten(prepared), ticked)
        if copy is None or pages_that_look_different(content, copy):
            continue
        if not missing_words(copy, expected):
            return copy
    raise PdfRefused(PdfProblem.NOT_FLATTENED)


def is_static(pdf: Pdf) -> bool:
    """Whether every program shows and prints the same: no fields, notes or layers, and only links without a frame."""
    if "/AcroForm" in pdf.Root or "/OCProperties" in pdf.Root or _print_preferences(pdf):
        return False
    if any(not _is_quiet_link(each) for page in pdf.pages for each in annotations_of(page)):
        return False
    return not any(
        "/OC" in each or "/Alternates" in each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)
    )


def _saved(pdf: Pdf) -> bytes:
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _is_quiet_link(annotation: pikepdf.Object) -> bool:
    """Whether it is a link of which nothing is drawn."""
    if annotation.get("/Subtype") != "/Link" or "/AP" in annotation:
        return False
    style = annotation.get("/BS")
    if isinstance(style, pikepdf.Dictionary):
        return style.get("/W", 1) == 0
    border = annotation.get("/Border")
    return isinstance(border, pikepdf.Array) and len(border) > 2 and border[2] == 0


def _print_preferences(pdf: Pdf) -> list[str]:
    preferences = pdf.Root.get("/ViewerPreferences")
    if not isinstance(preferences, pikepdf.Dictionary):
        return []
    return [key for key in _PRINT_PREFERENCES if key in preferences]


def _require_drawable(pdf: Pdf) -> None:
    """Refuse notes without an appearance that programs draw differently, so that nothing says what was meant."""
    for page in pdf.pages:
        for each in annotations_of(page):
            if str(each.get("/Subtype")) in _DRAWN_BY_PROGRAMS and "/AP" not in each and _is_shown(each, pdf):
                raise PdfRefused(PdfProblem.NOT_FLATTENED)


def _is_shown(annotation: pikepdf.Object, pdf: Pdf) -> bool:
    return flagged_as_seen(annotation) and annotation.get("/Subtype") != "/Popup" and not is_hidden(annotation, pdf)


def _keep_what_is_shown(pdf: Pdf) -> None:
    """Drop what the screen does not show, and set the links aside."""
    for page in pdf.pages:
        shown = [each for each in annotations_of(page) if _is_shown(each, pdf)]
        links = [each for each in shown if each.get("/Subtype") == "/Link" and "/AP" not in each]
        others = [each for each in shown if each not in links]
        for link in links:
            link["/Border"] = Array([0, 0, 0])
            for key in ("/BS", "/C"):
                if key in link:
                    del link[key]
        page.obj[_LINKS] = Array(links)
        if others:
            page.obj["/Annots"] = Array(others)
        elif "/Annots" in page.obj:
            del page.obj["/Annots"]
    remove_layers(pdf)
    for key in _print_preferences(pdf):
        del pdf.Root["/ViewerPreferences"][key]
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and "/Alternates" in each:
            del each["/Alternates"]
    if not isinstance(pdf.Root.get("/AcroForm", Dictionary()), pikepdf.Dictionary):
        del pdf.Root["/AcroForm"]


def _flattened_by_pdfium(content: bytes) -> bytes:
    pdf = pypdfium2.PdfDocument(content)
    pdf.init_forms()
    for index in range(len(pdf)):
        page = pdf[index]
        # pdfium makes the drawings that notes lack only when it draws the page, at whatever size.
        page.render(scale=_TINY)
        if pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY) == pypdfium2.raw.FLATTEN_FAIL:
            raise PdfRefused(PdfProblem.NOT_FLATTENED)
        page.close()
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def _flattened_by_qpdf(content: bytes) -> bytes:
    with opened(content) as pdf:
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("screen")
        return _saved(pdf)


def _cleaned(content: bytes, ticked: Mapping[int, list[Box]]) -> bytes | None:
    """The flattened file with its links, without the form; None if something is left that is not static."""
    with opened(content) as pdf:
        if "/AcroForm" in pdf.Root:
            del pdf.Root["/AcroForm"]
        for page in pdf.pages:
            left = [each for each in annotations_of(page) if each.get("/Subtype") != "/Link"]
            if left:
                return None
            links = page.obj.get(_LINKS, Array())
            if _LINKS in page.obj:
                del page.obj[_LINKS]
            if len(links):
                page.obj["/Annots"] = links
            elif "/Annots" in page.obj:
                del page.obj["/Annots"]
        if not is_static(pdf):
            return None
        say_ticks(pdf, content, ticked)
        return _saved(pdf)
