"""A document written by staff, as it is drawn: headings, paragraphs, lists and tables of plain text."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Heading:
    """`level` is 1 or 2; the document's title stands above both."""

    level: Literal[1, 2]
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Lines break where `text` has a line break."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, numbered from 1 where `ordered`."""

    ordered: bool
    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of a label and its value."""

    rows: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True)
class WrittenDocument:
    """What is drawn: the practice's name above, the title, then the blocks in order."""

    organization_name: str
    title: str
    language: str
    blocks: tuple[Block, ...]
