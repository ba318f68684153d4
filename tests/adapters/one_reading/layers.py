"""Layers: what they hide on the screen must be nowhere, what they show must stay."""

from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from clinic.values.pdf_check import PdfProblem
from tests.adapters.one_reading.samples import Sample, drawing, page_with

WORDS = "PRINTS ONLY I AGREE TO PAY"

Make = Callable[[Pdf], tuple[pikepdf.Object, Dictionary]]


def _group(pdf: Pdf, **more: Any) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Layer"), **more))


def _listed(state: str) -> Make:
    def make(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
        group = _group(pdf)
        return group, Dictionary({f"/{state}": Array([group])})

    return make


def _base_off(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
    return _group(pdf), Dictionary(BaseState=Name.OFF)


def _base_off_but_on(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
    group = _group(pdf)
    return group, Dictionary(BaseState=Name.OFF, ON=Array([group]))


def _usage(view: str, print_: str) -> Make:
    def make(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
        usage = Dictionary(View=Dictionary(ViewState=Name(view)), Print=Dictionary(PrintState=Name(print_)))
        group = _group(pdf, Usage=usage)
        automatic = Dictionary(Event=Name.View, Category=Array([Name.View]), OCGs=Array([group]))
        return group, Dictionary(ON=Array([group]), AS=Array([automatic]))

    return make


def _members(policy: str, *states: bool) -> Make:
    def make(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
        groups = [_group(pdf) for _ in states]
        off = Array([group for group, on in zip(groups, states, strict=True) if not on])
        members = Dictionary(Type=Name.OCMD, OCGs=Array(groups), P=Name(policy))
        return pdf.make_indirect(members), Dictionary(OFF=off)

    return make


def _expression(operator: str, *states: bool) -> Make:
    def make(pdf: Pdf) -> tuple[pikepdf.Object, Dictionary]:
        groups = [_group(pdf) for _ in states]
        off = Array([group for group, on in zip(groups, states, strict=True) if not on])
        members = Dictionary(Type=Name.OCMD, VE=Array([Name(operator), *groups]))
        return pdf.make_indirect(members), Dictionary(OFF=off)

    return make


# Each with whether the screen shows it.
STATES: dict[str, tuple[Make, bool]] = {
    "on": (_listed("ON"), True),
    "off": (_listed("OFF"), False),
    "not listed": (_listed("Order"), True),
    "all off": (_base_off, False),
    "all off but this": (_base_off_but_on, True),
    "prints only": (_usage("/OFF", "/ON"), False),
    "shows only": (_usage("/ON", "/OFF"), True),
    "any of two": (_members("/AnyOn", True, False), True),
    "both of two": (_members("/AllOn", True, False), False),
    "any of two off": (_members("/AnyOff", True, False), True),
    "both of two off": (_members("/AllOff", True, False), False),
    "not": (_expression("/Not", True), False),
    "and": (_expression("/And", True, False), False),
    "or": (_expression("/Or", True, False), True),
}
PLACES = ("section", "section in text", "form", "form within a form", "picture", "note", "two streams", "nested")


def layers() -> Iterator[Sample]:
    """Every state at every place."""
    for state, (make, seen) in STATES.items():
        for place in PLACES:
            words = place != "picture"
            yield Sample(
                f"layer {state}, {place}",
                page_with(lambda pdf, page, m=make, p=place: _layered(pdf, page, m, p)),  # type: ignore[misc]
                shown=(WORDS,) if seen and words else (),
                hidden=() if seen or not words else (WORDS,),
                # pdfium draws notes of hidden layers, poppler does not: no reading that all could agree on.
                refused=PdfProblem.NOT_FLATTENED if place == "note" and not seen else None,
            )


def _layered(pdf: Pdf, page: pikepdf.Page, make: Make, place: str) -> None:
    layer, config = make(pdf)
    groups = [each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Type") == "/OCG"]
    pdf.Root.OCProperties = Dictionary(OCGs=Array(groups), D=config)
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources.Font.L = helvetica
    page.obj.Resources.Properties = Dictionary(L1=layer)
    text = b"BT /L 12 Tf 72 560 Td (%s) Tj ET" % WORDS.encode()
    match place:
        case "section":
            _add(pdf, page, b"/OC /L1 BDC " + text + b" 0 0 1 rg 300 560 40 9 re f EMC")
        case "section in text":
            _add(pdf, page, b"BT /L 12 Tf 72 580 Td /OC /L1 BDC (" + WORDS.encode() + b") ' EMC 0 -40 Td (Seen) Tj ET")
        case "nested":
            _add(pdf, page, b"/OC /L1 BDC /P <</MCID 9>> BDC q " + text + b" Q EMC EMC")
        case "two streams":
            _add(pdf, page, b"/OC /L1 BDC " + text, b"0 g EMC")
        case "form" | "form within a form":
            inner = drawing(pdf, WORDS)
            inner.OC = layer
            if place == "form within a form":
                outer = pdf.make_stream(b"/In Do")
                outer.Type, outer.Subtype, outer.BBox = Name.XObject, Name.Form, Array([0, 0, 300, 50])
                outer.Resources = Dictionary(XObject=Dictionary(In=inner))
                inner = outer
            page.obj.Resources.XObject = Dictionary(Fm=inner)
            _add(pdf, page, b"q 1 0 0 1 72 560 cm /Fm Do Q")
        case "picture":
            image = pdf.make_stream(bytes([200, 0, 0] * 4))
            image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 2, 2
            image.ColorSpace, image.BitsPerComponent, image.OC = Name.DeviceRGB, 8, layer
            page.obj.Resources.XObject = Dictionary(Im=image)
            _add(pdf, page, b"q 90 0 0 40 72 560 cm /Im Do Q")
        case "note":
            note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=Array([72, 500, 272, 520]), OC=layer)
            note.AP = Dictionary(N=drawing(pdf, WORDS))
            page.obj.Annots = Array([pdf.make_indirect(note)])


def _add(pdf: Pdf, page: pikepdf.Page, *contents: bytes) -> None:
    old = page.obj.Contents
    streams = list(old) if isinstance(old, Array) else [old]
    page.obj.Contents = Array([*streams, *(pdf.make_stream(content) for content in contents)])
