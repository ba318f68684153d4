"""The order of letters on a line that mixes writing directions: the Unicode bidirectional algorithm (UAX #9).

The library works on characters and lacks the rule for brackets. Texts never contain embeddings or isolates.
"""

import unicodedata
from typing import Any, TypeVar

from bidi import algorithm as bidi
from bidi.mirror import MIRRORED

T = TypeVar("T")

LEFT_TO_RIGHT = "\u200e"
RIGHT_TO_LEFT = "\u200f"
JOINERS = frozenset("\u200c\u200d")


def is_right_to_left(text: str) -> bool:
    """The direction of the first letter that has one, as `dir="auto"` decides it in a browser."""
    return next((kind != "L" for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), False)


def levels_of(line: str) -> list[int]:
    """The level of each character: odd for right to left. A mark has the level of the letter before it."""
    base = int(is_right_to_left(line))
    storage = bidi.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    bidi.get_embedding_levels(line, storage)
    for index, entry in enumerate(storage["chars"]):
        entry["index"] = index
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], base)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    levels = [base] * len(line)
    for entry in storage["chars"]:
        levels[entry["index"]] = entry["level"]
    for index, character in enumerate(line):
        if index and (unicodedata.category(character)[0] == "M" or character in JOINERS):
            levels[index] = levels[index - 1]
    return levels


def _resolve_brackets(characters: list[dict[str, Any]], base: int) -> None:
    """Rule N0, which the library lacks: both brackets of a pair get one direction."""
    sides = [{"L": 0, "R": 1, "EN": 1, "AN": 1}.get(entry["type"]) for entry in characters]
    for first, last in _bracket_pairs(characters):
        inside = {side for side in sides[first + 1 : last] if side is not None}
        before = next((side for side in reversed(sides[:first]) if side is not None), base)
        if inside:
            side = base if base in inside or before == base else 1 - base
            for index in (first, last):
                sides[index] = side
                characters[index]["type"] = "LR"[side]


def _bracket_pairs(characters: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The positions of opening and closing brackets that belong together, in the order of the opening ones."""
    pairs: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for index, entry in enumerate(characters):
        character = entry["ch"]
        match unicodedata.category(character) if entry["type"] == "ON" else "":
            case "Ps":
                waiting.append((MIRRORED.get(character, ""), index))
            case "Pe":
                opened = [closing for closing, _ in waiting]
                if character in opened:
                    depth = len(opened) - 1 - opened[::-1].index(character)
                    pairs.append((waiting[depth][1], index))
                    del waiting[depth:]
    return sorted(pairs)


def reordered(runs: list[tuple[int, T]]) -> list[T]:
    """Runs with their levels, from left to right. Rule L2: reverse each sequence, from the highest level down."""
    for level in range(max((level for level, _ in runs), default=0), 0, -1):
        start = 0
        while start < len(runs):
            end = start
            while end < len(runs) and runs[end][0] >= level:
                end += 1
            runs[start:end] = reversed(runs[start:end])
            start = end + 1
    return [run for _, run in runs]
