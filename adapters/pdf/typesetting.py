"""Text on paper: the embedded typeface, what of a text can be printed, and where its lines break.

Lines are measured and drawn here, never handed to ReportLab's `Paragraph`, whose markup would let a name embed a file.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
SMALLEST = 11.0
"""Points; nothing on paper is smaller (look.md)."""

BREAK_AFTER = frozenset("/.-_@:?&=,")
"""Where a word too long for its line is broken if it can be, as web addresses are."""


@cache
def register_fonts() -> None:
    """Make the vendored typeface known to ReportLab; it embeds just the characters a page uses."""
    folder = files("adapters.pdf").joinpath("fonts")
    for name in (REGULAR, BOLD):
        with as_file(folder.joinpath(f"{name}.ttf")) as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))


def printable(text: str) -> str:
    """The text in composed form on one line, without characters that only steer: controls, direction overrides."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif category not in ("Cc", "Cf"):
            kept.append(character)
    return " ".join("".join(kept).split())


def width_of(text: str, font: str, size: float) -> float:
    """Points from end to end on one line."""
    return float(pdfmetrics.stringWidth(text, font, size))


@dataclass(frozen=True)
class SetText:
    """Lines ready to be drawn, all of one font and size. `leading` is the distance between baselines in points."""

    lines: tuple[str, ...]
    font: str
    size: float
    leading: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.leading


def set_text(text: str, font: str, size: float, width: float, spacing: float = 1.36) -> SetText:
    """Break the text into lines no wider than `width`. No character is dropped but the spaces at the breaks."""
    register_fonts()
    return SetText(tuple(_lines(printable(text), font, size, width)), font, size, size * spacing)


def fit_text(text: str, font: str, sizes: Sequence[float], width: float, most_lines: int) -> SetText:
    """Set the text in the first of the descending sizes that needs at most so many lines; else in the last."""
    for size in sizes:
        fitted = set_text(text, font, size, width, spacing=1.24)
        if len(fitted.lines) <= most_lines and _words_whole(text, font, size, width):
            return fitted
    return set_text(text, font, sizes[-1], width, spacing=1.24)


def _words_whole(text: str, font: str, size: float, width: float) -> bool:
    return all(width_of(word, font, size) <= width for word in printable(text).split(" "))


def _lines(text: str, font: str, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, font, size) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _pieces(word, font, size, width)
        yield from full
    if line:
        yield line


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    """One word in pieces that each fit the line: broken after punctuation if there is some, else anywhere."""
    pieces: list[str] = []
    rest = word
    while (end := _longest_start(rest, font, size, width)) < len(rest):
        pieces.append(rest[:end])
        rest = rest[end:]
    return [*pieces, rest]


def _longest_start(word: str, font: str, size: float, width: float) -> int:
    """How many characters of a word go on this line: one at least, an accent never apart from its letter."""
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
