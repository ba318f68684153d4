"""Every PDF that we draw says in its properties when it was made, and has the same bytes for the same date."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pypdfium2

from adapters.pdf.certificate import draw_certificate
from adapters.pdf.instruction_sheet import draw_instruction_sheet
from adapters.pdf.written_document import draw_written_document
from clinic.portal_access.sheet import compose_sheet
from clinic.values.certificate import Certificate
from clinic.values.written_document import Paragraph, WrittenDocument

MOMENT = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=-7)))


def dates(pdf: bytes) -> set[str]:
    told = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    return {told["CreationDate"], told["ModDate"]}


def test_written_document_says_the_day() -> None:
    written = WrittenDocument("Willow Creek", "Consent", "en", (Paragraph("Yes."),), made_on=date(2026, 3, 2))
    assert dates(draw_written_document(written)) == {"D:20260302"}
    assert draw_written_document(written) == draw_written_document(written)
    assert draw_written_document(written) != draw_written_document(replace(written, made_on=date(2026, 3, 3)))


def test_certificate_says_the_instant() -> None:
    page = Certificate(
        "en", "Willow Creek", None, "#2b5f75", "Signed", "", (), (), "Check it", "https://v.example", MOMENT
    )
    assert dates(draw_certificate(page)) == {"D:20260303063000Z"}


def test_instruction_sheet_says_when_it_was_printed() -> None:
    sheet = compose_sheet(
        language="en",
        organization_name="Willow Creek",
        logo_png=None,
        brand_colour="#2b5f75",
        address_lines=(),
        phone="",
        portal_url="https://portal.example",
        slug="willow-creek",
        person_name="Leo Park",
        pin="ABCD2345",
        printed_at=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        time_zone="America/Boise",
    )
    assert dates(draw_instruction_sheet(sheet)) == {"D:20260302100000Z"}
