"""One file, one reading (product §4): what is shown, said, printed and sealed is the same, or the file is refused.

About 330 files by the habits of common programs. Two programs judge them: pdfium, which draws our pages, and poppler.
"""

import asyncio
import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from adapters.pdf_acceptance.acceptance import accept
from adapters.pdf_reading.comparison import OpenFile, pages_that_look_different
from adapters.pdf_reading.pages import texts_of_pages
from adapters.pdf_reading.reader import ProcessPdfReader
from clinic.values.pdf_check import AcceptedPdf, PdfRefused
from tests.adapters.one_reading import forms, layers, notes, others
from tests.adapters.one_reading.samples import Sample
from tests.campaign import rounds

FAMILIES: dict[str, Callable[[], Iterator[Sample]]] = {
    kind.__name__: kind
    for kind in (
        *(forms.text_fields, forms.looks_of_fields, forms.unseen_fields, forms.ticks, forms.choices, forms.families),
        *(notes.typed_on, notes.marks, notes.comments, notes.links, layers.layers, *others.ALL),
    )
}


def answer_to(sample: Sample) -> AcceptedPdf | None:
    try:
        return accept(sample.content)
    except PdfRefused as refused:
        if refused.problem is not sample.refused:
            raise AssertionError(f"{sample.name}: {refused.problem}") from None
        return None


def _words(content: bytes) -> str:
    return " ".join(" ".join(texts_of_pages(content)).split())


def test_there_are_three_hundred_files() -> None:
    assert sum(1 for kind in FAMILIES.values() for _ in kind()) >= 300


@pytest.mark.campaign
@pytest.mark.parametrize("family", FAMILIES)
async def test_file_has_one_reading_or_is_refused(family: str, tmp_path: Path) -> None:
    accepted_copies: list[tuple[Sample, bytes]] = []
    for sample in _some_of_many(list(FAMILIES[family]())):
        accepted = await asyncio.to_thread(answer_to, sample)
        if accepted is None:
            continue
        assert sample.refused is None, sample.name
        words = _words(accepted.content)
        assert [word for word in sample.shown if word not in words] == [], sample.name
        assert [word for word in sample.hidden if word in words] == [], sample.name
        assert not pages_that_look_different(_without_beginning(sample.content), accepted.content), sample.name
        with pikepdf.open(io.BytesIO(accepted.content)) as pdf:
            assert "/AcroForm" not in pdf.Root
            assert "/OCProperties" not in pdf.Root
            assert {str(each.Subtype) for each in pdf.pages[0].obj.get("/Annots", [])} <= {"/Link"}
        accepted_copies.append((sample, accepted.content))
    # Poppler judges the first of each family and every fourth in the suite, all of them in `make soak`.
    await asyncio.to_thread(poppler_reads_and_draws_the_same, accepted_copies[:: rounds(4, 1)], tmp_path)


def _some_of_many(samples: list[Sample]) -> list[Sample]:
    """Every fifth of a large family in the suite, all of them in `make soak`."""
    return samples[:: rounds(5, 1)] if len(samples) > 30 else samples


def _without_beginning(content: bytes) -> bytes:
    return content[content.index(b"%PDF-") :]


def poppler_reads_and_draws_the_same(accepted_copies: list[tuple[Sample, bytes]], folder: Path) -> None:
    if not accepted_copies:
        return
    book = pikepdf.new()
    for _, content in accepted_copies:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            book.pages.append(pdf.pages[0])
    file = folder / "book.pdf"
    book.save(file)
    text = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True).stdout.decode()
    subprocess.run(["pdftoppm", "-r", "72", "-cropbox", "-png", file, folder / "page"], check=True)
    pictures, pages = sorted(folder.glob("page*.png")), text.split("\f")
    assert (len(pictures), len(pages)) == (len(accepted_copies), len(accepted_copies) + 1)
    for (sample, content), words, picture in zip(accepted_copies, pages, pictures, strict=False):
        spoken = " ".join(words.split())
        assert [word for word in sample.shown if word not in spoken] == [], sample.name
        # Words that no program shows may stay in the file, but only where pdfium's picture shows none either.
        with Image.open(picture) as drawn:
            assert largest_difference(drawn, OpenFile(content).read(0).picture) < 12, sample.name


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference in darkness of any part of the page. Two programs smooth letters differently."""
    grids = [picture.convert("L").resize((24, 32), Image.Resampling.BOX) for picture in (one, other)]
    first, second = (grid.tobytes() for grid in grids)
    return max(abs(a - b) for a, b in zip(first, second, strict=True))


def test_comparison_finds_one_changed_digit() -> None:
    ten, hundred = (others.dose(words) for words in ("Take 10 mg", "Take 16 mg"))
    assert pages_that_look_different(ten, hundred) == [1]
    assert pages_that_look_different(ten, ten) == []


async def test_process_answers_with_the_copy() -> None:
    reader = ProcessPdfReader()
    sample = next(each for each in forms.text_fields() if each.refused is None and each.name.startswith("text blank"))
    accepted = await reader.accept(sample.content)
    assert accepted.flattened
    assert forms.VALUE in (await reader.page_texts(accepted.content))[0]
    assert (await reader.accept(accepted.content)) == AcceptedPdf(accepted.content, 1, False)
    assert await reader.differing_pages(accepted.content, accepted.content) == ()
    assert await reader.differing_pages(sample.content, others.dose("Take 10 mg")) == (1,)
