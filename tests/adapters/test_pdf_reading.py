"""Reading strangers' PDFs: what is taken, what is refused and why, and that nothing they do reaches us."""

import asyncio
import base64
import io
import os
import random
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from itertools import pairwise

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from adapters.pdf_reading.inspection import MAX_OBJECTS
from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.subprocess_pool import SubprocessPool
from clinic.values.pdf_check import LARGEST_FILE, PAGE_WIDTHS, PdfProblem, PdfRefused
from tests.factories import pdfs
from tests.factories.pdfs import sound_pdf
from tests.single_use import all_have_ended_since, single_use_processes


@pytest.fixture
def reader() -> ProcessPdfReader:
    return ProcessPdfReader()


async def problem_of(reader: ProcessPdfReader, content: bytes) -> PdfProblem:
    with pytest.raises(PdfRefused) as refused:
        await reader.inspect(content)
    return refused.value.problem


def picture(size: tuple[int, int] = (8, 8)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("pages", [1, 500])
async def test_sound_pdf_is_taken_with_its_number_of_pages(reader: ProcessPdfReader, pages: int) -> None:
    assert await reader.inspect(sound_pdf(pages)) == pages


NOT_PDFS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a picture": picture,
    "random bytes": lambda: random.Random(7).randbytes(50_000),
    "a web page in front": lambda: b"<html><script>1</script>\n" + sound_pdf(),
}


@pytest.mark.parametrize("what", NOT_PDFS)
async def test_what_is_no_pdf_is_refused(reader: ProcessPdfReader, what: str) -> None:
    assert await problem_of(reader, NOT_PDFS[what]()) is PdfProblem.NOT_A_PDF


BROKEN: dict[str, Callable[[], bytes]] = {
    "only a header": lambda: b"%PDF-1.7\n",
    "cut short": lambda: sound_pdf(3)[:-200],
    "cut in half": lambda: sound_pdf(50)[:4000],
    "random bytes behind a header": lambda: b"%PDF-1.7\n" + random.Random(8).randbytes(50_000),
    "table that points elsewhere": lambda: sound_pdf().replace(b"0000000", b"0000001"),
    "no pages": lambda: pdfs.assembled([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]),
    "nested beyond reading": lambda: pdfs.deeply_nested(100_000),
    "a page that is its own parent": lambda: pdfs.assembled(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    ),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_pdf_is_refused(reader: ProcessPdfReader, what: str) -> None:
    assert await problem_of(reader, BROKEN[what]()) is PdfProblem.BROKEN


@pytest.mark.parametrize("password", ["", "needed"])
async def test_encrypted_pdf_is_refused_even_if_it_opens_for_everybody(reader: ProcessPdfReader, password: str) -> None:
    assert await problem_of(reader, pdfs.encrypted_pdf(password)) is PdfProblem.ENCRYPTED


def _script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


ACTIVE: dict[str, Callable[[], bytes]] = {
    "script on opening": lambda: pdfs.in_the_catalogue("/OpenAction", _script()),
    "script by name": lambda: pdfs.in_the_catalogue(
        "/Names", Dictionary(JavaScript=Dictionary(Names=Array([String("a"), _script()])))
    ),
    "additional actions": lambda: pdfs.in_the_catalogue("/AA", Dictionary(WC=Dictionary(S=Name.Named, N=Name.Print))),
    "launch on opening": lambda: pdfs.in_the_catalogue("/OpenAction", Dictionary(S=Name.Launch, F=String("a.exe"))),
    "address on opening": lambda: pdfs.in_the_catalogue(
        "/OpenAction", Dictionary(S=Name.URI, URI=String("https://example.org"))
    ),
    "launch in an object stream": pdfs.hidden_in_an_object_stream,
    "form of the XML kind": lambda: pdfs.in_the_catalogue("/AcroForm", Dictionary(Fields=Array(), XFA=String("x"))),
    "attachment": pdfs.with_attachment,
    "portfolio": lambda: pdfs.in_the_catalogue("/Collection", Dictionary(Type=Name.Collection)),
    "stream in another file": lambda: pdfs.with_stream(b"x", F=String("/etc/passwd")),
    "name spelt in numbers": lambda: pdfs.by_hand(b"<< /S /J#61vaScript /J#53 (1) >>"),
    **{
        f"link that does {name}": lambda name=name: pdfs.with_action(Dictionary(S=Name(name)))  # type: ignore[misc]  # bound now
        for name in (
            *("/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Sound", "/Movie"),
            *("/JavaScript", "/ResetForm", "/Hide", "/SetOCGState", "/RichMediaExecute", "/GoTo3DView"),
        )
    },
    **{
        f"link to {address}": lambda address=address: pdfs.with_action(  # type: ignore[misc]  # bound now
            Dictionary(S=Name.URI, URI=String(address))
        )
        for address in ("javascript:alert(1)", " java\nscript:alert(1)", "file:///etc/passwd", "DATA:text/html,x")
    },
    "a link's next action": lambda: pdfs.with_action(
        Dictionary(S=Name.URI, URI=String("https://example.org"), Next=Array([_script()]))
    ),
    **{
        f"annotation {subtype}": lambda subtype=subtype: pdfs.with_annotation(subtype)  # type: ignore[misc]  # bound now
        for subtype in ("/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/FileAttachment")
    },
}


@pytest.mark.parametrize("what", ACTIVE)
async def test_active_content_is_refused(reader: ProcessPdfReader, what: str) -> None:
    assert await problem_of(reader, ACTIVE[what]()) is PdfProblem.ACTIVE_CONTENT


async def test_signed_pdf_is_refused_for_it_could_not_stay_signed(reader: ProcessPdfReader) -> None:
    signature = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=Array([0, 1, 2, 3]))
    assert await problem_of(reader, pdfs.in_the_catalogue("/Held", signature)) is PdfProblem.SIGNED


QUIET: dict[str, Callable[[], bytes]] = {
    **{
        f"link to {address}": lambda address=address: pdfs.with_action(  # type: ignore[misc]  # bound now
            Dictionary(S=Name.URI, URI=String(address))
        )
        for address in (
            "https://example.org/a?b=c:d",
            "http://example.org",
            "mailto:a@example.org",
            "tel:+1",
            "page.html",
        )
    },
    "link within": lambda: pdfs.with_action(Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]))),
    "view on opening": lambda: pdfs.in_the_catalogue("/OpenAction", Array([0, Name.Fit])),
    "fields to fill in": lambda: pdfs.in_the_catalogue("/AcroForm", Dictionary(Fields=Array())),
    "packed objects": lambda: pdfs.changed(
        lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True
    ),
    "nested as honest papers are": lambda: pdfs.deeply_nested(50),
}


@pytest.mark.parametrize("what", QUIET)
async def test_what_only_shows_something_is_taken(reader: ProcessPdfReader, what: str) -> None:
    assert await reader.inspect(QUIET[what]()) == 1


async def test_more_than_500_pages_are_refused(reader: ProcessPdfReader) -> None:
    assert await problem_of(reader, sound_pdf(501)) is PdfProblem.TOO_MANY_PAGES


async def test_more_than_25_megabytes_are_refused(reader: ProcessPdfReader) -> None:
    assert await problem_of(reader, sound_pdf().ljust(LARGEST_FILE + 1, b"\n")) is PdfProblem.TOO_LARGE


def _deflated_zeros(size: int) -> bytes:
    """So many zeros, compressed by the megabyte: each after the first has the same bytes, and is made once."""
    deflater = zlib.compressobj(9)
    first, another = (deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    # An empty last block, and the checksum (Adler-32) of zeros.
    return first + another * ((size >> 20) - 1) + b"\x03\x00" + (size % 65521 << 16 | 1).to_bytes(4, "big")


COMPLEX: dict[str, Callable[[], bytes]] = {
    "stream that inflates a thousandfold": lambda: pdfs.with_stream(
        _deflated_zeros(300 << 20), Filter=Name.FlateDecode
    ),
    "stream deflated twice": lambda: pdfs.with_stream(
        zlib.compress(_deflated_zeros(64 << 20)), Filter=Array([Name.FlateDecode, Name.FlateDecode])
    ),
    "stream deflated and then put in letters": lambda: pdfs.with_stream(
        base64.a85encode(_deflated_zeros(300 << 20)) + b"~>", Filter=Array([Name.ASCII85Decode, Name.FlateDecode])
    ),
    "stream of runs": lambda: pdfs.with_stream(b"\x81\0" * 2_000_000 + b"\x80", Filter=Name.RunLengthDecode),
    "picture of ten thousand million points": lambda: pdfs.with_stream(
        zlib.compress(b"\0"), Filter=Name.FlateDecode, Type=Name.XObject, Subtype=Name.Image, Width=99999, Height=99999
    ),
    "more objects than any paper has": lambda: pdfs.with_many_objects(MAX_OBJECTS + 1),
    "drawings that draw each other": lambda: pdfs.drawn_in_each_other(40),
    "page of a mile": lambda: pdfs.changed(lambda pdf: pdf.pages[0].__setitem__("/MediaBox", Array([0, 0, 9, 99999]))),
}


@pytest.mark.parametrize("what", COMPLEX)
async def test_exploding_pdf_is_refused(reader: ProcessPdfReader, what: str) -> None:
    content = COMPLEX[what]()

    assert len(content) < LARGEST_FILE
    assert await problem_of(reader, content) is PdfProblem.TOO_COMPLEX


async def started_since(before: set[int]) -> set[int]:
    deadline = asyncio.get_running_loop().time() + 5
    while not (found := single_use_processes() - before):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.001)
    return found


async def ended_since(before: set[int]) -> None:
    """Processes that were killed are there until the system has told of their end."""
    deadline = asyncio.get_running_loop().time() + 5
    while single_use_processes() - before:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.001)


async def test_endless_work_is_cut_off_and_the_next_file_is_read() -> None:
    impatient = ProcessPdfReader(inspect_seconds=0.5, max_concurrent=1)
    before = single_use_processes()
    reading = asyncio.create_task(impatient.inspect(sound_pdf(500)))
    for process in await started_since(before):
        os.kill(process, signal.SIGSTOP)  # as one that never comes to an end

    with pytest.raises(PdfRefused) as refused:
        await reading
    assert refused.value.problem is PdfProblem.TOO_COMPLEX
    await all_have_ended_since(before)
    assert await ProcessPdfReader().inspect(sound_pdf(2)) == 2


async def test_killed_process_refuses_its_file_only(reader: ProcessPdfReader) -> None:
    before = single_use_processes()
    reading = asyncio.create_task(reader.inspect(sound_pdf(500)))
    for process in await started_since(before):
        os.kill(process, signal.SIGKILL)

    with pytest.raises(PdfRefused) as refused:
        await reading
    assert refused.value.problem is PdfProblem.TOO_COMPLEX
    assert await reader.inspect(sound_pdf(3)) == 3


async def test_nothing_goes_on_reading_for_someone_who_went_away(reader: ProcessPdfReader) -> None:
    before = single_use_processes()
    reading = asyncio.create_task(reader.inspect(sound_pdf(500)))
    for process in await started_since(before):
        os.kill(process, signal.SIGSTOP)  # as one that never comes to an end
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    await ended_since(before)


async def test_twenty_at_once_are_all_read_and_the_loop_goes_on(reader: ProcessPdfReader) -> None:
    ticks: list[float] = []
    loop = asyncio.get_running_loop()

    async def tick() -> None:
        while True:
            ticks.append(loop.time())
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    try:
        counts = await asyncio.gather(*[reader.inspect(sound_pdf(pages)) for pages in range(1, 21)])
    finally:
        ticking.cancel()

    assert counts == list(range(1, 21))
    # Twenty processes take seconds; a blocked loop would show as one long gap.
    assert max(later - earlier for earlier, later in pairwise(ticks)) < 0.5


def test_process_loads_no_event_loop_before_it_reads() -> None:
    """It would take as long as all else that a reading process loads of ours."""
    code = "import sys, adapters.pdf_reading.child; print('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


async def test_secrets_of_this_process_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_SECRET_KEYS", "not for readers")
    process = SubprocessPool("tests.adapters.self_teller", max_concurrent=1, max_answer_bytes=10_000)

    assert await process.ask(b"", 20.0, "environment") == ("ok", b'{"LANG": "C.UTF-8"}')


@pytest.mark.parametrize("width", PAGE_WIDTHS)
async def test_page_is_a_picture_on_white_as_wide_as_asked(reader: ProcessPdfReader, width: int) -> None:
    png = Image.open(io.BytesIO(await reader.page_image(sound_pdf(2), 2, width)))

    assert (png.format, png.mode, png.width) == ("PNG", "RGB", width)
    assert png.getpixel((0, 0)) == (255, 255, 255)
    assert min(png.convert("L").tobytes()) < 60


async def test_picture_shows_what_was_filled_in(reader: ProcessPdfReader) -> None:
    def fill(pdf: pikepdf.Pdf) -> None:
        look = pikepdf.Stream(pdf, b"1 0 0 rg 0 0 100 100 re f")
        look.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 100, 100]))
        drawn = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Stamp,
            Rect=[300, 300, 400, 400],
            F=4,
            AP=Dictionary(N=pdf.make_indirect(look)),
        )
        pdf.pages[0].Annots = Array([pdf.make_indirect(drawn)])

    png = Image.open(io.BytesIO(await reader.page_image(pdfs.changed(fill), 1, 800)))

    assert (255, 0, 0) in {colour for _, colour in png.getcolors(png.width * png.height) or ()}


async def test_endless_roll_is_drawn_narrower_instead_of_larger(reader: ProcessPdfReader) -> None:
    roll = pdfs.changed(lambda pdf: pdf.pages[0].__setitem__("/MediaBox", Array([0, 0, 100, 10000])))
    png = Image.open(io.BytesIO(await reader.page_image(roll, 1, 1600)))

    assert png.width * png.height <= 5_100_000
    assert png.height == pytest.approx(100 * png.width, rel=0.01)


async def test_page_that_is_not_there_is_refused(reader: ProcessPdfReader) -> None:
    for page in (0, 2):
        with pytest.raises(PdfRefused):
            await reader.page_image(sound_pdf(), page, 800)


async def test_no_other_widths_are_made(reader: ProcessPdfReader) -> None:
    with pytest.raises(ValueError, match="width must be one of"):
        await reader.page_image(sound_pdf(), 1, 801)


async def test_words_of_each_page_come_in_order(reader: ProcessPdfReader) -> None:
    assert await reader.page_texts(sound_pdf(3, "Read twice")) == ("Read twice 1", "Read twice 2", "Read twice 3")


async def test_words_are_bounded_and_hold_nothing_that_steers(reader: ProcessPdfReader) -> None:
    unicode = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
    unicode += b"4 beginbfchar <61> <0041> <62> <0007> <63> <202E> <64> <D800> endbfchar endcmap end"
    page = b"BT /F 1 Tf 1 1 Td (a" + b"bcd" * 3 + b"a) Tj " + (b"0 1 Td (" + b"a" * 150 + b") Tj ") * 190 + b"ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>"
    [words] = await reader.page_texts(
        pdfs.by_hand(
            b"<< /Length %d >>\nstream\n" % len(unicode) + unicode + b"\nendstream",
            page,
            b"<< /Font << /F " + font + b" >> >>",
        )
    )

    assert len(words) == 20_000
    assert set(words) <= {"A", "\n", " "}
