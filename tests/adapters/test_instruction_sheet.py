"""The drawn sheet, looked at as a reader and a phone would: rendered, read back, measured."""

import asyncio
import io
import random
from dataclasses import replace
from datetime import UTC, datetime
from threading import get_ident

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp
from PIL import Image

from adapters.pdf import ReportlabRenderer
from adapters.pdf.colour import INK, readable_on_white
from adapters.pdf.instruction_sheet import draw_instruction_sheet
from adapters.pdf.layout import BOTTOM, LEFT, TOP, WIDTH
from adapters.pdf.logo import readable_logo
from adapters.pdf.typesetting import BOLD, REGULAR, printable, width_of, wrap_text
from clinic.portal_access.sheet import compose_sheet
from clinic.values import colours
from clinic.values.instruction_sheet import InstructionSheet


def sheet(**changes: object) -> InstructionSheet:
    composed = compose_sheet(
        language="en",
        organization_name="Willow Creek Counseling",
        logo_png=png(),
        brand_colour="#2b5f75",
        address_lines=("120 Willow Creek Road", "Suite 4", "Springfield, OR 97477"),
        phone="+1 541 555 0134",
        portal_url="https://portal.willow-creek.example",
        slug="willow-creek",
        person_name="Ana Santos",
        pin="K7MP4TQX",
        printed_at=datetime(2026, 11, 22, 20, tzinfo=UTC),
        time_zone="America/Los_Angeles",
    )
    return replace(composed, **changes)  # type: ignore[arg-type]


def png(size: tuple[int, int] = (300, 120)) -> bytes:
    target = io.BytesIO()
    Image.new("RGBA", size, (43, 95, 117, 255)).save(target, "PNG")
    return target.getvalue()


def pages(pdf: bytes) -> int:
    return len(pypdfium2.PdfDocument(pdf))


def printed_text(pdf: bytes) -> str:
    """All text of all pages, with line breaks read as spaces."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def letters(pdf: bytes) -> str:
    """The text without any white space, for finding what is broken over lines. A dash there is read as U+FFFE."""
    return "".join(printed_text(pdf).replace("\ufffe", "-").replace("\x02", "-").split())


def decoded_codes(pdf: bytes) -> list[str]:
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def text_sizes(pdf: bytes) -> dict[str, float]:
    """Font size in points of each text object on the first page."""
    page = pypdfium2.PdfDocument(pdf)[0]
    textpage = page.get_textpage()
    sizes = {}
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_TEXT,)):
        left, bottom, right, top = item.get_bounds()
        text = textpage.get_text_bounded(left - 1, bottom - 1, right + 1, top + 1).strip()
        size = pdfium.c_float()
        pdfium.FPDFTextObj_GetFontSize(item.raw, size)
        sizes[text] = round(size.value, 2)
    return sizes


def assert_inside_margins(pdf: bytes) -> None:
    """Ink only inside the margins of A4."""
    for page in pypdfium2.PdfDocument(pdf):
        for item in page.get_objects():
            left, bottom, right, top = item.get_bounds()
            assert left >= LEFT - 2
            assert right <= LEFT + WIDTH + 2
            assert bottom >= BOTTOM - 2
            assert top <= TOP + 2


async def test_sheet_says_everything_on_one_page() -> None:
    pdf = await ReportlabRenderer().instruction_sheet(sheet())
    assert pages(pdf) == 1
    text = printed_text(pdf)
    for expected in (
        "Willow Creek Counseling 120 Willow Creek Road Suite 4 Springfield, OR 97477 +1 541 555 0134",
        "Your patient portal For Ana Santos",
        "portal.willow-creek.example/willow-creek/",
        "1. Open the address above",
        "4. When the portal asks",
        "Your PIN K7MP-4TQX Keep this page in a safe place.",
        "Need help? Call Willow Creek Counseling at +1 541 555 0134.",
        "Printed on Sunday, November 22, 2026",
    ):
        assert expected in text
    assert_inside_margins(pdf)


def test_code_leads_to_the_portal() -> None:
    assert decoded_codes(draw_instruction_sheet(sheet())) == ["https://portal.willow-creek.example/willow-creek/"]


def test_nothing_is_small_and_address_and_pin_are_large() -> None:
    sizes = text_sizes(draw_instruction_sheet(sheet()))
    assert min(sizes.values()) >= 11
    assert sizes["portal.willow-creek.example/willow-creek/"] >= 16
    assert sizes["K7MP-4TQX"] >= 24


async def test_drawing_is_off_the_loop_and_the_same_each_time() -> None:
    renderer = ReportlabRenderer()
    ran_meanwhile = asyncio.Event()
    drawing = asyncio.ensure_future(renderer.instruction_sheet(sheet()))
    asyncio.get_running_loop().call_soon(ran_meanwhile.set)
    await ran_meanwhile.wait()
    assert not drawing.done()
    many = await asyncio.gather(drawing, *(renderer.instruction_sheet(sheet()) for _ in range(5)))
    assert len(set(many)) == 1
    assert get_ident() not in {thread.ident for thread in renderer._thread._threads}


def test_markup_in_every_field_is_text() -> None:
    hostile = '<b>Ann</b> & <img src="/etc/passwd"/> <a href="x">{0} %s \\n'
    fields = ("organization_name", "phone", "person_name", "introduction", "help_line", "printed_on", "qr_caption")
    pdf = draw_instruction_sheet(
        sheet(**dict.fromkeys(fields, hostile), address_lines=(hostile,) * 4, logo_png=None, steps=(hostile,))
    )
    assert letters(pdf).count("".join(hostile.split())) == len(fields) + 5
    images = list(pypdfium2.PdfDocument(pdf)[0].get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,)))
    assert images == []


@pytest.mark.parametrize(
    "name",
    [
        "Łucja Żółć-Ñandú Őrsi Đặng Thị Ngọc Şahin",
        "Αλεξάνδρα Παπαδοπούλου-Κωνσταντινίδη",
        "Надія Їжакевич-Ґалаґан",
        "O’Neill “Bo” — d'Arc",
    ],
)
def test_names_in_latin_greek_and_cyrillic_are_printed_whole(name: str) -> None:
    assert name in printed_text(draw_instruction_sheet(sheet(person_name=name)))


@pytest.mark.parametrize("name", ["שרה לוי", "أحمد محمد", "สมชาย ใจดี", "प्रिया शर्मा", "ሰላም"])
def test_names_in_other_scripts_are_printed_whole(name: str) -> None:
    pdf = draw_instruction_sheet(sheet(person_name=name))

    assert name in printed_text(pdf)
    assert pages(pdf) == 1


def test_characters_that_steer_are_left_out() -> None:
    assert printable("A\x00n\u202ea\u200b\r\n San\ud800tos\t") == "Ana San\ufffdtos"
    assert printable("Jose\u0301") == "José"
    assert "Ana gnp.exe" in printed_text(draw_instruction_sheet(sheet(person_name="Ana \u202egnp.exe\x07")))


LONG_NAME = "Wilhelmina-" * 18 + "Xy"


def test_long_name_and_address_stay_on_one_page_uncut() -> None:
    address = tuple(f"{n} " + "A street with a long name, " * 4 + "end." for n in range(4))
    portal = "portal." + "a-rather-long-label." * 6 + "example/willow-creek/"
    pdf = draw_instruction_sheet(
        sheet(person_name=LONG_NAME, address_lines=address, portal_address=portal, qr_target=f"https://{portal}")
    )
    assert pages(pdf) == 1
    text = letters(pdf)
    assert LONG_NAME in text
    assert portal in text
    for line in address:
        assert "".join(line.split()) in text
    assert "YourPINK7MP-4TQX" in text
    assert decoded_codes(pdf) == [f"https://{portal}"]
    assert min(text_sizes(pdf).values()) >= 11
    assert_inside_margins(pdf)


def test_even_the_impossible_is_not_cut() -> None:
    wide = "M" * 200
    pdf = draw_instruction_sheet(
        sheet(
            person_name=wide,
            organization_name=wide,
            address_lines=("W" * 120,) * 4,
            portal_address="w" * 400,
            qr_target="https://" + "w" * 4000,
            pin="-".join(["WWWW"] * 12),
            help_line="Call " + wide,
        )
    )
    text = letters(pdf)
    assert text.count("M") >= 600
    assert text.count("w" * 400) == 1
    assert text.count("-WWWW") == 11
    assert pages(pdf) == 2
    assert decoded_codes(pdf) == []
    assert_inside_margins(pdf)


def test_spanish_with_a_narrow_tall_and_a_wide_flat_logo_fits() -> None:
    for size in ((1, 3000), (3000, 1), (2000, 2000)):
        pdf = draw_instruction_sheet(sheet(logo_png=png(size), language="es"))
        assert pages(pdf) == 1
        assert_inside_margins(pdf)


def test_metadata_names_the_language_but_no_person() -> None:
    pdf = draw_instruction_sheet(sheet(language="es"))
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("Title") == "Your patient portal"
    assert "Santos" not in str(document.get_metadata_dict())
    assert b"/Lang (es)" in pdf


def test_broken_or_exploding_logo_is_left_out() -> None:
    good = png()
    for broken in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        good[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png((5000, 4000)),
    ):
        assert readable_logo(broken) is None
    assert readable_logo(good) is not None
    assert "Ana Santos" in printed_text(draw_instruction_sheet(sheet(logo_png=b"\x89PNG broken")))


def test_corrupted_logo_never_stops_the_sheet() -> None:
    chance = random.Random(7)
    good = bytearray(png((40, 20)))
    for _ in range(1500):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        readable_logo(bytes(broken[: chance.randint(20, len(broken))]))


@pytest.mark.parametrize("chosen", ["#ffe600", "#ffffff", "#00ff00", "#2b5f75", "#000000", "#FFAABB"])
def test_any_brand_colour_can_be_read_on_paper(chosen: str) -> None:
    printed = "#" + "".join(f"{round(channel * 255):02x}" for channel in readable_on_white(chosen))
    assert colours.contrast(printed, colours.WHITE) >= 4.5


def test_dark_enough_colour_is_kept_and_nonsense_gives_ink() -> None:
    assert readable_on_white("#2b5f75") == (0x2B / 255, 0x5F / 255, 0x75 / 255)
    assert readable_on_white("red") == readable_on_white("#12345") == readable_on_white("url(x)") == INK


@pytest.mark.parametrize("width", [30.0, 77.0, 400.0])
def test_lines_never_exceed_their_width_and_lose_nothing(width: float) -> None:
    text = "Ana " + "M" * 90 + " portal.example/some/very/long/address e\u0301x\u0323\u0301 " + "i" * 200
    for font in (REGULAR, BOLD):
        lines = wrap_text(text, font, 14, width).lines
        assert all(width_of(line, font, 14) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")
