"""The certificate page, drawn: everybody who signed is on it, the code leads where it says, always the same bytes."""

import io
import subprocess
import sys
from dataclasses import replace

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from adapters.pdf import ReportlabRenderer
from adapters.pdf.certificate import draw_certificate
from adapters.pdf.layout import BOTTOM, LEFT, TOP, WIDTH
from adapters.pdf_reading.reader import ProcessPdfReader
from clinic.documents.certifying import Letterhead, certificate_of
from clinic.values.certificate import Certificate, CertificateEntry
from dev.demo.logos import willow_logo
from tests.adapters.sealed_files import signed

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
URL = "https://portal.willow-creek.example/verify"
SENTENCE = "The practice keeps what you say to itself, except where the law asks for it. "


def entry(name: str = "Ana Santos") -> CertificateEntry:
    return CertificateEntry(
        name,
        (
            ("Signed as", "mother of Leo Park"),
            ("Signed", "Sunday, November 22, 2026, 12:04:31 PM PST\n2026-11-22T20:04:31Z"),
            ("Known by", "email address and password"),
            ("Program", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126 Safari"),
        ),
    )


def certificate(**changes: object) -> Certificate:
    plain = Certificate(
        language="en",
        organization_name="Willow Creek Counseling",
        logo_png=willow_logo(),
        brand_colour="#2b5f75",
        heading="Certificate of signatures",
        introduction=SENTENCE,
        facts=(("Document", "Consent to treatment"), ("Pages", "2"), ("SHA-256", SHA256)),
        entries=(entry(),),
        verify_words="Anyone can check this file at the address below.",
        verify_url=URL,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    """The words of each page, every white space read as one blank."""
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf)]


def codes(pdf: bytes) -> list[str]:
    """What a phone reads off each page, in order."""
    pictures = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of every letter, page by page."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        found += [
            text.get_charbox(index) for index in range(text.count_chars()) if text.get_text_range(index, 1).strip()
        ]
    return found


# As long as phones' browsers say who they are.
AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.6 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_certificate_of_one_signer_is_one_page(language: str) -> None:
    by_parent = signed(agent=AGENT, address="2001:db8:85a3::8a2e:370:7334", relationship="parent of")
    words = certificate_of([by_parent], language, Letterhead("Willow Creek", willow_logo(), "#2b5f75"), URL)

    drawn = draw_certificate(words)

    assert (len(pages(drawn)), codes(drawn)) == (1, [URL])


def test_everything_is_on_the_page_in_order() -> None:
    words = " ".join(pages(draw_certificate(certificate(entries=(entry(), entry("Noé Ångström"))))))

    expected = [
        *("Willow Creek Counseling", "Certificate of signatures", SENTENCE.strip(), "Document Consent to treatment"),
        *("Pages 2", "SHA-256 9f86d08188", "Ana Santos", "Signed as mother of Leo Park", "Sunday, November 22, 2026"),
        *("Known by email address and password", "Noé Ångström", "Anyone can check this file", URL),
    ]
    places = [words.index(each) for each in expected]
    assert places == sorted(places)
    assert words.count("2026-11-22T20:04:31Z") == 2


def test_digest_is_whole_when_it_is_broken_over_lines() -> None:
    [words] = pages(draw_certificate(certificate()))

    assert SHA256 in words.replace(" ", "").replace("\ufffe", "")


def test_code_leads_to_where_the_file_is_checked() -> None:
    assert codes(draw_certificate(certificate())) == [URL]


def test_address_longer_than_any_code_is_still_printed() -> None:
    pdf = draw_certificate(certificate(verify_url="https://example.org/" + "a" * 4000))

    assert codes(pdf) == []
    assert "".join(pages(pdf)).replace(" ", "").replace("\ufffe", "").count("a") > 4000


def test_language_and_heading_are_told_to_screen_readers() -> None:
    with pikepdf.open(io.BytesIO(draw_certificate(certificate(language="es", heading="Constancia – firmas")))) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Constancia – firmas"
        assert str(pdf.docinfo["/Author"]) == "Willow Creek Counseling"
        assert str(pdf.Root.Lang) == "es"


@pytest.mark.parametrize("name", ["שרה לוי", "أحمد محمد", "สมชาย ใจดี", "प्रिया शर्मा", "ሰላም"])
def test_names_in_any_script_are_on_the_page(name: str) -> None:
    [words] = pages(draw_certificate(certificate(entries=(entry(name),))))

    assert name in words


def test_twenty_signers_go_on_over_the_pages_and_none_is_lost() -> None:
    names = [f"Signer number {number}." for number in range(20)]
    found = pages(draw_certificate(certificate(entries=tuple(entry(name) for name in names))))
    words = " ".join(found)

    assert [words.count(name) for name in names] == [1] * 20
    assert [page.endswith(f"{number} / {len(found)}") for number, page in enumerate(found, 1)] == [True] * len(found)
    assert len(found) > 3


LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 30


@pytest.mark.parametrize(
    "changes",
    [
        {"heading": LONG, "introduction": LONG, "organization_name": LONG},
        {"facts": tuple((f"Label {number}", SENTENCE * 3) for number in range(80))},
        {"entries": (CertificateEntry(LONG, ((LONG, LONG),)),)},
        {"entries": tuple(CertificateEntry(f"Name {number}", ()) for number in range(80))},
        {"facts": (), "entries": (), "introduction": "", "logo_png": None},
        {"verify_words": SENTENCE * 8},
    ],
    ids=["long words", "many facts", "long rows", "names alone", "nothing", "many words"],
)
async def test_whatever_it_says_stays_within_the_margins(changes: dict[str, object]) -> None:
    pdf = draw_certificate(certificate(**changes))

    for left, bottom, right, top in boxes(pdf):
        assert left >= LEFT - 1
        assert right <= LEFT + WIDTH + 2
        assert top <= TOP + 1
        assert bottom >= BOTTOM - 28
    assert await ProcessPdfReader().inspect(pdf) == len(pages(pdf))


def test_markup_and_steering_characters_are_just_text() -> None:
    hostile = '<img src="/etc/passwd"/> & <b>bold</b> {0} %s \u202eright to left\u202c \u0000\u0007\ud800'
    made = certificate(
        organization_name=hostile,
        heading=hostile,
        introduction=hostile,
        facts=((hostile, hostile),),
        entries=(CertificateEntry(hostile, ((hostile, hostile),)),),
        verify_words=hostile,
        logo_png=b"no picture",
    )
    words = " ".join(pages(draw_certificate(made)))

    assert words.count("right to left") >= 5
    assert not [character for character in "\u202e\u0000\u0007" if character in words]


def test_fonts_are_in_the_file() -> None:
    page = pypdfium2.PdfDocument(draw_certificate(certificate()))[0]
    fonts = [pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(each)) for each in page.get_objects([1])]

    assert set(fonts) == {1}


def test_same_words_give_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; from tests.adapters.test_certificate import *; "
        "sys.stdout.buffer.write(draw_certificate(certificate()))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert draw_certificate(certificate()) == there


async def test_drawing_holds_nobody_up() -> None:
    """The port's promise: off the event loop, and the same bytes as drawn here."""
    assert await ReportlabRenderer().certificate(certificate()) == draw_certificate(certificate())
