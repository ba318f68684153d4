"""Draws a text that staff wrote as a PDF to read and sign. Deterministic for the same text."""

import io
from collections.abc import Iterator

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK
from adapters.pdf.layout import LEFT, PAPERS, WIDTH, Strip, draw_strips, draw_text, lines, paginate, rule, space
from adapters.pdf.rows import BODY, avoid_orphans, body, keep_with_heading, rows, two_columns, typed_lines
from adapters.pdf.tagging import Element, TaggedCanvas, heading, item, item_list, paragraph
from adapters.pdf.typesetting import BOLD, MIN_FONT_SIZE, REGULAR, width_of, wrap_text
from clinic.values.written_document import Heading, Items, Paragraph, Table, WrittenDocument

TITLE = 20.0
HEADINGS = {1: 15.0, 2: 12.5}
INDENT = 26.0

PAGE_NUMBER = {"en": "Page {page} of {pages}", "es": "Página {page} de {pages}"}

Block = Heading | Paragraph | Items | Table


def draw_written_document(document: WrittenDocument) -> bytes:
    """Draw in the calling thread."""
    target = io.BytesIO()
    paper = PAPERS[document.paper]
    canvas = TaggedCanvas(
        target,
        paper.size,
        title=document.title,
        author=document.organization_name,
        language=document.language,
        made=document.made_on,
    )
    pages = paginate([*_strips(document)], paper)
    words = PAGE_NUMBER.get(document.language.partition("-")[0], PAGE_NUMBER["en"])
    for number, strips in enumerate(pages, start=1):
        draw_strips(canvas, strips, paper)
        _draw_page_number(canvas, words.format(page=number, pages=len(pages)), paper.page_number)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw_page_number(canvas: TaggedCanvas, words: str, top: float) -> None:
    text = wrap_text(words, REGULAR, MIN_FONT_SIZE, WIDTH)
    with canvas.decoration("Pagination"):
        draw_text(canvas, text, LEFT + WIDTH - width_of(words, REGULAR, MIN_FONT_SIZE), top, QUIET_INK)


def _strips(document: WrittenDocument) -> Iterator[Strip]:
    """The strips from top to bottom, before pagination."""
    yield from lines(body(document.organization_name), QUIET_INK, paragraph())
    yield space(4)
    yield from lines(wrap_text(document.title, BOLD, TITLE, WIDTH, 1.25), INK, heading(1))
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
            text = wrap_text(block.text, BOLD, HEADINGS[block.level], WIDTH, 1.25)
            yield from lines(text, INK, heading(block.level + 1))
        case Paragraph():
            yield from _paragraph(block)
        case Items():
            whole = item_list(ordered=block.ordered)
            for number, words in enumerate(block.items, start=1):
                yield from _item(f"{number}." if block.ordered else "•", words, item(whole))
        case Table():
            yield from rows(block.rows)


def _paragraph(block: Paragraph) -> Iterator[Strip]:
    """Keeps the typed line breaks and wraps long lines. An empty line is half a line high."""
    strips = []
    whole = paragraph()
    for typed in typed_lines(block.text):
        strips += [*lines(body(typed), INK, whole)] or [space(BODY * 0.7)]
    yield from avoid_orphans([space(8)], strips)


def _item(mark: str, text: str, elements: tuple[Element, Element]) -> Iterator[Strip]:
    texts = [line for typed in typed_lines(text) for line in body(typed, WIDTH - INDENT).lines]
    strips = [
        two_columns(mark if index == 0 else "", line, elements, INDENT, REGULAR) for index, line in enumerate(texts)
    ]
    yield from avoid_orphans([space(5)], strips)
