"""What staff type becomes headings, paragraphs, lists and tables; everything else stays as typed, to the last word."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.documents.written import as_json, clean_text, from_json, written_blocks
from clinic.values.limits import LONGEST_TEXT
from clinic.values.written_document import Block, Heading, Items, Paragraph, Table

TYPED = """# What you agree to
You may stop at any time.
Nothing is lost.

## In short
- Ask
- Think it over

1. Read
2. Sign

| Label | Value |
|---|---|
| Fee | $120 |

| | |
|--|--|
| Born | May 4 |
"""


def test_each_kind_of_block_is_read() -> None:
    assert written_blocks(TYPED) == (
        Heading(1, "What you agree to"),
        Paragraph("You may stop at any time.\nNothing is lost."),
        Heading(2, "In short"),
        Items(False, ("Ask", "Think it over")),
        Items(True, ("Read", "Sign")),
        Table((("Label", "Value"), ("Fee", "$120"))),
        Table((("Born", "May 4"),)),
    )


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("<script>alert(1)</script> <b>bold</b> &amp; &#65;", id="HTML"),
        pytest.param(
            "**bold** _slanted_ `code` ~~struck~~ \\* [link](https://x.example) ![picture](x.png)", id="marks"
        ),
        pytest.param("> quoted\n> words", id="quotation"),
        pytest.param("```\ncode\n```", id="fence"),
        pytest.param("a line\n    deeper", id="indentation"),
        pytest.param("Signature\n=========", id="underlined heading"),
        pytest.param("---", id="rule"),
        pytest.param("2026. That was the year.", id="number that is no list"),
        pytest.param("1. Read\n3. Sign", id="numbers that do not count"),
        pytest.param("- one\n  - within it", id="nested list"),
        pytest.param("- one\n\n  and more of it", id="item of two paragraphs"),
        pytest.param("- one\n-", id="item without words"),
        pytest.param("- " * 60 + "deep", id="nested beyond what the parser reads"),
        pytest.param("a | b | c\n--|--|--\n1 | 2 | 3", id="table of three columns"),
        pytest.param("| a | b |\n|---|---|\n| 1 | 2 | 3 |", id="row with more cells than its table"),
        pytest.param("#", id="heading without words"),
        pytest.param("####### seven", id="deeper than any heading"),
    ],
)
def test_anything_else_is_a_paragraph_as_typed(typed: str) -> None:
    assert written_blocks(typed) == (Paragraph(typed),)


def words_of(blocks: tuple[Block, ...]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                texts.append(block.text)
            case Items():
                texts += block.items
            case Table():
                texts += [cell for row in block.rows for cell in row]
    return re.findall(r"\w+", " ".join(texts).replace("_", " "))


_PIECES = ["# ", "## ", "- ", "* ", "1. ", "2. ", "|", "|---|---|", "\n", "\n\n", "    ", "> ", "`", "*", "\\", "<b>"]
_PIECES += ["-", "--|--", "one", "two", "Straße", "x|y", "&amp;", "---", "===", "```", "\\|"]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=30))
def test_no_word_is_ever_lost_added_or_moved(pieces: list[str]) -> None:
    typed = "".join(pieces)
    # The numbers of a list are its own, so they may be drawn and not written.
    typed_words = [word for word in re.findall(r"\w+", typed) if not word.isdigit()]
    assert [word for word in words_of(written_blocks(typed)) if not word.isdigit()] == typed_words


def test_json_is_canonical_and_gives_the_blocks_back() -> None:
    blocks = written_blocks(TYPED)
    written = as_json(blocks)
    assert from_json(written) == blocks
    assert as_json(from_json(written)) == written
    assert as_json((Heading(2, "Año"), Items(True, ("a",)))) == (
        '{"blocks":[{"block":"heading","level":2,"text":"Año"},{"block":"items","items":["a"],"ordered":true}],"format":1}'
    )


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"blocks":3}', '{"blocks":[{"block":"heading","level":9,"text":"x"}]}', '{"blocks":[{}]}'],
)
def test_other_json_is_not_taken_for_a_text(content: str) -> None:
    with pytest.raises(ValueError, match="."):
        from_json(content)


def test_line_breaks_of_every_kind_become_one() -> None:
    assert clean_text("\ufeffone\r\ntwo\rthree\u2028four\x0cfive\n\n") == "one\ntwo\nthree\nfour\nfive"


@pytest.mark.parametrize(
    "typed", ["a\x00b", "a\x1bb", "a\ud800", "\u202eevil", "\u2066a\u2069", "x" * (LONGEST_TEXT + 1)]
)
def test_what_cannot_be_stored_or_is_shown_in_another_order_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="^(NOT_PLAIN_TEXT|TEXT_TOO_LONG)$"):
        clean_text(typed)


@pytest.mark.parametrize("typed", ["", " \n\t", "\u200b", "\u200f"])
def test_text_without_anything_to_read_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="^NO_TEXT$"):
        clean_text(typed)


def test_right_to_left_letters_and_marks_are_welcome() -> None:
    assert clean_text("שלום\u200f (1)") == "שלום\u200f (1)"
