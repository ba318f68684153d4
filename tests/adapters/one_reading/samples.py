"""A PDF made for a test, with what its page must show and what it must not."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from reportlab.pdfgen.canvas import Canvas

from clinic.values.pdf_check import PdfProblem

TITLE = "Consent to treatment"


@dataclass(frozen=True)
class Sample:
    """`shown` are words of the accepted copy, `hidden` words that no reading may hold. `refused` is the only answer
    for a file that can't be made static."""

    name: str
    content: bytes
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    refused: PdfProblem | None = None


def page_with(change: Callable[[Pdf, pikepdf.Page], object], *, rotate: int = 0, offset: float = 0) -> bytes:
    """A page with a title, turned and cut as asked, with something done to it."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=(612, 792), invariant=1)
    canvas.drawString(72 + offset, 720 + offset, TITLE)
    canvas.save()
    target = io.BytesIO()
    with pikepdf.open(drawn) as pdf:
        page = pdf.pages[0]
        if rotate:
            page.obj.Rotate = rotate
        if offset:
            page.obj.MediaBox = Array([0, 0, 612 + 2 * offset, 792 + 2 * offset])
            page.obj.CropBox = Array([offset, offset, 612 + offset, 792 + offset])
        change(pdf, page)
        pdf.save(target, static_id=True)
    return target.getvalue()


def drawing(pdf: Pdf, words: str, *, width: float = 200, height: float = 20, font: str = "/Helv") -> pikepdf.Object:
    """An appearance that shows the words, in a font of its own resources."""
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    content = b"/Tx BMC q BT %s 11 Tf 0 g 2 5 Td (%s) Tj ET Q EMC" % (font.encode(), words.encode("cp1252"))
    stream = pdf.make_stream(content if words else b"")
    stream.Type, stream.Subtype = Name.XObject, Name.Form
    stream.BBox = Array([0, 0, width, height])
    stream.Resources = Dictionary(Font=Dictionary({font: helvetica}))
    return stream


def form(pdf: Pdf, page: pikepdf.Page, fields: list[pikepdf.Object], **more: Any) -> None:
    """The form of the file, with these fields, which are on the page too unless their kids are."""
    fonts = Dictionary(
        Helv=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
        TiRo=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Times-Roman"))),
        ZaDb=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats)),
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array(fields), DR=Dictionary(Font=fonts), DA=String("/Helv 0 Tf 0 g"), **more)
    widgets = [kid for field in fields for kid in (list(field.Kids) if "/Kids" in field else [field])]
    page.obj.Annots = Array(widgets)
