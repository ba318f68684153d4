"""A text that staff wrote, as pages to read and sign. The same text always gives the same bytes."""

import io
from collections.abc import Iterator, Sequence

from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK
from adapters.pdf.strips import (
    BOTTOM,
    LEFT,
    PAGE,
    WIDTH,
    Strip,
    draw_strips,
    draw_text,
    height_of,
    lines,
    pages_of,
    rule,
    space,
    together,
)
from adapters.pdf.typesetting import BOLD, REGULAR, SMALLEST, SetText, printable, set_text, width_of
from clinic.documents.written import Heading, Items, Paragraph, Table, WrittenDocument

BODY = 11.5
SPACING = 1.42
TITLE = 20.0
HEADINGS = {1: 15.0, 2: 12.5}
INDENT = 26.0
LABELS = WIDTH * 0.34
COLUMN_GAP = 14.0
KEPT_TOGETHER = 4
"""Lines; a shorter piece is not parted by the page's end."""

PAGE_NUMBER = {"en": "Page {page} of {pages}", "es": "Página {page} de {pages}"}

Block = Heading | Paragraph | Items | Table


def draw_written_document(document: WrittenDocument) -> bytes:
    """Draw in the calling thread."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, invariant=1, lang=document.language)
    canvas.setTitle(printable(document.title))
    canvas.setAuthor(printable(document.organization_name))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    pages = pages_of([*_strips(document)])
    words = PAGE_NUMBER.get(document.language.partition("-")[0], PAGE_NUMBER["en"])
    for number, strips in enumerate(pages, start=1):
        draw_strips(canvas, strips)
        _draw_page_number(canvas, words.format(page=number, pages=len(pages)))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw_page_number(canvas: Canvas, words: str) -> None:
    text = set_text(words, REGULAR, SMALLEST, WIDTH)
    draw_text(canvas, text, LEFT + WIDTH - width_of(words, REGULAR, SMALLEST), BOTTOM - 10, QUIET_INK)


def _strips(document: WrittenDocument) -> Iterator[Strip]:
    """The pages from top to bottom, as one."""
    yield from lines(_set(document.organization_name), QUIET_INK)
    yield space(4)
    yield from lines(set_text(document.title, BOLD, TITLE, WIDTH, 1.25), INK)
    yield space(8)
    yield rule(HAIRLINE, 1.0)
    waiting: list[Strip] = []
    for block in document.blocks:
        first, *rest = [*_block(block)] or [space(0)]
        if isinstance(block, Heading):
            waiting += [first, *rest]
            continue
        yield from _headed(waiting, first)
        yield from rest
        waiting = []
    yield from waiting


def _headed(heading: list[Strip], first: Strip) -> Iterator[Strip]:
    """The heading, not parted from what it stands above; headings that fill half a page are let go."""
    kept = [*heading, first]
    if height_of(kept) < PAGE[1] / 2:
        yield together(kept)
    else:
        yield from kept


def _block(block: Block) -> Iterator[Strip]:
    match block:
        case Heading():
            yield space(16 if block.level == 1 else 11)
            yield from lines(set_text(block.text, BOLD, HEADINGS[block.level], WIDTH, 1.25), INK)
        case Paragraph():
            yield from _paragraph(block)
        case Items():
            for number, item in enumerate(block.items, start=1):
                yield from _item(f"{number}." if block.ordered else "•", item)
        case Table():
            for index, (label, value) in enumerate(block.rows):
                yield from _row(label, value, first=index == 0, last=index == len(block.rows) - 1)


def _paragraph(paragraph: Paragraph) -> Iterator[Strip]:
    """The lines as they were typed, each broken where it is too long; an empty one is half a line."""
    strips = []
    for typed in _typed_lines(paragraph.text):
        strips += [*lines(_set(typed), INK)] or [space(BODY * 0.7)]
    yield from _unparted([space(8)], strips)


def _item(mark: str, item: str) -> Iterator[Strip]:
    texts = [line for typed in _typed_lines(item) for line in _set(typed, WIDTH - INDENT).lines]
    strips = [_beside(mark if index == 0 else "", line, INDENT, REGULAR) for index, line in enumerate(texts)]
    yield from _unparted([space(5)], strips)


def _row(label: str, value: str, *, first: bool, last: bool) -> Iterator[Strip]:
    """Label and value side by side, a hairline above, and below the last."""
    labels = set_text(label, BOLD, BODY, LABELS - COLUMN_GAP, SPACING).lines
    values = [line for typed in _typed_lines(value) for line in _set(typed, WIDTH - LABELS).lines or ("",)]
    count = max(len(labels), len(values), 1)
    strips = [
        _beside(
            labels[index] if index < len(labels) else "", values[index] if index < len(values) else "", LABELS, BOLD
        )
        for index in range(count)
    ]
    yield from _unparted([space(10 if first else 5), rule(HAIRLINE, 0.6), space(4)], strips)
    if last:
        yield space(5)
        yield rule(HAIRLINE, 0.6)


def _beside(left: str, right: str, indent: float, font: str) -> Strip:
    """One line in two columns."""

    def draw(canvas: Canvas, top: float) -> None:
        draw_text(canvas, SetText((left,), font, BODY, BODY * SPACING), LEFT, top, INK)
        draw_text(canvas, SetText((right,), REGULAR, BODY, BODY * SPACING), LEFT + indent, top, INK)

    return Strip(BODY * SPACING, draw)


def _unparted(before: Sequence[Strip], strips: Sequence[Strip]) -> Iterator[Strip]:
    """A short piece as one; of a longer one the first lines, so that no line stands alone at a page's end."""
    if len(strips) <= KEPT_TOGETHER:
        yield together([*before, *strips])
    else:
        yield together([*before, *strips[:2]])
        yield from strips[2:-2]
        yield together(strips[-2:])


def _typed_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _set(text: str, width: float = WIDTH) -> SetText:
    return set_text(text, REGULAR, BODY, width, SPACING)
