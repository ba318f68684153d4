"""The content of a document that staff wrote: headings, paragraphs, lists and tables of plain text."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from clinic.values.paper import PaperSize


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2, below the document's title."""

    level: Literal[1, 2]
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Line breaks in `text` are kept."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, numbered from 1 if `ordered`."""

    ordered: bool
    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of a label and its value."""

    rows: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True)
class WrittenDocument:
    """The whole document: the practice's name at the top, the title, then the blocks in order.

    `made_on` stands in the file's properties. It is a day, so that the same text, written again, is the same file.
    """

    organization_name: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    made_on: date | None = None
    paper: PaperSize = PaperSize.A4
