"""Notes that people put on a page, and links."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from clinic.values.pdf_check import PdfProblem
from tests.adapters.one_reading.samples import Sample, drawing, page_with

WORDS = "The patient pays 5,000 USD"
FLAGS = {"printed": 4, "on screen only": 0, "hidden": 2, "printed only": 4 | 32, "never": 2 | 32}


def typed_on() -> Iterator[Sample]:
    """Text typed onto the page, with and without a drawing, for screen and printer."""
    for name, drawn, rotate in product(FLAGS, (True, False), (0, 90)):
        seen = not FLAGS[name] & (2 | 32)
        yield Sample(
            f"typed on, {name}, {'drawn' if drawn else 'not drawn'} {rotate}",
            page_with(lambda pdf, page, n=name, d=drawn: _note(pdf, page, "/FreeText", FLAGS[n], d), rotate=rotate),  # type: ignore[misc]
            shown=(WORDS,) if seen else (),
            hidden=() if seen else (WORDS,),
            refused=PdfProblem.NOT_FLATTENED if seen and not drawn else None,
        )


def marks() -> Iterator[Sample]:
    """Marks of every kind, with a drawing; those that programs draw in their own ways are refused without one."""
    for kind, drawn in product(
        ("/Stamp", "/Line", "/Polygon", "/Caret", "/Square", "/Circle", "/Highlight"), (True, False)
    ):
        own_ways = kind in ("/Stamp", "/Line", "/Polygon", "/Caret")
        yield Sample(
            f"mark {kind} {'drawn' if drawn else 'not drawn'}",
            page_with(lambda pdf, page, k=kind, d=drawn: _note(pdf, page, k, 4, d)),  # type: ignore[misc]
            shown=(WORDS,) if drawn else (),
            refused=PdfProblem.NOT_FLATTENED if own_ways and not drawn else None,
        )


def comments() -> Iterator[Sample]:
    """Comments that open when somebody points at them are no part of the page."""
    for kind in ("/Text", "/Popup"):
        yield Sample(
            f"comment {kind}",
            page_with(lambda pdf, page, k=kind: _note(pdf, page, k, 4, False)),  # type: ignore[misc]
            hidden=(WORDS,),
        )


def _note(pdf: Pdf, page: pikepdf.Page, kind: str, flags: int, drawn: bool) -> None:
    note = Dictionary(
        Type=Name.Annot, Subtype=Name(kind), Contents=String(WORDS), F=flags, Rect=Array([72, 500, 272, 520]),
        DA=String("/Helv 11 Tf 0 g"), C=Array([1, 0, 0]), L=Array([72, 500, 272, 520]),
        Vertices=Array([72, 500, 272, 520, 100, 540]), QuadPoints=Array([72, 520, 272, 520, 72, 500, 272, 500]),
    )  # fmt: skip
    if drawn:
        note.AP = Dictionary(N=drawing(pdf, WORDS))
    page.obj.Annots = Array([pdf.make_indirect(note)])


def links() -> Iterator[Sample]:
    """Links stay, without the frame that some programs draw and printers don't."""
    frames: dict[str, dict[str, Any]] = {
        "none": {"Border": [0, 0, 0]},
        "default": {},
        "red": {"Border": [0, 0, 1], "C": [1, 0, 0]},
        "style": {"BS": 1},
    }
    for frame, facts in frames.items():

        def change(pdf: Pdf, page: pikepdf.Page, facts: dict[str, Any] = facts) -> None:
            link = Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=Array([72, 715, 300, 735]),
                A=Dictionary(S=Name.URI, URI=String("https://example.org")),
            )  # fmt: skip
            for key, value in facts.items():
                link[f"/{key}"] = Dictionary(W=2) if key == "BS" else Array(value)
            page.obj.Annots = Array([pdf.make_indirect(link)])

        yield Sample(f"link with frame {frame}", page_with(change))
