"""Tags in our PDFs: what is a heading, a list or a table, in reading order, for screen readers (ISO 32000-1, 14.7).

ReportLab draws but does not tag. Drawing code marks what it draws, and the canvas writes the structure tree at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any, cast

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.dates import set_date
from adapters.pdf.typesetting import printable


@dataclass(eq=False)
class Element:
    """One element of the structure. It gets its place in the tree when something of it is drawn for the first time.

    `role` is a standard structure type. `instead` is said in place of a picture. `attributes` are those of the owner
    that comes first in them.
    """

    role: str
    parent: "Element | None" = None
    instead: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    parts: "list[Element | _Mark]" = field(default_factory=list)


@dataclass(frozen=True)
class _Mark:
    """A marked piece of a page's content."""

    page: int
    number: int


def paragraph() -> Element:
    """Running text."""
    return Element("P")


def heading(level: int) -> Element:
    """A heading; level 1 is the document's title."""
    return Element(f"H{level}")


def picture(instead: str) -> Element:
    """A picture with the words that stand for it."""
    return Element("Figure", instead=instead)


def item_list(*, ordered: bool) -> Element:
    """A list. Its items are made with `item`."""
    return Element("L", attributes=(("O", "List"), ("ListNumbering", "Decimal" if ordered else "Disc")))


def item(of: Element) -> tuple[Element, Element]:
    """The mark of an item of the list, and its text."""
    whole = Element("LI", of)
    return Element("Lbl", whole), Element("LBody", whole)


def table() -> Element:
    """A table. Its rows are made with `table_row`."""
    return Element("Table")


def table_row(of: Element) -> tuple[Element, Element]:
    """The label of a row of the table, which is its header, and the value."""
    whole = Element("TR", of)
    return Element("TH", whole, attributes=(("O", "Table"), ("Scope", "Row"))), Element("TD", whole)


class TaggedCanvas(Canvas):
    """A canvas for one document with title, language and date, on which everything drawn is marked.

    The same drawing gives the same bytes. Text and pictures are drawn inside `marked`; lines, frames and page numbers
    inside `decoration`, which screen readers leave out.
    """

    def __init__(
        self,
        target: IO[bytes],
        pagesize: tuple[float, float],
        *,
        title: str,
        author: str,
        language: str,
        made: date | None,
    ) -> None:
        super().__init__(target, pagesize=pagesize, invariant=1, lang=language, pdfVersion=(1, 7))
        self.setTitle(printable(title))
        self.setAuthor(printable(author))
        self.setViewerPreference("DisplayDocTitle", "true")
        set_date(self, made)
        self._document = Element("Document")
        self._placed: set[Element] = {self._document}
        self._marks: list[list[Element]] = [[]]

    @contextmanager
    def marked(self, element: Element) -> Iterator[None]:
        """What is drawn inside belongs to the element."""
        marks = self._marks[-1]
        self._place(element)
        element.parts.append(_Mark(len(self._marks) - 1, len(marks)))
        self._write(f"/{element.role} <</MCID {len(marks)}>> BDC")
        marks.append(element)
        yield
        self._write("EMC")

    @contextmanager
    def decoration(self, kind: str = "Layout") -> Iterator[None]:
        """What is drawn inside means nothing to a screen reader. `Pagination` is the kind of a page number."""
        self._write(f"/Artifact <</Type /{kind}>> BDC")
        yield
        self._write("EMC")

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        super().showPage()
        self._marks.append([])

    def save(self) -> None:
        """Write the file, with the structure of all its pages."""
        pages = cast(Any, self)._doc.Pages.pages
        self._add_structure(pages)
        super().save()

    def _write(self, operator: str) -> None:
        cast(Any, self)._code.append(operator)

    def _place(self, element: Element) -> None:
        if element in self._placed:
            return
        self._placed.add(element)
        parent = element.parent or self._document
        self._place(parent)
        parent.parts.append(element)

    def _add_structure(self, pages: list[Any]) -> None:
        document = cast(Any, self)._doc
        root = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        written = _Tree(document, pages)
        root["K"] = PDFArray([written.add(self._document, document.Reference(root))])
        numbers: list[Any] = []
        for index, page in enumerate(pages):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = index, PDFName("S")
            numbers += [index, PDFArray([written.references[element] for element in self._marks[index]])]
        root["ParentTree"] = document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        root["ParentTreeNextKey"] = len(pages)
        document.Catalog.StructTreeRoot = root
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})


class _Tree:
    """Turns elements into objects of the file."""

    def __init__(self, document: Any, pages: list[Any]) -> None:
        self._document = document
        self._pages = pages
        self.references: dict[Element, Any] = {}

    def add(self, element: Element, parent: Any) -> Any:
        """The reference to the element, which is written with all that is inside it."""
        entry = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.role), "P": parent})
        reference = self.references[element] = self._document.Reference(entry)
        marks = [part for part in element.parts if isinstance(part, _Mark)]
        if marks:
            entry["Pg"] = self._page(marks[0])
        if element.instead:
            entry["Alt"] = PDFString(printable(element.instead))
        if element.attributes:
            entry["A"] = PDFDictionary({name: PDFName(value) for name, value in element.attributes})
        entry["K"] = PDFArray([self._part(part, marks, reference) for part in element.parts])
        return reference

    def _part(self, part: Element | _Mark, marks: list[_Mark], parent: Any) -> Any:
        if isinstance(part, Element):
            return self.add(part, parent)
        if part.page == marks[0].page:
            return part.number
        # A piece on a further page names that page.
        return PDFDictionary({"Type": PDFName("MCR"), "Pg": self._page(part), "MCID": part.number})

    def _page(self, mark: _Mark) -> Any:
        return self._document.Reference(self._pages[mark.page])
