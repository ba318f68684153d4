"""Running text, rows of label and value, and the rules for where a page break may separate them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.pdf.colour import HAIRLINE, INK
from adapters.pdf.layout import LEFT, PAGE, WIDTH, Strip, draw_element, height_of, keep_together, rule, space
from adapters.pdf.tagging import Element, TaggedCanvas, table, table_row
from adapters.pdf.typesetting import BOLD, REGULAR, TextBlock, wrap_text

BODY = 11.5
LABELS = WIDTH * 0.34
COLUMN_GAP = 14.0
MAX_LINES_KEPT_TOGETHER = 4
"""A paragraph of at most this many lines is not broken across pages."""


@dataclass(frozen=True)
class Spacing:
    """The space between lines and rows: `leading` as a multiple of the font size, the others in points."""

    leading: float
    above_rule: float
    below_rule: float


NORMAL = Spacing(leading=1.42, above_rule=5, below_rule=4)
COMPACT = Spacing(leading=1.26, above_rule=3, below_rule=2)


def body(text: str, width: float = WIDTH, spacing: Spacing = NORMAL) -> TextBlock:
    """Running text."""
    return wrap_text(text, REGULAR, BODY, width, spacing.leading)


def row(
    label: str, value: str, cells: tuple[Element, Element], *, first: bool, last: bool, spacing: Spacing = NORMAL
) -> Iterator[Strip]:
    """Label and value side by side with a hairline above. The last row also has one below."""
    labels = wrap_text(label, BOLD, BODY, LABELS - COLUMN_GAP, spacing.leading).lines
    values = [line for typed in typed_lines(value) for line in body(typed, WIDTH - LABELS, spacing).lines or ("",)]
    count = max(len(labels), len(values), 1)
    strips = [
        two_columns(
            labels[index] if index < len(labels) else "",
            values[index] if index < len(values) else "",
            cells,
            LABELS,
            BOLD,
            spacing,
        )
        for index in range(count)
    ]
    above = spacing.above_rule * 2 if first else spacing.above_rule
    yield from avoid_orphans([space(above), rule(HAIRLINE, 0.6), space(spacing.below_rule)], strips)
    if last:
        yield space(spacing.above_rule)
        yield rule(HAIRLINE, 0.6)


def rows(facts: Sequence[tuple[str, str]], spacing: Spacing = NORMAL) -> Iterator[Strip]:
    """A table of labels and values."""
    whole = table()
    for index, (label, value) in enumerate(facts):
        cells = table_row(whole)
        yield from row(label, value, cells, first=index == 0, last=index == len(facts) - 1, spacing=spacing)


def two_columns(
    left: str, right: str, elements: tuple[Element, Element], indent: float, font: str, spacing: Spacing = NORMAL
) -> Strip:
    """One line in two columns, each of an element of its own."""
    leading = BODY * spacing.leading

    def draw(canvas: TaggedCanvas, top: float) -> None:
        for element, text, kind, across in (
            (elements[0], left, font, LEFT),
            (elements[1], right, REGULAR, LEFT + indent),
        ):
            # An empty cell is a part of its row, too.
            if text or not element.parts:
                draw_element(canvas, element, TextBlock((text,), kind, BODY, leading), across, top, INK)

    return Strip(leading, draw)


def avoid_orphans(before: Sequence[Strip], strips: Sequence[Strip]) -> Iterator[Strip]:
    """Keep a short paragraph together; of a longer one, keep the first two and the last two lines together."""
    if len(strips) <= MAX_LINES_KEPT_TOGETHER:
        yield keep_together([*before, *strips])
    else:
        yield keep_together([*before, *strips[:2]])
        yield from strips[2:-2]
        yield keep_together(strips[-2:])


def keep_with_heading(heading: Sequence[Strip], first: Strip) -> Iterator[Strip]:
    """Keep a heading on the same page as the strip below it, unless they fill half a page."""
    kept = [*heading, first]
    if height_of(kept) < PAGE[1] / 2:
        yield keep_together(kept)
    else:
        yield from kept


def typed_lines(text: str) -> list[str]:
    """Split at the line breaks of any operating system."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
