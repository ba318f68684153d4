"""Parses the text of a document that staff write: headings, paragraphs, lists, and tables of label and value.

Staff use a small part of Markdown. Everything else stays a paragraph as it was typed: emphasis, links, HTML, nested
lists, and tables with another number of columns. So parsing never loses a word or a number.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

from clinic.values.limits import LONGEST_TEXT
from clinic.values.problems import Problem
from clinic.values.text import REORDERING, UnusableText, has_visible, is_harmful
from clinic.values.written_document import Block, Heading, Items, Paragraph, Table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FORMAT = 1


def clean_text(text: str) -> str:
    r"""The text in NFC with `\n` as its only line break.

    Raises `UnusableText` for characters that can't be stored or rendered, or that change the order of the shown text.
    """
    if len(text) > LONGEST_TEXT:
        raise UnusableText(Problem.TEXT_TOO_LONG, longest=LONGEST_TEXT)
    text = _BREAKS.sub("\n", text).replace("\ufeff", "").expandtabs(4)
    for character in text:
        if (is_harmful(character) and character != "\n") or character in REORDERING:
            raise UnusableText(Problem.NOT_PLAIN_TEXT)
    text = unicodedata.normalize("NFC", text).strip("\n").rstrip()
    if not has_visible(text):
        raise UnusableText(Problem.NO_TEXT)
    if len(text) > LONGEST_TEXT:
        raise UnusableText(Problem.TEXT_TOO_LONG, longest=LONGEST_TEXT)
    return text


_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def written_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text. No word is lost. The longest text takes a second, so call it in a thread."""
    lines = text.split("\n")
    return tuple(_blocks(_parser().parse(text), lines))


@cache
def _parser() -> "MarkdownIt":
    """A parser for headings, lists and tables only. It ignores HTML and all inline markup."""
    # Imported here: most starts of a program are over before anybody writes a document.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"maxNesting": 20}).enable(["heading", "list", "table"])


def _blocks(tokens: "Sequence[Token]", lines: Sequence[str]) -> Iterator[Block]:
    position = 0
    while position < len(tokens):
        end = _end_of(tokens, position)
        inside = tokens[position : end + 1]
        first, last = inside[0].map or (0, 0)
        source = lines[first:last]
        block = _block(inside, source)
        if block is not None:
            yield block
        elif "".join(source).strip():
            yield Paragraph("\n".join(source).strip("\n"))
        position = end + 1


def _end_of(tokens: "Sequence[Token]", start: int) -> int:
    """The position of the token that closes the block which opens at `start`."""
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens) - 1


def _block(tokens: "Sequence[Token]", source: Sequence[str]) -> Block | None:
    """The block, or None if the source must stay as it was typed."""
    texts = [token.content for token in tokens if token.type == "inline"]
    match tokens[0].type:
        case "heading_open" if texts and texts[0]:
            return Heading(1 if tokens[0].tag == "h1" else 2, texts[0])
        case "paragraph_open":
            return Paragraph(texts[0]) if texts else None
        case "bullet_list_open" | "ordered_list_open":
            return _list(tokens)
        case "table_open":
            return _table(texts, source)
    return None


_PLAIN_ITEM = ["list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close"]


def _list(tokens: "Sequence[Token]") -> Items | None:
    """The list, or None unless each item is one paragraph and a numbered list counts from 1."""
    inside = tokens[1:-1]
    items = [inside[start : start + len(_PLAIN_ITEM)] for start in range(0, len(inside), len(_PLAIN_ITEM))]
    if any([token.type for token in item] != _PLAIN_ITEM for item in items):
        return None
    ordered = tokens[0].type == "ordered_list_open"
    if ordered and [item[0].info for item in items] != [str(number) for number in range(1, len(items) + 1)]:
        return None
    return Items(ordered, tuple(item[2].content for item in items))


def _table(cells: Sequence[str], source: Sequence[str]) -> Table | None:
    """The table, or None unless it has two columns and all words are in cells. An empty heading row is left out."""
    rows = [(label, value) for label, value in zip(cells[::2], cells[1::2], strict=False)]
    if len(cells) % 2 or len(source) < 2 or source[1].strip().strip("|").count("|") != 1:
        return None
    typed = "".join(_SEPARATORS.sub("", line) for number, line in enumerate(source) if number != 1)
    if typed != "".join(_SEPARATORS.sub("", cell) for cell in cells):
        return None
    kept = [row for number, row in enumerate(rows) if number or any(row)]
    return Table(tuple(kept)) if kept else None


_SEPARATORS = re.compile(r"[\s|\\]")


def as_json(blocks: Sequence[Block]) -> str:
    """The canonical JSON of the blocks: sorted keys, no spaces, no ASCII escapes."""
    written = [{"block": type(block).__name__.lower(), **asdict(block)} for block in blocks]
    content = {"format": _FORMAT, "blocks": written}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(content: str) -> tuple[Block, ...]:
    """The blocks from their JSON. Raises ValueError if `as_json` did not write it."""
    try:
        return tuple(_from_facts(dict(facts)) for facts in json.loads(content)["blocks"])
    except (TypeError, KeyError) as problem:
        raise ValueError("not a text of ours") from problem


def _from_facts(facts: dict[str, object]) -> Block:
    match facts:
        case {"block": "heading", "level": 1 | 2 as level, "text": str(text)}:
            return Heading(level, text)
        case {"block": "paragraph", "text": str(text)}:
            return Paragraph(text)
        case {"block": "items", "ordered": bool(ordered), "items": list(items)}:
            return Items(ordered, tuple(map(str, items)))
        case {"block": "table", "rows": list(rows)}:
            return Table(tuple((str(label), str(value)) for label, value in rows))
    raise ValueError("not a text of ours")
