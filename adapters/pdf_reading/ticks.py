"""Says in words which boxes are ticked. A tick is often drawn as lines, which a screen reader can't read out."""

from collections.abc import Mapping

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name, Pdf

from adapters.pdf_reading.annotations import annotations_of, field_value

Box = tuple[float, float, float, float]

# In the font ZapfDingbats this code is ✔.
_TICK = b"4"
# Of the box's side.
_SIZE = 0.7


def ticked_boxes(pdf: Pdf) -> Mapping[int, list[Box]]:
    """The ticked boxes and chosen options on each page (by index), in points."""
    found: dict[int, list[Box]] = {}
    for index, page in enumerate(pdf.pages):
        for each in annotations_of(page):
            if _is_ticked(each):
                found.setdefault(index, []).append(_box(each))
    return found


def _is_ticked(widget: pikepdf.Object) -> bool:
    return field_value(widget, "/FT") == "/Btn" and str(widget.get("/AS", "/Off")) not in ("/Off", "/")


def _box(widget: pikepdf.Object) -> Box:
    x1, y1, x2, y2 = (float(side) for side in widget["/Rect"])
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def say_ticks(pdf: Pdf, drawn: bytes, boxes: Mapping[int, list[Box]]) -> None:
    """Lay an invisible tick over each box in which `drawn`, the same file, has no words."""
    opened = pypdfium2.PdfDocument(drawn)
    for index, ticked in boxes.items():
        text = opened[index].get_textpage()
        silent = [box for box in ticked if not text.get_text_bounded(*box).strip()]
        if silent:
            _add(pdf.pages[index], silent)


def _add(page: pikepdf.Page, boxes: list[Box]) -> None:
    dingbats = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats)
    font = str(page.add_resource(dingbats, Name.Font)).encode()
    marks = b"".join(_mark(box, font) for box in boxes)
    # What the page left of its own state must not move the marks.
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\n" + marks)


def _mark(box: Box, font: bytes) -> bytes:
    left, bottom, right, top = box
    size = _SIZE * min(right - left, top - bottom)
    x, y = (left + right - size) / 2, (bottom + top - size) / 2
    return b"q BT 3 Tr %s %.2f Tf %.2f %.2f Td (%s) Tj ET Q\n" % (font, size, x, y, _TICK)
