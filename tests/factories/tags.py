"""The tags of a PDF, as programs other than ours read them: poppler for the words, pikepdf for the objects."""

import io
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Pdf

_PAINTS = frozenset(("Tj", "TJ", "'", '"', "Do", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh"))


def told(pdf: bytes) -> list[str]:
    """The structure in reading order, one line for each element that has words: its role and its words."""
    return [f"{role}: {words}" for role, words in _elements(pdf) if words]


def roles(pdf: bytes) -> list[str]:
    """The role of each element in order, two blanks deeper for each level, without attributes."""
    lines = _struct_text(pdf)
    return [re.sub(r" \(block\)|:$", "", line) for line in lines if re.match(r" *[A-Z]", line)]


def words_of_tags(pdf: bytes) -> str:
    """All words of the structure in reading order."""
    return " ".join(" ".join(words.split()) for _, words in _elements(pdf) if words)


def _elements(pdf: bytes) -> Iterator[tuple[str, str]]:
    role, words = "", ""
    for line in _struct_text(pdf):
        if re.match(r" *[A-Z]", line):
            yield role, words
            role, words = re.sub(r" \(block\)|:$", "", line).strip(), ""
        elif quoted := re.fullmatch(r' *"(.*)"', line):
            words = " ".join((words + " " + quoted[1]).split())
    yield role, words


def _struct_text(pdf: bytes) -> list[str]:
    read = subprocess.run(["pdfinfo", "-struct-text", "-"], input=pdf, capture_output=True, check=True)
    return read.stdout.decode().splitlines()


def untagged_painting(pdf: bytes) -> list[str]:
    """The operators that paint something outside every tag and every decoration."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for page in file.pages:
            depth = 0
            for each in pikepdf.parse_content_stream(page):
                match str(each.operator):
                    case "BDC" | "BMC":
                        depth += 1
                    case "EMC":
                        depth -= 1
                    case paint if paint in _PAINTS and not depth:
                        found.append(f"{list(each.operands)} {paint}")
            assert depth == 0
    return found


def marks_without_element(pdf: bytes) -> list[str]:
    """The marks of the pages that the structure lacks, or that it looks for elsewhere (ISO 32000-1, 14.7.4.4)."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as file:
        parents = pikepdf.NumberTree(file.Root.StructTreeRoot.ParentTree)
        reached = dict(_reached(file, file.Root.StructTreeRoot))
        for number, page in enumerate(file.pages, start=1):
            if "/StructParents" not in page.obj:
                continue
            elements = parents[int(page.obj.StructParents)]
            for mark in _marks(page):
                element = elements[mark] if mark < len(elements) else None
                if element is None or reached.get((page.obj.objgen, mark)) != element.objgen:
                    found.append(f"page {number}: {mark}")
    return found


def _marks(page: pikepdf.Page) -> Iterator[int]:
    for each in pikepdf.parse_content_stream(page):
        properties: Any = each.operands[1] if str(each.operator) == "BDC" else None
        if isinstance(properties, Dictionary) and "/MCID" in properties:
            yield int(properties.MCID)


def _reached(file: Pdf, element: pikepdf.Object) -> Iterator[tuple[tuple[tuple[int, int], int], tuple[int, int]]]:
    """Page and number of each mark under the element, with the element that has it."""
    kids: Any = element.get("/K", Array())
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, int):
            yield (element.Pg.objgen, kid), element.objgen
        elif kid.get("/Type") == "/MCR":
            yield ((kid if "/Pg" in kid else element).Pg.objgen, int(kid.MCID)), element.objgen
        else:
            assert kid.P.objgen == element.objgen
            yield from _reached(file, kid)
