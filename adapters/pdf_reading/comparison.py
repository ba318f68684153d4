"""Compares pages as pdfium shows them: the picture, and the words in it."""

from dataclasses import dataclass

import pypdfium2
from PIL import Image, ImageChops

# Pixels for each point: a letter of 6 points is 9 pixels high, so another digit changes dozens of pixels.
_SCALE = 1.5
_MAX_PIXELS = 3_000_000
# The same lines drawn in another order may be smoothed a little differently.
_SMOOTHING = 48
_MAX_DIFFERENT_PIXELS = 8


@dataclass(frozen=True)
class PageReading:
    """A page's picture in grey and colour, and its words."""

    picture: Image.Image
    words: str

    def same_picture(self, other: "PageReading") -> bool:
        """Whether nobody could tell the two pictures apart."""
        if self.picture.size != other.picture.size:
            return False
        difference = ImageChops.difference(self.picture, other.picture)
        return all(sum(band.histogram()[_SMOOTHING:]) <= _MAX_DIFFERENT_PIXELS for band in difference.split())


class OpenFile:
    """A PDF opened with its form fields and notes drawn, as the page images show it."""

    def __init__(self, content: bytes) -> None:
        self._pdf = pypdfium2.PdfDocument(content)
        self._pdf.init_forms()

    def __len__(self) -> int:
        return len(self._pdf)

    def words(self, index: int) -> str:
        """The words of the page with this index, from 0, with their spaces."""
        page = self._pdf[index]
        return str(page.get_textpage().get_text_range())

    def read(self, index: int) -> PageReading:
        """The page with this index, from 0."""
        page = self._pdf[index]
        across, down = page.get_size()
        scale = min(_SCALE, (_MAX_PIXELS / (across * down)) ** 0.5)
        # pdfium smooths the text of form fields in this mode whatever is asked for. Asking for it everywhere makes a
        # field and the text that it became equal.
        drawn = page.render(scale=scale, fill_color=(255, 255, 255, 255), optimize_mode="lcd")
        picture = drawn.to_pil().convert("RGB")
        words = page.get_textpage().get_text_range()
        page.close()
        return PageReading(picture, "".join(words.split()))


def differing_pages(shown: bytes, made: bytes) -> list[int]:
    """The numbers (from 1) of the shown pages that look or read differently in the file made of them.

    The file made may have further pages behind: the certificate.
    """
    before, after = OpenFile(shown), OpenFile(made)
    if len(after) < len(before):
        return [len(after) + 1]
    return _differing(before, after, with_words=True)


def pages_that_look_different(shown: bytes, made: bytes) -> list[int]:
    """The numbers (from 1) of the pages whose pictures differ; their words may."""
    before, after = OpenFile(shown), OpenFile(made)
    if len(after) != len(before):
        return [min(len(before), len(after)) + 1]
    return _differing(before, after, with_words=False)


def _differing(before: OpenFile, after: OpenFile, *, with_words: bool) -> list[int]:
    differing = []
    for index in range(len(before)):
        one, other = before.read(index), after.read(index)
        if (with_words and one.words != other.words) or not one.same_picture(other):
            differing.append(index + 1)
    return differing
