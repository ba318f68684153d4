"""Odd structures, fonts, boxes, and words that nobody sees."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import reportlab
from pikepdf import Array, Dictionary, Name, Pdf, String
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from clinic.values.pdf_check import PdfProblem
from tests.adapters.one_reading.samples import TITLE, Sample, form, page_with

SECRET = "Words that nobody sees"


def odd_trees() -> Iterator[Sample]:
    """Forms that pdfium and qpdf take and other programs choke on."""

    def field(pdf: Pdf, **more: Any) -> pikepdf.Object:
        return pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("a"), **more))

    def circular(pdf: Pdf) -> pikepdf.Object:
        own = field(pdf)
        own.Kids = Array([own])
        return own

    trees: dict[str, Callable[[Pdf], object]] = {
        "form is an array": lambda pdf: Array(),
        "fields are a dictionary": lambda pdf: Dictionary(Fields=Dictionary()),
        "fields are absent": lambda pdf: Dictionary(),
        "fields are empty": lambda pdf: Dictionary(Fields=Array()),
        "a field is null": lambda pdf: Dictionary(Fields=Array([None])),
        "a field is a number": lambda pdf: Dictionary(Fields=Array([5])),
        "a field is direct": lambda pdf: Dictionary(Fields=Array([Dictionary(FT=Name.Tx, T=String("a"))])),
        "a name is a number": lambda pdf: Dictionary(Fields=Array([field(pdf, V=String("b"))])),
        "a field is its own kid": lambda pdf: Dictionary(Fields=Array([circular(pdf)])),
        "kids are a dictionary": lambda pdf: Dictionary(Fields=Array([field(pdf, Kids=Dictionary())])),
        "two fields of one name": lambda pdf: Dictionary(Fields=Array([field(pdf), field(pdf)])),
        "a signature to come": lambda pdf: Dictionary(
            Fields=Array([pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("s")))]), SigFlags=1
        ),
    }
    for name, tree in trees.items():
        yield Sample(name, page_with(lambda pdf, page, t=tree: pdf.Root.__setitem__("/AcroForm", t(pdf))))  # type: ignore[misc]


def fonts() -> Iterator[Sample]:
    """Letters in fonts of the file, of every program, and of some machines only."""
    latin = {"Standard": "StandardEncoding", "WinAnsi": "WinAnsiEncoding", "MacRoman": "MacRomanEncoding"}
    for base in ("Helvetica", "Times-Bold", "Arial", "TimesNewRoman,Italic"):
        for name, encoding in latin.items():
            font = Dictionary(
                Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name(f"/{base}"), Encoding=Name(f"/{encoding}")
            )
            yield Sample(f"{base} {name}", _written_in(font, b"(Dose doubled)"), shown=("Dose doubled",))
    differing = Dictionary(
        BaseEncoding=Name.WinAnsiEncoding, Differences=Array([65, Name("/afii10017"), Name("/afii10018")])
    )
    refused: dict[str, tuple[Dictionary, bytes]] = {
        "Cyrillic by names": (Dictionary(Subtype=Name.TrueType, BaseFont=Name.Arial, Encoding=differing), b"(AB)"),
        "Garamond": (Dictionary(Subtype=Name.TrueType, BaseFont=Name("/Garamond-Italic")), b"(AB)"),
        "Wingdings": (_symbols("Wingdings"), b"(AB)"),
        "Chinese": (_chinese(), b"<0041>"),
    }
    for name, (font, words) in refused.items():
        yield Sample(name, _written_in(font, words), refused=PdfProblem.FONT_NOT_EMBEDDED)
        yield Sample(f"{name}, listed only", _written_in(font, b"", listed=True))


def _symbols(base: str) -> Dictionary:
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name(f"/{base}"), Flags=4)
    return Dictionary(Subtype=Name.TrueType, BaseFont=Name(f"/{base}"), FontDescriptor=descriptor)


def _chinese() -> Dictionary:
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name("/STSong-Light"),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("GB1"), Supplement=2),
    )  # fmt: skip
    return Dictionary(
        Subtype=Name.Type0,
        BaseFont=Name("/STSong-Light"),
        Encoding=Name("/UniGB-UCS2-H"),
        DescendantFonts=Array([below]),
    )


def _written_in(font: Dictionary, words: bytes, *, listed: bool = False) -> bytes:
    def change(pdf: Pdf, page: pikepdf.Page) -> None:
        font.Type = Name.Font
        page.obj.Resources.Font.X = pdf.copy_foreign(font) if font.is_indirect else font
        text = b"" if listed else b"BT /X 14 Tf 72 600 Td " + words + b" Tj ET"
        page.contents_add(text)

    return page_with(change)


def embedded() -> Iterator[Sample]:
    """A font in the file, with letters beyond Latin."""
    file = Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"
    pdfmetrics.registerFont(TTFont("VeraBd", str(file)))
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    canvas.setFont("VeraBd", 14)
    canvas.drawString(72, 700, "Más café, Žižkov")
    canvas.save()
    yield Sample("embedded", target.getvalue(), shown=("Más café, Žižkov",))


def beginnings() -> Iterator[Sample]:
    """What stands before the header."""
    plain = page_with(lambda pdf, page: None)
    for name, before in {"a mark": b"\xef\xbb\xbf", "a line": b"\n", "lines": b"\r\n\r\n", "spaces": b"  "}.items():
        yield Sample(f"begins with {name}", before + plain, shown=(TITLE,))
    yield Sample("begins with words", b"From: a\n" + plain, refused=PdfProblem.NOT_A_PDF)


def boxes() -> Iterator[Sample]:
    """Pages without an area."""
    for name, box in {"no width": [0, 0, 0, 792], "no height": [0, 5, 612, 5]}.items():
        yield Sample(
            name,
            page_with(lambda pdf, page, b=box: page.obj.__setitem__("/MediaBox", Array(b))),  # type: ignore[misc]
            refused=PdfProblem.PAGE_WITHOUT_AREA,
        )


def printing() -> Iterator[Sample]:
    """What a printer would do otherwise."""
    wishes: dict[str, object] = {
        "PrintPageRange": Array([0, 0]),
        "PrintArea": Name.MediaBox,
        "ViewClip": Name.MediaBox,
        "PrintClip": Name.ArtBox,
    }
    for key, wish in wishes.items():
        preferences = Dictionary({f"/{key}": wish})
        yield Sample(
            f"printer's wish {key}",
            page_with(lambda pdf, page, p=preferences: pdf.Root.__setitem__("/ViewerPreferences", p)),  # type: ignore[misc]
            shown=(TITLE,),
        )


def unseen_words() -> Iterator[Sample]:
    """Words in the file and not in the picture, on turned and cut pages too."""
    ways = {
        "white": b"BT /F1 12 Tf 1 g 72 500 Td (%s) Tj ET",
        "invisible": b"BT /F1 12 Tf 3 Tr 72 500 Td (%s) Tj ET",
        "under a box": b"BT /F1 12 Tf 72 500 Td (%s) Tj ET 0 g 60 480 300 60 re f",
        "outside": b"BT /F1 12 Tf 72 -900 Td (%s) Tj ET",
        "clipped away": b"q 0 0 5 5 re W n BT /F1 12 Tf 72 500 Td (%s) Tj ET Q",
    }
    for name, content in ways.items():
        for rotate, offset in ((0, 0), (90, 0), (180, 30), (270, 0)):
            yield Sample(
                f"words {name} {rotate} {offset}",
                page_with(
                    lambda pdf, page, c=content: page.contents_add(c % SECRET.encode()),  # type: ignore[misc]
                    rotate=rotate,
                    offset=offset,
                ),
                shown=(TITLE,),
                hidden=(SECRET, "nobody"),
            )


def foreign_values() -> Iterator[Sample]:
    """A value in letters that the form's font has no drawings for."""

    def change(pdf: Pdf, page: pikepdf.Page) -> None:
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("n"), V=String("山田太郎"), F=4,
            Rect=Array([72, 600, 300, 620]), DA=String("/Helv 11 Tf 0 g"),
        )  # fmt: skip
        form(pdf, page, [pdf.make_indirect(field)], NeedAppearances=True)

    yield Sample("value in Japanese", page_with(change), refused=PdfProblem.FONT_NOT_EMBEDDED)


ALL = (odd_trees, fonts, embedded, beginnings, boxes, printing, unseen_words, foreign_values)


def dose(words: str) -> bytes:
    """A page that says a dose."""
    return page_with(lambda pdf, page: page.contents_add(b"BT /F1 9 Tf 72 600 Td (%s) Tj ET" % words.encode()))
