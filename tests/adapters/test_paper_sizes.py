"""Each of our PDFs on A4 and on Letter: the sheet of paper, the same words, and nothing near its edge."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
import pypdfium2
import pytest

from adapters.pdf.certificate import draw_certificate
from adapters.pdf.instruction_sheet import draw_instruction_sheet
from adapters.pdf.written_document import draw_written_document
from clinic.values.paper import PaperSize
from tests.adapters.test_certificate import certificate, entry
from tests.adapters.test_instruction_sheet import sheet
from tests.adapters.test_tagged_pdfs import WRITTEN
from tests.factories.tags import words_of_tags

SIZES = {PaperSize.A4: (595, 842), PaperSize.LETTER: (612, 792)}
# Points. No printer needs more, and the footer stands this far from the edge.
EDGE = 25.0
LONG = replace(WRITTEN, blocks=WRITTEN.blocks * 6)
MANY = certificate(entries=tuple(entry(f"Signer {each}") for each in range(8)))
FULL = sheet(steps=("Open the address above in your web browser, or scan the square code. " * 2,) * 6)
DRAWINGS: dict[str, tuple[Callable[[Any], bytes], Any]] = {
    "document": (draw_written_document, LONG),
    "certificate": (draw_certificate, MANY),
    "sheet": (draw_instruction_sheet, sheet()),
    "full sheet": (draw_instruction_sheet, FULL),
}


@pytest.mark.parametrize("paper", PaperSize)
@pytest.mark.parametrize("name", DRAWINGS)
def test_page_is_of_the_paper_and_nothing_is_near_its_edge(name: str, paper: PaperSize) -> None:
    draw, content = DRAWINGS[name]
    for page in pypdfium2.PdfDocument(draw(replace(content, paper=paper))):
        width, height = page.get_size()
        assert (round(width), round(height)) == SIZES[paper]
        text = page.get_textpage()
        boxes = [
            text.get_charbox(index) for index in range(text.count_chars()) if text.get_text_range(index, 1).strip()
        ]
        boxes += [item.get_bounds() for item in page.get_objects()]
        assert boxes
        assert all(
            left > EDGE and right < width - EDGE and bottom > EDGE and top < height - EDGE
            for left, bottom, right, top in boxes
        )


@pytest.mark.parametrize("name", DRAWINGS)
def test_both_papers_say_the_same(name: str) -> None:
    draw, content = DRAWINGS[name]
    a4, letter = (draw(replace(content, paper=paper)) for paper in (PaperSize.A4, PaperSize.LETTER))
    assert words_of_tags(letter) == words_of_tags(a4)


@pytest.mark.parametrize("paper", PaperSize)
@pytest.mark.parametrize("content", [sheet(), FULL], ids=["usual", "full"])
def test_sheet_is_one_page_on_either(content: Any, paper: PaperSize) -> None:
    with pikepdf.open(io.BytesIO(draw_instruction_sheet(replace(content, paper=paper)))) as pdf:
        assert len(pdf.pages) == 1


def test_text_is_in_the_middle_of_a_letter_page() -> None:
    """As far from the left edge as from the right, and from the top as from the bottom of a full page."""
    page = pypdfium2.PdfDocument(draw_written_document(replace(LONG, paper=PaperSize.LETTER)))[0]
    rules = [item.get_bounds() for item in page.get_objects() if item.get_bounds()[2] - item.get_bounds()[0] > 400]
    left, _, right, _ = rules[0]
    assert left == pytest.approx(612 - right, abs=0.5)
