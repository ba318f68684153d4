"""The words of a page that somebody can see in its picture.

A file can hold words that nobody sees: white on white, under a box, outside the page, or invisible on purpose. A screen
reader must not read them out. Where a word lies, the picture must show something; a word over a scanned picture stays.
"""

import re
from ctypes import byref, c_double, c_int
from typing import cast

import pypdfium2
from pypdfium2 import raw

# Pixels for each point. Small print of 5 points still leaves marks.
_SCALE = 1.0
_MAX_PIXELS = 3_000_000
# Levels of grey between the lightest and the darkest pixel: fainter than this is no writing.
_FAINTEST = 10
# Points; so far that rounding to pixels does not matter.
_FAR = 10_000.0
# Scripts without spaces have long words, of which a part may be hidden.
_WORD = re.compile(r"\S{1,12}")


def visible_text(page: pypdfium2.PdfPage) -> str:
    """The page's text in reading order, without the words that its picture does not show."""
    text = page.get_textpage()
    characters = _characters(text)
    picture = _Picture(page)
    hidden = [
        word.span()
        for word in _WORD.finditer(characters)
        if not picture.shows(_boxes(text, word.start(), word.end() - word.start()))
    ]
    if not hidden:
        return str(text.get_text_range())
    kept, at = [], 0
    for start, end in hidden:
        kept.append(characters[at:start])
        at = end
    return "".join([*kept, characters[at:]]).replace("\0", "")


def _characters(text: pypdfium2.PdfTextPage) -> str:
    """One character for each index of the page's text."""
    count = text.count_chars()
    whole = str(text.get_text_range())
    # The quick way is right unless pdfium leaves some characters out.
    if len(whole) == count:
        return whole
    return "".join(chr(raw.FPDFText_GetUnicode(text, index)) for index in range(count))


Box = tuple[float, float, float, float]


def _boxes(text: pypdfium2.PdfTextPage, start: int, count: int) -> list[Box]:
    """The boxes around some characters, one for each line."""
    boxes = []
    for index in range(raw.FPDFText_CountRects(text, start, count)):
        left, top, right, bottom = c_double(), c_double(), c_double(), c_double()
        if raw.FPDFText_GetRect(text, index, byref(left), byref(top), byref(right), byref(bottom)):
            boxes.append((left.value, bottom.value, right.value, top.value))
    return boxes


class _Picture:
    """The page's picture in grey, and where on it a point of the page is."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        across, down = page.get_size()
        scale = min(_SCALE, (_MAX_PIXELS / (across * down)) ** 0.5)
        self._grey = page.render(scale=scale, fill_color=(255, 255, 255, 255), grayscale=True).to_pil().convert("L")
        # The page may be turned and cropped. Three points far apart tell how.
        self._origin = self._to_device(page, 0, 0)
        right, up = self._to_device(page, _FAR, 0), self._to_device(page, 0, _FAR)
        self._across = ((right[0] - self._origin[0]) / _FAR, (right[1] - self._origin[1]) / _FAR)
        self._up = ((up[0] - self._origin[0]) / _FAR, (up[1] - self._origin[1]) / _FAR)

    def _to_device(self, page: pypdfium2.PdfPage, across: float, up: float) -> tuple[int, int]:
        x, y = c_int(), c_int()
        width, height = self._grey.size
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, across, up, byref(x), byref(y))
        return x.value, y.value

    def shows(self, boxes: list[Box]) -> bool:
        """Whether something is drawn in one of the boxes. Without a box, nothing is known against the word."""
        return not boxes or any(self._has_marks(box) for box in boxes)

    def _has_marks(self, box: Box) -> bool:
        x1, y1 = self._at(box[0], box[1])
        x2, y2 = self._at(box[2], box[3])
        left, top = max(int(min(x1, x2)), 0), max(int(min(y1, y2)), 0)
        right, bottom = min(int(max(x1, x2)) + 1, self._grey.width), min(int(max(y1, y2)) + 1, self._grey.height)
        if left >= right or top >= bottom:
            return False
        darkest, lightest = cast(tuple[int, int], self._grey.crop((left, top, right, bottom)).getextrema())
        return lightest - darkest >= _FAINTEST

    def _at(self, across: float, up: float) -> tuple[float, float]:
        return (
            self._origin[0] + across * self._across[0] + up * self._up[0],
            self._origin[1] + across * self._across[1] + up * self._up[1],
        )
