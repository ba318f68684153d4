"""How many drawings a page makes where forms (drawings to be used again) draw other forms: each level multiplies.

pdfium makes an object for each, so a file of a few kilobytes could take all the memory that its process has.
"""

import re
from collections import Counter
from dataclasses import dataclass

import pikepdf

from clinic.values.pdf_check import PdfProblem, PdfRefused

# With a million of them pdfium needs more memory than a process may have.
MAX_DRAWN = 1_000_000
# pdfium draws none below the 40th level.
MAX_LEVELS = 40

_BETWEEN = rb"\x00\t\n\f\r "
_NAME = rb"[^" + _BETWEEN + rb"()<>\[\]{}/%]"
_DRAWS = re.compile(rb"/(" + _NAME + rb"+)[" + _BETWEEN + rb"]+Do(?!" + _NAME + rb")")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")

Owner = tuple[int, int]


@dataclass(frozen=True)
class Drawn:
    """How many forms are drawn, and how deep in each other."""

    times: int = 0
    levels: int = 0


def refuse_endless_drawings(pdf: pikepdf.Pdf) -> None:
    """Raises `PdfRefused` where the drawings of a page are too many, or too deep in each other."""
    drawings = Drawings()
    for page in pdf.pages:
        drawn = drawings.of_page(page)
        if drawn.times > MAX_DRAWN or drawn.levels > MAX_LEVELS:
            raise PdfRefused(PdfProblem.TOO_COMPLEX)


class Drawings:
    """Counts the drawings of one file's pages. What a form draws is counted once for all of them."""

    def __init__(self) -> None:
        # By the form, and by whose resources it uses if it has none.
        self._inside: dict[tuple[Owner, Owner | None], Drawn] = {}

    def of_page(self, page: pikepdf.Page) -> Drawn:
        """What is drawn on the page: nothing is counted where none of its forms can draw another."""
        resources = page.resources
        if not any(_may_draw_others(form) for form in _forms(resources).values()):
            return Drawn()
        parts = page.obj.get("/Contents", pikepdf.Array())
        streams = [parts] if isinstance(parts, pikepdf.Stream) else list(parts)
        return self._drawn(b"\n".join(map(_content, streams)), resources, page.obj.objgen, 1)

    def _drawn(self, content: bytes, resources: pikepdf.Object, owner: Owner, level: int) -> Drawn:
        forms = _forms(resources)
        times = levels = 0
        for name, often in Counter(match[1] for match in _DRAWS.finditer(content)).items():
            form = forms.get(_ESCAPED.sub(lambda digits: bytes.fromhex(digits[1].decode()), name))
            if form is not None:
                if level > MAX_LEVELS:
                    raise PdfRefused(PdfProblem.TOO_COMPLEX)
                inside = self._drawn_by(form, resources, owner, level)
                times += often * (1 + inside.times)
                levels = max(levels, 1 + inside.levels)
        return Drawn(times, levels)

    def _drawn_by(self, form: pikepdf.Stream, inherited: pikepdf.Object, owner: Owner, level: int) -> Drawn:
        own = form.get("/Resources")
        key = (form.objgen, owner if own is None else None)
        if key not in self._inside:
            # A form within itself is not drawn.
            self._inside[key] = Drawn()
            resources, whose = (inherited, owner) if own is None else (own, form.objgen)
            self._inside[key] = self._drawn(_content(form), resources, whose, level + 1)
        return self._inside[key]


def _forms(resources: pikepdf.Object) -> dict[bytes, pikepdf.Stream]:
    """The forms among the resources, by their names without the slash."""
    named = resources.get("/XObject", pikepdf.Dictionary())
    return {
        name[1:].encode(): found
        for name, found in named.items()
        if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Form"
    }


def _may_draw_others(form: pikepdf.Stream) -> bool:
    own = form.get("/Resources")
    return own is None or bool(_forms(own))


def _content(stream: pikepdf.Object) -> bytes:
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        # Packed in a way that is for pictures only: it draws nothing.
        return b""
