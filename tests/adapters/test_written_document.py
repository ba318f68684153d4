"""A text that staff wrote, drawn: all of it is there, readable, in order, and the same bytes each time."""

import io
import subprocess
import sys
import time
from dataclasses import replace

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from adapters.pdf import ReportlabRenderer
from adapters.pdf.layout import BOTTOM, LEFT, TOP, WIDTH
from adapters.pdf.written_document import draw_written_document
from adapters.pdf_reading.reader import ProcessPdfReader
from clinic.values.written_document import Heading, Items, Paragraph, Table, WrittenDocument

SENTENCE = "The practice keeps what you say to itself, except where the law asks for it or a life is in danger. "


def document(**changes: object) -> WrittenDocument:
    plain = WrittenDocument(
        organization_name="Willow Creek Counseling",
        title="Consent to treatment",
        language="en",
        blocks=(
            Heading(1, "What you agree to"),
            Paragraph(SENTENCE * 3 + "\nA line of its own."),
            Heading(2, "In short"),
            Items(False, ("You may stop at any time.", SENTENCE * 2)),
            Items(True, ("Read", "Ask", "Sign")),
            Table((("Client", "Leo Park"), ("Born", "May 4, 1980"), ("Fee per session", "$120, due on the day " * 8))),
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    """The words of each page, every white space read as one blank."""
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf)]


def boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of every letter, page by page."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        found += [
            text.get_charbox(index) for index in range(text.count_chars()) if text.get_text_range(index, 1).strip()
        ]
    return found


def test_everything_written_is_on_the_page_in_order() -> None:
    [words] = pages(draw_written_document(document()))

    expected = [
        *(
            "Willow Creek Counseling",
            "Consent to treatment",
            "What you agree to",
            SENTENCE.strip(),
            "A line of its own.",
        ),
        *("In short", "• You may stop at any time.", "1. Read", "2. Ask", "3. Sign"),
        *("Client Leo Park", "Born May 4, 1980", "Fee per session", "$120, due on the day", "Page 1 of 1"),
    ]
    places = [words.index(each) for each in expected]
    assert places == sorted(places)
    assert words.count("The practice keeps what you say to itself") == 5


def test_title_and_language_are_told_to_screen_readers() -> None:
    with pikepdf.open(io.BytesIO(draw_written_document(document(language="es", title="Acuerdo – año")))) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Acuerdo – año"
        assert str(pdf.docinfo["/Author"]) == "Willow Creek Counseling"
        assert str(pdf.Root.Lang) == "es"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


@pytest.mark.parametrize(
    ("language", "first"),
    [("en", "Page 1 of 3"), ("es", "Página 1 de 3"), ("es-MX", "Página 1 de 3"), ("de", "Page 1 of 3")],
)
def test_pages_are_numbered_in_the_documents_language(language: str, first: str) -> None:
    found = pages(draw_written_document(document(language=language, blocks=(Paragraph(SENTENCE * 100),))))

    assert len(found) == 3
    assert found[0].endswith(first)
    assert found[2].endswith(first.replace("1", "3", 1))


def test_same_text_gives_the_same_bytes_in_every_process() -> None:
    here = draw_written_document(document())
    code = (
        "import sys; from tests.adapters.test_written_document import *; "
        "sys.stdout.buffer.write(draw_written_document(document()))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert here == draw_written_document(document()) == there


HOSTILE = (
    '<img src="/etc/passwd"/> & <b>bold</b> <para> <font color="red">red</font>',
    "&lt;script&gt; {{ 7*7 }} %(x)s ${x} \\n (unbalanced",
    "\u202eright to left\u202c \u0000\u0007\ud800 \ufeff",
)


def test_markup_and_steering_characters_are_just_text() -> None:
    blocks = (
        *(Paragraph(each) for each in HOSTILE),
        *(Heading(1, each) for each in HOSTILE),
        Items(True, HOSTILE),
        Table(tuple((each, each) for each in HOSTILE)),
    )
    pdf = draw_written_document(document(title=HOSTILE[0], blocks=blocks))
    words = " ".join(pages(pdf))

    assert words.count('<img src="/etc/passwd"/>') >= 4
    assert words.count("&lt;script&gt;") >= 4
    assert words.count("right to left") >= 4
    for character in "\u202e\u0000\u0007\ufeff":
        assert character not in words
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not [
            each for each in opened.objects if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]


LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 30


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(
            (Paragraph(LONG), Heading(1, LONG), Items(False, (LONG,)), Table(((LONG, LONG),))), id="long words"
        ),
        pytest.param((Table(tuple((f"Label {n}", SENTENCE) for n in range(200))),), id="long table"),
        pytest.param((Table((("One row", SENTENCE * 200),)),), id="row longer than a page"),
        pytest.param((Items(True, tuple(SENTENCE for _ in range(300))),), id="long list"),
        pytest.param(tuple(Heading(1, f"Heading {n}") for n in range(100)), id="nothing but headings"),
        pytest.param((Heading(1, SENTENCE * 60), Paragraph("Below.")), id="heading longer than a page"),
        pytest.param((Paragraph("\n" * 300),), id="empty lines"),
        pytest.param((Table(()), Items(True, ()), Paragraph(""), Heading(2, "")), id="empty blocks"),
        pytest.param((), id="nothing"),
    ],
)
async def test_whatever_is_written_stays_within_the_margins(blocks: tuple[Paragraph, ...]) -> None:
    pdf = draw_written_document(document(blocks=blocks))

    for left, bottom, right, top in boxes(pdf):
        assert left >= LEFT - 1
        assert right <= LEFT + WIDTH + 2
        assert top <= TOP + 1
        assert bottom >= BOTTOM - 28
    assert await ProcessPdfReader().inspect(pdf) == len(pages(pdf))


def test_long_table_loses_no_row() -> None:
    rows = tuple((f"Label {number}.", f"Value {number}!") for number in range(400))
    words = " ".join(pages(draw_written_document(document(blocks=(Table(rows),)))))

    assert [words.count(f"{label} {value}") for label, value in rows] == [1] * 400


def test_heading_stands_with_what_it_is_above() -> None:
    """Wherever the page ends, no heading is the last on it."""
    for lines_before in range(30, 50):
        blocks = (
            Paragraph("\n".join("line" for _ in range(lines_before))),
            Heading(1, "The heading"),
            Paragraph(SENTENCE),
        )
        for words in pages(draw_written_document(document(blocks=blocks))):
            assert ("The heading" in words) == ("The practice keeps" in words)


def test_a_word_without_end_is_drawn_in_a_moment() -> None:
    began = time.perf_counter()
    draw_written_document(document(blocks=(Paragraph("x" * 100_000),)))

    assert time.perf_counter() - began < 5


def test_fonts_are_in_the_file() -> None:
    pdf = pypdfium2.PdfDocument(draw_written_document(document(blocks=(Paragraph("Łódź naïve ẞ"),))))
    [words] = [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]
    fonts = [pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(each)) for each in pdf[0].get_objects([1])]

    assert "Łódź naïve ẞ" in words
    assert fonts
    assert set(fonts) == {1}


async def test_drawing_holds_nobody_up() -> None:
    """The port's promise: off the event loop, and the same bytes as drawn here."""
    assert await ReportlabRenderer().written_document(document()) == draw_written_document(document())
