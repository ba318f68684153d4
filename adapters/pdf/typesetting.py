"""Which characters are printed, and where lines break. `scripts` does it for all but Latin, Greek and Cyrillic.

This module does not use ReportLab's `Paragraph`, because its markup would let a name embed a file.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.pdfbase import pdfmetrics

from adapters.pdf.bidirectional import JOINERS
from adapters.pdf.faces import BOLD as BOLD
from adapters.pdf.faces import REGULAR as REGULAR
from adapters.pdf.faces import register_fonts as register_fonts
from adapters.pdf.scripts import is_simple, lines_of, width_of_line

MIN_FONT_SIZE = 11.0
"""Points; no printed text is smaller (look.md)."""

BREAK_AFTER = frozenset("/.-_@:?&=,")
"""A word that is too long for a line, such as a web address, is broken after one of these if possible."""


def printable(text: str) -> str:
    """The text on one line, NFC-normalized, without control characters and direction overrides."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif category not in ("Cc", "Cf") or character in JOINERS:
            kept.append(character)
    return " ".join("".join(kept).split())


def width_of(text: str, font: str, size: float) -> float:
    """The width in points on one line."""
    return float(pdfmetrics.stringWidth(text, font, size)) if is_simple(text) else width_of_line(text, font, size)


@dataclass(frozen=True)
class TextBlock:
    """Lines of one font and size. `leading` is the distance between baselines in points."""

    lines: tuple[str, ...]
    font: str
    size: float
    leading: float
    width: float = 0.0
    """The column in which a right-to-left line begins at the right; 0 for none."""

    @property
    def height(self) -> float:
        return len(self.lines) * self.leading


def wrap_text(text: str, font: str, size: float, width: float, spacing: float = 1.36) -> TextBlock:
    """Break the text into lines no wider than `width`.

    A line that ends between two words keeps one space, which tells a reader of the PDF that they are two.
    """
    register_fonts()
    shown = printable(text)
    lines = _lines(shown, font, size, width) if is_simple(shown) else lines_of(shown, font, size, width)
    return TextBlock(tuple(lines), font, size, size * spacing, width)


def fit_text(text: str, font: str, sizes: Sequence[float], width: float, max_lines: int) -> TextBlock:
    """Use the first of the descending sizes that needs at most `max_lines` lines, otherwise the last size."""
    for size in sizes:
        fitted = wrap_text(text, font, size, width, spacing=1.24)
        if len(fitted.lines) <= max_lines and _no_word_is_broken(text, font, size, width):
            return fitted
    return wrap_text(text, font, sizes[-1], width, spacing=1.24)


def _no_word_is_broken(text: str, font: str, size: float, width: float) -> bool:
    return all(width_of(word, font, size) <= width for word in printable(text).split(" "))


def _lines(text: str, font: str, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, font, size) <= width:
            line = longer
            continue
        if line:
            yield f"{line} "
        *full, line = _break_word(word, font, size, width)
        yield from full
    if line:
        yield line


def _break_word(word: str, font: str, size: float, width: float) -> list[str]:
    """Split a word into pieces that fit the line, if possible after punctuation."""
    pieces: list[str] = []
    rest = word
    while (end := _characters_that_fit(rest, font, size, width)) < len(rest):
        pieces.append(rest[:end])
        rest = rest[end:]
    return [*pieces, rest]


def _characters_that_fit(word: str, font: str, size: float, width: float) -> int:
    """The number of characters that fit on a line, at least one. A combining accent stays with its letter."""
    total = 0.0
    end = 0
    for character in word:
        total += width_of(character, font, size)
        if total > width:
            break
        end += 1
    if end == len(word):
        return end
    preferred = next((i for i in range(end, end // 2, -1) if word[i - 1] in BREAK_AFTER), end)
    while preferred > 1 and unicodedata.combining(word[preferred]):
        preferred -= 1
    return max(preferred, 1)
