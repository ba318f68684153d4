"""What people typed into a PDF: the values of form fields and the text of notes, which must be in the pages after all.

A file can hold one value and draw another. Programs that make the drawing anew show the value, others the drawing.
"""

import unicodedata
from collections.abc import Mapping

import pikepdf

from adapters.pdf_reading.annotations import annotations_of, field_value, flagged_as_seen
from adapters.pdf_reading.comparison import OpenFile

_PASSWORD = 1 << 13

Expected = Mapping[int, list[str]]


def typed_words(pdf: pikepdf.Pdf) -> Expected:
    """What each page (by index) must show of the text fields, choices and typed-on notes on it."""
    expected: dict[int, list[str]] = {}
    for index, page in enumerate(pdf.pages):
        for each in annotations_of(page):
            if flagged_as_seen(each):
                expected.setdefault(index, []).extend(_words_of(each))
    return {index: words for index, words in expected.items() if words}


def missing_words(copy: bytes, expected: Expected) -> bool:
    """Whether a page of the copy lacks something that was typed on it."""
    if not expected:
        return False
    opened = OpenFile(copy)
    for index, values in expected.items():
        words = _plain(opened.words(index))
        if any(value not in words and value[::-1] not in words for value in map(_plain, values)):
            return True
    return False


def _words_of(annotation: pikepdf.Object) -> list[str]:
    if annotation.get("/Subtype") == "/FreeText":
        return _as_words(annotation.get("/Contents"))
    if annotation.get("/Subtype") != "/Widget":
        return []
    kind, value = field_value(annotation, "/FT"), field_value(annotation, "/V")
    if kind == "/Tx":
        flags = field_value(annotation, "/Ff")
        return [] if isinstance(flags, int) and flags & _PASSWORD else _as_words(value)
    if kind == "/Ch":
        # A list shows all its entries, so only a closed choice must show its value.
        flags = field_value(annotation, "/Ff")
        is_combo = isinstance(flags, int) and bool(flags & (1 << 17))
        return [_label(each, field_value(annotation, "/Opt")) for each in _as_words(value)] if is_combo else []
    return []


def _as_words(value: object) -> list[str]:
    if isinstance(value, pikepdf.Stream):
        return [value.read_bytes().decode("utf-8", "replace")]
    return [str(value)] if isinstance(value, pikepdf.String) and str(value).strip() else []


def _label(value: str, options: object) -> str:
    """What the choice shows for a value: options may be pairs of value and label."""
    if isinstance(options, pikepdf.Array):
        for each in options:
            if isinstance(each, pikepdf.Array) and len(each) == 2 and str(each[0]) == value:
                return str(each[1])
    return value


def _plain(text: str) -> str:
    """Without spaces and line breaks, which drawing may add or remove, and with ligatures taken apart."""
    return "".join(unicodedata.normalize("NFKC", text).split())
