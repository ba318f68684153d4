"""Names and texts in many scripts: the PDF has readable letters in the right order, and they can be copied."""

import io
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf import ReportlabRenderer
from adapters.pdf.faces import east_asian_font
from adapters.pdf.layout import LEFT, WIDTH
from adapters.pdf.scripts import draw_line, is_simple, missing_letters
from adapters.pdf.typesetting import BOLD, REGULAR, width_of, wrap_text
from adapters.pdf.written_document import draw_written_document
from clinic.values.written_document import Heading, Items, Paragraph, Table, WrittenDocument

LATIN = ("Łucja Żółć ñandú", "Ελληνικά Кириллица", "Nguyễn Thị Ánh", "smile \N{GRINNING FACE} end")
HEBREW, ARABIC = "שרה לוי", "أحمد محمد الحلاج"
THAI, DEVANAGARI = "สมชาย ใจดี น้ำ ผู้", "क्षत्रिय हिन्दी प्रिया शर्मा"
EAST_ASIAN = "山田 太郎 同意書 한글 ひらカ"
HAS_EAST_ASIAN = not missing_letters(EAST_ASIAN)
NAMES = (*LATIN, HEBREW, ARABIC, THAI, DEVANAGARI)


def document(*paragraphs: str, title: str = "Consent") -> bytes:
    blocks = tuple(map(Paragraph, paragraphs))
    return draw_written_document(WrittenDocument("Willow Creek", title, "en", blocks))


def one_line(text: str, font: str = REGULAR) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    draw_line(canvas, text, font, 14, 72, 700)
    canvas.save()
    return target.getvalue()


def pdfium_words(pdf: bytes) -> str:
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().split())


def poppler_words(pdf: bytes, folder: Path) -> str:
    path = folder / "text.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u202a", "").replace("\u202b", "").replace("\u202c", "").split())


def lefts(pdf: bytes) -> dict[str, float]:
    """The left edge of each letter that occurs once."""
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    return {text.get_text_range(index, 1): text.get_charbox(index)[0] for index in range(text.count_chars())}


@pytest.mark.parametrize("font", [REGULAR, BOLD])
@pytest.mark.parametrize("name", NAMES)
def test_two_readers_copy_what_was_typed(name: str, font: str, tmp_path: Path) -> None:
    pdf = one_line(name, font)

    assert pdfium_words(pdf) == name
    assert poppler_words(pdf, tmp_path) == name


def test_machines_font_is_found_in_its_folders(tmp_path: Path) -> None:
    assert east_asian_font([tmp_path, tmp_path / "absent"]) is None
    (tmp_path / "truetype" / "wqy").mkdir(parents=True)
    (tmp_path / "truetype" / "wqy" / "wqy-microhei.ttc").touch()
    assert east_asian_font([tmp_path / "absent", tmp_path]) == tmp_path / "truetype" / "wqy" / "wqy-microhei.ttc"


@pytest.mark.skipif(not HAS_EAST_ASIAN, reason="no East Asian font on this machine: .ci/run installs one")
@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_east_asian_letters_are_copied_where_the_machine_has_a_font(font: str, tmp_path: Path) -> None:
    pdf = one_line(EAST_ASIAN, font)

    assert pdfium_words(pdf) == EAST_ASIAN
    assert poppler_words(pdf, tmp_path) == EAST_ASIAN
    assert len(pdf) < 100_000


@pytest.mark.parametrize("text", ["שלום (עולם) 12.5 mg", "السلام لا بأس 123 abc"])
def test_mixed_directions_digits_and_brackets_are_copied_in_order(text: str) -> None:
    assert pdfium_words(one_line(text)) == text


def test_vowel_signs_are_copied_with_their_letters(tmp_path: Path) -> None:
    assert poppler_words(one_line("مَرْحَبًا"), tmp_path) == "مَرْحَبًا"


def test_hebrew_runs_from_right_to_left() -> None:
    found = lefts(one_line("אבג 12"))

    assert found["א"] > found["ב"] > found["ג"] > found["2"] > found["1"]


def test_both_brackets_of_a_pair_face_the_text_between_them() -> None:
    found = lefts(one_line("Name: א (1980) ok"))

    assert found["("] < found["1"] < found["0"] < found[")"]


def test_arabic_letters_join() -> None:
    joined = width_of("ببب", REGULAR, 14)

    assert joined < 0.8 * 3 * width_of("ب", REGULAR, 14)


def test_a_right_to_left_paragraph_begins_at_the_right() -> None:
    found = lefts(document("אבג"))

    assert LEFT + WIDTH - 12 < found["א"] < LEFT + WIDTH


def test_every_block_of_a_document_has_its_letters() -> None:
    blocks = (Heading(1, HEBREW), Items(True, (THAI,)), Table(((DEVANAGARI, ARABIC),)))

    words = pdfium_words(draw_written_document(WrittenDocument(HEBREW, ARABIC, "he", blocks)))

    assert words.count(HEBREW) == 2
    assert all(word in words for word in (ARABIC, THAI, DEVANAGARI))


@pytest.mark.parametrize("text", ["ฉันยินยอมรับการรักษาและเข้าใจความเสี่ยง" * 8, "同意書、内容。" * 30, f"{ARABIC} 12 " * 20])
def test_long_lines_are_broken_without_losing_a_letter(text: str) -> None:
    block = wrap_text(text, REGULAR, 12, 200)

    assert len(block.lines) > 3
    assert all(width_of(line, REGULAR, 12) <= 200 for line in block.lines)
    shown = "".join(block.lines).replace("\u200e", "").replace("\u200f", "")
    assert shown.replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "、。" for line in block.lines)


def test_a_word_of_many_lines_is_broken_without_losing_a_letter() -> None:
    lines = wrap_text("أحمدمحمد" * 500, REGULAR, 12, 200).lines

    assert "".join(lines) == "أحمدمحمد" * 500
    assert all(width_of(line, REGULAR, 12) <= 200 for line in lines)


def test_thai_is_broken_between_words() -> None:
    first = wrap_text("วันนี้อากาศดี", REGULAR, 12, width_of("วันนี้อากาศ", REGULAR, 12)).lines[0]

    assert first in ("วันนี้", "วันนี้อากาศ")


def test_a_letter_that_no_font_has_is_printed_as_its_number_and_copied_as_itself(tmp_path: Path) -> None:
    pdf = one_line("Selam ሰላም")

    assert missing_letters("Selam ሰላምሰ") == "ሰላም"
    assert pdfium_words(pdf) == poppler_words(pdf, tmp_path) == "Selam ሰላም"
    assert width_of("ሰ", REGULAR, 12) == width_of("[U+1230]", REGULAR, 12)


async def test_the_renderer_names_the_letters_that_it_lacks() -> None:
    assert await ReportlabRenderer().missing_letters("Selam ሰላም, Łucja") == "ሰላም"


def test_the_same_text_gives_the_same_bytes() -> None:
    first = document(*NAMES)
    one_line("שלום प्रणाम")

    assert document(*NAMES) == first


@pytest.mark.parametrize("text", ["Consent", "Łucja", "Ελένη", "Юлия", "Nguyễn", "“quoted” – €5"])
def test_latin_greek_and_cyrillic_keep_the_fast_path(text: str) -> None:
    assert is_simple(text)


@pytest.mark.parametrize("text", ["שרה", "أحمد", "น้ำ", "山", "x\u0302"])
def test_other_scripts_leave_it(text: str) -> None:
    assert not is_simple(text)
