"""What a screen reader is told of our PDFs: headings, lists and tables in reading order, and the words on the page."""

import io
import re
from dataclasses import replace
from functools import cache
from inspect import isfunction, signature

import pikepdf
import pypdfium2
import pytest

from adapters.pdf.certificate import draw_certificate
from adapters.pdf.instruction_sheet import draw_instruction_sheet
from adapters.pdf.written_document import draw_written_document
from clinic.values.ports import PdfRenderer
from clinic.values.written_document import Heading, Items, Paragraph, Table, WrittenDocument
from tests.adapters.test_certificate import certificate, entry
from tests.adapters.test_instruction_sheet import sheet
from tests.factories.tags import marks_without_element, roles, told, untagged_painting, words_of_tags

WRITTEN = WrittenDocument(
    organization_name="Willow Creek",
    title="Consent to treatment",
    language="en",
    blocks=(
        Heading(1, "What you agree to"),
        Paragraph("You come each week.\nYou say so if you can't."),
        Heading(2, "In short"),
        Items(False, ("You may stop.", "We keep what you say to ourselves.")),
        Items(True, ("Read", "Sign")),
        Table((("Client", "Leo Park"), ("Guardian", ""), ("Fee", "$120"))),
    ),
)
LONG = "The practice keeps what you say to itself, except where the law asks for it or a life is in danger. "
# What each file says it is called, and in which of the renderer's methods it is made.
TITLES = {
    "document": "Consent to treatment",
    "long document": "Consent to treatment",
    "sheet": "Your patient portal",
    "certificate": "Certificate of signatures",
}
MAKERS = {"written_document": "document", "instruction_sheet": "sheet", "certificate": "certificate"}
PAGE_NUMBER = re.compile(r"(Page )?\d+ (of|/) \d+")
OURS = {
    "document": lambda: draw_written_document(WRITTEN),
    "long document": lambda: draw_written_document(
        replace(WRITTEN, blocks=(Paragraph(LONG * 60), *WRITTEN.blocks * 4))
    ),
    "sheet": lambda: draw_instruction_sheet(sheet()),
    "certificate": lambda: draw_certificate(certificate(entries=tuple(entry(f"Signer {n}") for n in range(8)))),
}


@cache
def drawn(name: str) -> bytes:
    return OURS[name]()


def visible_words(pdf: bytes) -> str:
    """The words of all pages as pdfium sees them, without page numbers."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    lines = [line.strip() for page in pages for line in page.splitlines()]
    return " ".join(" ".join(line for line in lines if not PAGE_NUMBER.fullmatch(line)).split())


def test_written_document_has_headings_lists_and_a_table() -> None:
    assert told(drawn("document")) == [
        "P: Willow Creek",
        "H1: Consent to treatment",
        "H2: What you agree to",
        "P: You come each week. You say so if you can't.",
        "H3: In short",
        *("Lbl: •", "LBody: You may stop.", "Lbl: •", "LBody: We keep what you say to ourselves."),
        *("Lbl: 1.", "LBody: Read", "Lbl: 2.", "LBody: Sign"),
        *("TH: Client", "TD: Leo Park", "TH: Guardian", "TH: Fee", "TD: $120"),
    ]
    row = ["    TR", "      TH", "      TD"]
    assert roles(drawn("document"))[-10:] == ["  Table", *row, *row, *row]
    assert roles(drawn("document"))[6:9] == ["  L", "    LI", "      Lbl"]


def test_sheet_is_read_from_the_letterhead_to_the_date() -> None:
    said = told(drawn("sheet"))
    assert [line for line in said if line.startswith("H")] == ["H1: Your patient portal", "H2: How to get in"]
    assert [line for line in said if line.startswith("Lbl")] == ["Lbl: 1.", "Lbl: 2.", "Lbl: 3.", "Lbl: 4."]
    order = ["P: Willow Creek Counseling", "P: Ana Santos", "P: portal.willow-creek.example/willow-creek/"]
    order += ["P: K7MP-4TQX", "P: Printed on Sunday, November 22, 2026"]
    assert [line for line in said if line in order] == order


def test_certificate_has_a_heading_and_a_table_for_each_signer() -> None:
    said = told(drawn("certificate"))
    assert said[:2] == ["P: Willow Creek Counseling", "H1: Certificate of signatures"]
    assert [line for line in said if line.startswith("H2")] == [f"H2: Signer {each}" for each in range(8)]
    assert said.count("TH: Signed as") == said.count("TD: mother of Leo Park") == 8


def test_every_kind_of_pdf_that_we_draw_is_among_these() -> None:
    methods = {name: method for name, method in vars(PdfRenderer).items() if isfunction(method)}
    drawing = {name for name, method in methods.items() if signature(method).return_annotation is bytes}
    assert drawing == set(MAKERS)
    assert set(MAKERS.values()) <= set(OURS)
    assert set(TITLES) == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_tags_have_all_the_words_of_the_pages_in_their_order(name: str) -> None:
    assert words_of_tags(drawn(name)) == visible_words(drawn(name)).replace("\ufffe", "-")


@pytest.mark.parametrize("name", OURS)
def test_everything_drawn_is_tagged_or_decoration(name: str) -> None:
    assert untagged_painting(drawn(name)) == []
    assert marks_without_element(drawn(name)) == []
    with pikepdf.open(io.BytesIO(drawn(name))) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang) == "en"
        assert str(pdf.docinfo["/Title"]) == TITLES[name]
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert all(page.obj.Tabs == "/S" for page in pdf.pages)


def test_paragraph_that_goes_on_is_one_element() -> None:
    said = told(drawn("long document"))
    assert said[2] == f"P: {(LONG * 60).strip()}"
    assert len(pypdfium2.PdfDocument(drawn("long document"))) > 2


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "QR code for https://v.example"), ("es-MX", "Código QR de https://v.example")],
)
def test_code_has_words_instead(language: str, words: str) -> None:
    with pikepdf.open(
        io.BytesIO(draw_certificate(certificate(language=language, verify_url="https://v.example")))
    ) as pdf:
        [figure] = [
            each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"
        ]
        assert str(figure.Alt) == words
