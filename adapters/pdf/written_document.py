"""Draws a text that staff wrote as a PDF to read and sign. Deterministic for the same text."""

import io
from collections.abc import Iterator

from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK
from adapters.pdf.dates import set_date
from adapters.pdf.layout import BOTTOM, LEFT, PAGE, WIDTH, Strip, draw_strips, draw_text, lines, paginate, rule, space
from adapters.pdf.rows import BODY, avoid_orphans, body, keep_with_heading, rows, two_columns, typed_lines
from adapters.pdf.typesetting import BOLD, MIN_FONT_SIZE, REGULAR, printable, width_of, wrap_text
from clinic.values.written_document import Heading, Items, Paragraph, Table, WrittenDocument

TITLE = 20.0
HEADINGS = {1: 15.0, 2: 12.5}
INDENT = 26.0

PAGE_NUMBER = {"en": "Page {page} of {pages}", "es": "Página {page} de {pages}"}

Block = Heading | Paragraph | Items | Table


def draw_written_document(document: WrittenDocument) -> bytes:
    """Draw in the calling thread."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, invariant=1, lang=document.language)
    canvas.setTitle(printable(document.title))
    canvas.setAuthor(printable(document.organization_name))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    set_date(canvas, document.made_on)
    pages = paginate([*_strips(document)])
    words = PAGE_NUMBER.get(document.language.partition("-")[0], PAGE_NUMBER["en"])
    for number, strips in enumerate(pages, start=1):
        draw_strips(canvas, strips)
        _draw_page_number(canvas, words.format(page=number, pages=len(pages)))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw_page_number(canvas: Canvas, words: str) -> None:
    text = wrap_text(words, REGULAR, MIN_FONT_SIZE, WIDTH)
    draw_text(canvas, text, LEFT + WIDTH - width_of(words, REGULAR, MIN_FONT_SIZE), BOTTOM - 10, QUIET_INK)


def _strips(document: WrittenDocument) -> Iterator[Strip]:
    """The strips from top to bottom, before pagination."""
    yield from lines(body(document.organization_name), QUIET_INK)
    yield space(4)
    yield from lines(wrap_text(document.title, BOLD, TITLE, WIDTH, 1.25), INK)
    yield space(8)
    yield rule(HAIRLINE, 1.0)
    waiting: list[Strip] = []
    for block in document.blocks:
        first, *rest = [*_block(block)] or [space(0)]
        if isinstance(block, Heading):
            waiting += [first, *rest]
            continue
        yield from keep_with_heading(waiting, first)
        yield from rest
        waiting = []
    yield from waiting


def _block(block: Block) -> Iterator[Strip]:
    match block:
        case Heading():
            yield space(16 if block.level == 1 else 11)
            yield from lines(wrap_text(block.text, BOLD, HEADINGS[block.level], WIDTH, 1.25), INK)
        case Paragraph():
            yield from _paragraph(block)
        case Items():
            for number, item in enumerate(block.items, start=1):
                yield from _item(f"{number}." if block.ordered else "•", item)
        case Table():
            yield from rows(block.rows)


def _paragraph(paragraph: Paragraph) -> Iterator[Strip]:
    """Keeps the typed line breaks and wraps long lines. An empty line is half a line high."""
    strips = []
    for typed in typed_lines(paragraph.text):
        strips += [*lines(body(typed), INK)] or [space(BODY * 0.7)]
    yield from avoid_orphans([space(8)], strips)


def _item(mark: str, item: str) -> Iterator[Strip]:
    texts = [line for typed in typed_lines(item) for line in body(typed, WIDTH - INDENT).lines]
    strips = [two_columns(mark if index == 0 else "", line, INDENT, REGULAR) for index, line in enumerate(texts)]
    yield from avoid_orphans([space(5)], strips)
