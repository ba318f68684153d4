"""Forms by the habits of the programs that fill them in."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from clinic.values.pdf_check import PdfProblem
from tests.adapters.one_reading.samples import Sample, drawing, form, page_with

VALUE = "Removal of the LEFT kidney"
STALE = "10 mg"
RECT = (72, 600, 372, 622)

# How a program leaves the drawing of a field: as it should be, empty, absent, or as it was before.
HABITS = ("drawn", "blank", "absent", "stale")


def text_fields() -> Iterator[Sample]:
    """A value, its drawing, and whether the file asks for new drawings."""
    for habit, asks, rotate, offset in product(HABITS, (True, False), (0, 90, 180, 270), (0, 40)):
        # Without a word, programs show the drawing, and some the value: not one reading.
        refused = PdfProblem.NOT_FLATTENED if habit in ("stale", "blank") and not asks else None
        yield Sample(
            f"text {habit} {'asks' if asks else 'silent'} {rotate} {offset}",
            page_with(lambda pdf, page, h=habit, a=asks: _text(pdf, page, h, a), rotate=rotate, offset=offset),  # type: ignore[misc]
            shown=(VALUE,),
            hidden=(STALE,),
            refused=refused,
        )


def _text(pdf: Pdf, page: pikepdf.Page, habit: str, asks: bool, **more: Any) -> None:
    left, bottom, _, _ = page.cropbox
    here = [float(left) + RECT[0], float(bottom) + RECT[1], float(left) + RECT[2], float(bottom) + RECT[3]]
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("procedure"), V=String(VALUE), Rect=Array(here),
        F=4, DA=String("/Helv 11 Tf 0 g"), **more,
    )  # fmt: skip
    words = {"drawn": VALUE, "blank": "", "stale": STALE}
    if habit in words:
        field.AP = Dictionary(N=drawing(pdf, words[habit], width=300, height=22))
    form(pdf, page, [pdf.make_indirect(field)], **({"NeedAppearances": True} if asks else {}))


LOOKS: dict[str, dict[str, Any]] = {
    "centred": {"Q": 1},
    "to the right": {"Q": 2},
    "on several lines": {"Ff": 1 << 12},
    "read-only": {"Ff": 1},
    "with a frame": {"MK": Dictionary(BC=Array([0, 0, 1]), BG=Array([0.9, 0.9, 1])), "BS": Dictionary(W=2)},
    "dashed": {"MK": Dictionary(BC=Array([1, 0, 0])), "BS": Dictionary(W=1, S=Name.D, D=Array([3, 2]))},
    "in Times": {"DA": String("/TiRo 12 Tf 0 0 1 rg")},
    "as large as fits": {"DA": String("/Helv 0 Tf 0 g")},
    "not printed": {"F": 0},
    "locked": {"F": 4 | 64 | 128},
}


def looks_of_fields() -> Iterator[Sample]:
    """Fields whose drawing every program makes by itself, in many looks."""
    for look, rotate in product(LOOKS, (0, 90)):
        yield Sample(
            f"field {look} {rotate}",
            page_with(lambda pdf, page, k=look: _looking(pdf, page, k), rotate=rotate),  # type: ignore[misc]
            shown=(VALUE,),
        )


def _looking(pdf: Pdf, page: pikepdf.Page, look: str) -> None:
    _text(pdf, page, "absent", True)
    for key, value in LOOKS[look].items():
        pdf.Root.AcroForm.Fields[0][f"/{key}"] = value


def unseen_fields() -> Iterator[Sample]:
    """Fields that the screen hides and the printer may not."""
    for flags, habit in product((2, 32, 4 | 32, 2 | 4), ("drawn", "absent")):
        yield Sample(
            f"field with flags {flags} {habit}",
            page_with(lambda pdf, page, f=flags, h=habit: _flagged(pdf, page, f, h)),  # type: ignore[misc]
            hidden=(VALUE,),
        )


def _flagged(pdf: Pdf, page: pikepdf.Page, flags: int, habit: str) -> None:
    _text(pdf, page, habit, asks=False)
    pdf.Root.AcroForm.Fields[0].F = flags


def ticks() -> Iterator[Sample]:
    """Boxes, ticked or not, with their drawings and with the wish for new ones."""
    for ticked, asks, rotate in product((True, False), (True, False), (0, 90, 180, 270)):
        yield Sample(
            f"box {'ticked' if ticked else 'empty'} {'asks' if asks else 'silent'} {rotate}",
            page_with(lambda pdf, page, t=ticked, a=asks: _box(pdf, page, t, a), rotate=rotate),  # type: ignore[misc]
            shown=("✔",) if ticked else (),
            hidden=() if ticked else ("✔",),
        )


def _box(pdf: Pdf, page: pikepdf.Page, ticked: bool, asks: bool) -> None:
    mark = pdf.make_stream(b"q BT /ZaDb 14 Tf 0 g 3 4 Td (4) Tj ET Q")
    mark.Type, mark.Subtype, mark.BBox = Name.XObject, Name.Form, Array([0, 0, 18, 18])
    dingbats = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats)
    mark.Resources = Dictionary(Font=Dictionary(ZaDb=dingbats))
    empty = pdf.make_stream(b"")
    empty.Type, empty.Subtype, empty.BBox = Name.XObject, Name.Form, Array([0, 0, 18, 18])
    state = Name.Yes if ticked else Name.Off
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=String("agree"), V=state, AS=state, F=4,
        Rect=Array([72, 560, 90, 578]), MK=Dictionary(CA=String("4")), AP=Dictionary(N=Dictionary(Yes=mark, Off=empty)),
    )  # fmt: skip
    form(pdf, page, [pdf.make_indirect(field)], **({"NeedAppearances": True} if asks else {}))


def choices() -> Iterator[Sample]:
    """A closed list that shows the label of its value."""
    for asks, pairs in product((True, False), (True, False)):
        yield Sample(
            f"choice {'asks' if asks else 'drawn'} {'pairs' if pairs else 'values'}",
            page_with(lambda pdf, page, a=asks, p=pairs: _choice(pdf, page, a, p)),  # type: ignore[misc]
            shown=("Twice a day",),
            hidden=("Never",),
        )


def _choice(pdf: Pdf, page: pikepdf.Page, asks: bool, pairs: bool) -> None:
    labels = ("Twice a day", "Never")
    options = Array(
        [Array([String(f"v{n}"), String(label)]) if pairs else String(label) for n, label in enumerate(labels)]
    )
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Ch, Ff=1 << 17, T=String("dose"), F=4, Opt=options,
        V=String("v0" if pairs else labels[0]), Rect=Array(RECT), DA=String("/Helv 11 Tf 0 g"),
    )  # fmt: skip
    if not asks:
        field.AP = Dictionary(N=drawing(pdf, labels[0], width=300, height=22))
    form(pdf, page, [pdf.make_indirect(field)], **({"NeedAppearances": True} if asks else {}))


def families() -> Iterator[Sample]:
    """One field of the form with several places on the page."""
    for asks in (True, False):
        yield Sample(
            f"two places of one field {'asks' if asks else 'drawn'}",
            page_with(lambda pdf, page, a=asks: _two_places(pdf, page, a)),  # type: ignore[misc]
            shown=(VALUE,),
        )


def _two_places(pdf: Pdf, page: pikepdf.Page, asks: bool) -> None:
    parent = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("name"), V=String(VALUE), DA=String("/Helv 11 Tf 0 g")))
    kids = []
    for top in (622, 500):
        kid = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Parent=parent, Rect=Array([72, top - 22, 372, top]), F=4)
        if not asks:
            kid.AP = Dictionary(N=drawing(pdf, VALUE, width=300, height=22))
        kids.append(pdf.make_indirect(kid))
    parent.Kids = Array(kids)
    form(pdf, page, [parent], **({"NeedAppearances": True} if asks else {}))
