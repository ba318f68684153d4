"""Adds the certificate's tags to those of the original, so that a screen reader reads the whole sealed file.

Only if the original is tagged: a file that says so of itself is read by its tags alone, and pages without would be
silent. Screen readers then work out all the pages by themselves, as they did for the original.
"""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, NumberTree, Pdf, String

# What a page has of its tags.
_OF_PAGES = ("/StructParents", "/Tabs")


def merge_structures(pdf: Pdf, certificate: Pdf, original_pages: int) -> None:
    """Put the certificate's tags behind the original's. `pdf` has the certificate's pages after so many others.

    An original whose tags can't be continued keeps them as they are.
    """
    try:
        if _is_tagged(pdf) and _is_tagged(certificate):
            _continue_structure(pdf, certificate, original_pages)
            return
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError):
        # pikepdf raises these for objects of the wrong type. Nothing has been added to the tree then.
        pass
    for page in list(pdf.pages)[original_pages:]:
        for key in _OF_PAGES:
            if key in page.obj:
                del page.obj[key]


def _is_tagged(pdf: Pdf) -> bool:
    info: Any = pdf.Root.get("/MarkInfo")
    root: Any = pdf.Root.get("/StructTreeRoot")
    marked = isinstance(info, Dictionary) and bool(info.get("/Marked"))
    return marked and isinstance(root, Dictionary) and isinstance(root.get("/ParentTree"), Dictionary)


def _continue_structure(pdf: Pdf, certificate: Pdf, original_pages: int) -> None:
    root: Any = pdf.Root.StructTreeRoot
    above, kids = _place_of_certificate(pdf, root)
    pages = dict(zip((page.obj.objgen for page in certificate.pages), list(pdf.pages)[original_pages:], strict=True))
    copied: dict[tuple[int, int], Any] = {}
    part = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Part, P=above, K=Array()))
    if "/Lang" in certificate.Root:
        part.Lang = String(str(certificate.Root.Lang))
    for kid in _kids(certificate.Root.StructTreeRoot):
        for each in _kids(kid):
            part.K.append(_copy(pdf, each, part, pages, copied))
    parents = NumberTree(root.ParentTree)
    key = _first_free_key(pdf, root, parents)
    of_pages = NumberTree(certificate.Root.StructTreeRoot.ParentTree)
    entries = []
    for index, page in enumerate(certificate.pages):
        if "/StructParents" in page.obj:
            elements = of_pages[int(page.obj.StructParents)]
            entries.append((key + index, pages[page.obj.objgen], Array([copied[each.objgen] for each in elements])))
    # The tree gets its branch last: if anything fails before, it is as it was.
    for number, page, elements in entries:
        parents[number] = pdf.make_indirect(elements)
        page.obj.StructParents = number
    root.ParentTreeNextKey = key + len(certificate.pages)
    kids.append(part)


def _place_of_certificate(pdf: Pdf, root: Any) -> tuple[Any, Any]:
    """The element above the certificate's, and its list of kids: the whole document's, or the root's."""
    above = root
    inside = _kids(root)
    if len(inside) == 1 and isinstance(inside[0], Dictionary) and inside[0].get("/S") == Name.Document:
        above = inside[0]
    if not isinstance(above.get("/K"), Array):
        above.K = Array(_kids(above))
    return above, above.K


def _kids(element: Any) -> list[Any]:
    found = element.get("/K")
    if found is None:
        return []
    return list(found) if isinstance(found, Array) else [found]


def _copy(pdf: Pdf, element: Any, parent: Any, pages: dict[tuple[int, int], Any], copied: dict[Any, Any]) -> Any:
    """The certificate's element with all that is inside it, as an object of the joined file."""
    made: Any = Dictionary(Type=Name.StructElem, P=parent)
    made.S = Name(str(element.S))
    if "/Alt" in element:
        made.Alt = String(str(element.Alt))
    if "/A" in element:
        made.A = Dictionary({key: Name(str(value)) for key, value in element.A.items()})
    if "/Pg" in element:
        made.Pg = pages[element.Pg.objgen].obj
    made = copied[element.objgen] = pdf.make_indirect(made)
    inside = []
    for kid in _kids(element):
        if not isinstance(kid, Dictionary):
            inside.append(kid)
        elif kid.get("/Type") == Name.MCR:
            inside.append(Dictionary(Type=Name.MCR, Pg=pages[kid.Pg.objgen].obj, MCID=int(kid.MCID)))
        else:
            inside.append(_copy(pdf, kid, made, pages, copied))
    made.K = Array(inside)
    return made


def _first_free_key(pdf: Pdf, root: Any, parents: NumberTree) -> int:
    """A key above all that the tree has or says it will use, and all that a page has."""
    used = [int(key) for key in parents]
    used += [int(page.obj.get("/StructParents", -1)) for page in pdf.pages]
    return max([*used, int(root.get("/ParentTreeNextKey", 0)) - 1, -1]) + 1
