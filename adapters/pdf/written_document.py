"""A text that staff wrote, as pages to read and sign. The same text always gives the same bytes."""

import io
from collections.abc import Iterator

from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK
from adapters.pdf.rows import BODY, beside, body, headed, rows, typed_lines, unparted
from adapters.pdf.strips import BOTTOM, LEFT, PAGE, WIDTH, Strip, draw_strips, draw_text, lines, pages_of, rule, space
from adapters.pdf.typesetting import BOLD, REGULAR, SMALLEST, printable, set_text, width_of
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
    yield from lines(body(document.organization_name), QUIET_INK)
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
        yield from headed(waiting, first)
        yield from rest
        waiting = []
    yield from waiting


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
            yield from rows(block.rows)


def _paragraph(paragraph: Paragraph) -> Iterator[Strip]:
    """The lines as they were typed, each broken where it is too long; an empty one is half a line."""
    strips = []
    for typed in typed_lines(paragraph.text):
        strips += [*lines(body(typed), INK)] or [space(BODY * 0.7)]
    yield from unparted([space(8)], strips)


def _item(mark: str, item: str) -> Iterator[Strip]:
    texts = [line for typed in typed_lines(item) for line in body(typed, WIDTH - INDENT).lines]
    strips = [beside(mark if index == 0 else "", line, INDENT, REGULAR) for index, line in enumerate(texts)]
    yield from unparted([space(5)], strips)
