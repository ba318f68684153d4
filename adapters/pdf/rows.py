"""Running text and rows of label and value, as strips that a page's end parts only where it may."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK
from adapters.pdf.strips import LEFT, PAGE, WIDTH, Strip, draw_text, height_of, rule, space, together
from adapters.pdf.typesetting import BOLD, REGULAR, SetText, set_text

BODY = 11.5
LABELS = WIDTH * 0.34
COLUMN_GAP = 14.0
KEPT_TOGETHER = 4
"""Lines; a shorter piece is not parted by the page's end."""


@dataclass(frozen=True)
class Air:
    """How close lines and rows stand: the leading in sizes of the text, the rest in points."""

    leading: float
    above_rule: float
    below_rule: float


ROOMY = Air(leading=1.42, above_rule=5, below_rule=4)
TIGHT = Air(leading=1.26, above_rule=3, below_rule=2)


def body(text: str, width: float = WIDTH, air: Air = ROOMY) -> SetText:
    """The text in the size and spacing of running text."""
    return set_text(text, REGULAR, BODY, width, air.leading)


def row(label: str, value: str, *, first: bool, last: bool, air: Air = ROOMY) -> Iterator[Strip]:
    """Label and value side by side, a hairline above, and below the last."""
    labels = set_text(label, BOLD, BODY, LABELS - COLUMN_GAP, air.leading).lines
    values = [line for typed in typed_lines(value) for line in body(typed, WIDTH - LABELS, air).lines or ("",)]
    count = max(len(labels), len(values), 1)
    strips = [
        beside(
            labels[index] if index < len(labels) else "",
            values[index] if index < len(values) else "",
            LABELS,
            BOLD,
            air,
        )
        for index in range(count)
    ]
    above = air.above_rule * 2 if first else air.above_rule
    yield from unparted([space(above), rule(HAIRLINE, 0.6), space(air.below_rule)], strips)
    if last:
        yield space(air.above_rule)
        yield rule(HAIRLINE, 0.6)


def rows(table: Sequence[tuple[str, str]], air: Air = ROOMY) -> Iterator[Strip]:
    """Several of them, one below the other."""
    for index, (label, value) in enumerate(table):
        yield from row(label, value, first=index == 0, last=index == len(table) - 1, air=air)


def beside(left: str, right: str, indent: float, font: str, air: Air = ROOMY) -> Strip:
    """One line in two columns."""
    leading = BODY * air.leading

    def draw(canvas: Canvas, top: float) -> None:
        draw_text(canvas, SetText((left,), font, BODY, leading), LEFT, top, INK)
        draw_text(canvas, SetText((right,), REGULAR, BODY, leading), LEFT + indent, top, INK)

    return Strip(leading, draw)


def unparted(before: Sequence[Strip], strips: Sequence[Strip]) -> Iterator[Strip]:
    """A short piece as one; of a longer one the first lines, so that no line stands alone at a page's end."""
    if len(strips) <= KEPT_TOGETHER:
        yield together([*before, *strips])
    else:
        yield together([*before, *strips[:2]])
        yield from strips[2:-2]
        yield together(strips[-2:])


def headed(heading: Sequence[Strip], first: Strip) -> Iterator[Strip]:
    """The heading, not parted from what it stands above; headings that fill half a page are let go."""
    kept = [*heading, first]
    if height_of(kept) < PAGE[1] / 2:
        yield together(kept)
    else:
        yield from kept


def typed_lines(text: str) -> list[str]:
    """The lines as they were typed, whatever system ended them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
