"""Sets lines in scripts that need more than one letter after another: shaping, writing direction, a second font.

A line of Latin, Greek or Cyrillic letters is simple: ReportLab draws it as it is, and this module only says so.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, cast

import uharfbuzz
from bidi.mirror import MIRRORED
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.bidirectional import JOINERS, LEFT_TO_RIGHT, RIGHT_TO_LEFT, is_right_to_left, levels_of, reordered
from adapters.pdf.faces import BOLD, REGULAR, font_for, font_named

_IGNORED = frozenset((*JOINERS, LEFT_TO_RIGHT, RIGHT_TO_LEFT, *map(chr, range(0xFE00, 0xFE10))))
"""They have no glyph of their own."""

_SIMPLE_RANGES = ((0x20, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x2FFF))
_FEATURES = {"liga": False, "dlig": False, "clig": False, "kern": False}
_BOLD_STROKE = 0.03
"""The outline that makes a letter bold where its font has no bold weight, as a part of the font size."""


@dataclass(frozen=True)
class Run:
    """Letters of one font and one direction. `instead` is drawn where no font has the letters."""

    letters: str
    font: str
    right_to_left: bool = False
    instead: str = ""


@cache
def _simple() -> re.Pattern[str]:
    fonts = (font_named(REGULAR), font_named(BOLD))
    codes = (code for first, last in _SIMPLE_RANGES for code in range(first, last + 1))
    kept = [chr(code) for code in codes if all(font.has(chr(code)) for font in fonts)]
    left = [character for character in kept if unicodedata.bidirectional(character) not in ("R", "AL")]
    return re.compile("[" + "".join(map(re.escape, left)) + "]*")


def is_simple(text: str) -> bool:
    """Whether ReportLab sets the text right without help."""
    return text.isascii() or _simple().fullmatch(text) is not None


def clusters(text: str) -> Iterator[str]:
    """Each letter with the marks that belong to it."""
    cluster = ""
    for character in text:
        belongs = unicodedata.category(character)[0] == "M" or character in _IGNORED
        if cluster and not (belongs or cluster[-1] == "\u200d"):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def missing_letters(text: str) -> str:
    """The letters that no font has, each once, in order."""
    if is_simple(text):
        return ""
    lacking = (cluster for cluster in clusters(text) if not cluster.isspace() and _font_of(cluster, REGULAR) is None)
    return "".join(dict.fromkeys(lacking))


@lru_cache(maxsize=4096)
def _font_of(cluster: str, preferred: str) -> str | None:
    return font_for("".join(character for character in cluster if character not in _IGNORED), preferred)


def _script(character: str) -> str:
    """The script of a letter that joins others; empty for all others."""
    return unicodedata.name(character, "").partition(" ")[0] if character > "\u0590" and character.isalpha() else ""


def _runs(text: str, font: str, right_to_left: bool) -> Iterator[Run]:
    """Letters of one direction, divided by font and script. A mark or a space stays with the letter before it."""
    pieces: list[tuple[str, str, str]] = []
    script = ""
    for cluster in clusters(text):
        script = _script(cluster[0]) or script
        pieces.append((cluster, _font_of(cluster, font) or "", script))
    for (name, _), group in groupby(pieces, key=lambda piece: piece[1:]):
        letters = "".join(piece[0] for piece in group)
        if name:
            yield Run(letters, name, right_to_left)
        else:
            for cluster in clusters(letters):
                yield Run(cluster, REGULAR, instead="[" + " ".join(f"U+{ord(c):04X}" for c in cluster) + "]")


def _visual_runs(line: str, font: str) -> list[Run]:
    """The runs of a line from left to right, by the Unicode bidirectional algorithm."""
    levels = levels_of(line)
    runs: list[tuple[int, Run]] = []
    for level, group in groupby(range(len(line)), key=levels.__getitem__):
        letters = "".join(line[index] for index in group).strip(LEFT_TO_RIGHT + RIGHT_TO_LEFT)
        runs += [(level, run) for run in _runs(letters, font, level % 2 == 1)]
    return reordered(runs)


@dataclass(frozen=True)
class _ShapedGlyph:
    number: int
    letters: str
    advance: float
    x_offset: float
    y_offset: float


@dataclass(frozen=True)
class _Shaped:
    """Glyphs from left to right, in thousandths of the font size. `needs_text`: the glyphs don't tell the letters."""

    glyphs: tuple[_ShapedGlyph, ...]
    width: float
    needs_text: bool


@lru_cache(maxsize=8192)
def _shape(run: Run) -> _Shaped:
    font = font_named(run.font)
    letters = run.instead or run.letters
    buffer = uharfbuzz.Buffer()
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_GRAPHEMES
    buffer.add_str(letters)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.right_to_left else "ltr"
    uharfbuzz.shape(font.shaper, buffer, _FEATURES)
    scale = 1000 / font.units
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    told = {start: letters[start:end] for start, end in zip(starts, [*starts[1:], len(letters)], strict=True)}
    glyphs: list[_ShapedGlyph] = []
    for cluster, group in groupby(
        zip(buffer.glyph_infos, buffer.glyph_positions, strict=True), key=lambda glyph: glyph[0].cluster
    ):
        members = [*group]
        advances = [position.x_advance for _, position in members]
        widest = advances.index(max(advances))
        for index, (info, position) in enumerate(members):
            shown = _as_read(told[cluster], run) if index == widest else ""
            x_offset, y_offset = position.x_offset * scale, position.y_offset * scale
            glyphs.append(_ShapedGlyph(info.codepoint, shown, position.x_advance * scale, x_offset, y_offset))
    needs_text = bool(run.instead) or (not run.right_to_left and len(glyphs) != len(letters))
    return _Shaped(tuple(glyphs), sum(glyph.advance for glyph in glyphs), needs_text or _has_marks(run))


def _has_marks(run: Run) -> bool:
    """Whether a reader of the PDF could lose a mark. Readers turn right-to-left text around by themselves."""
    return not run.right_to_left and any(
        character in _IGNORED or unicodedata.category(character)[0] == "M" for character in run.letters
    )


def _as_read(letters: str, run: Run) -> str:
    """The letters of a glyph as a reader expects them. It reverses and mirrors those of right-to-left text."""
    shown = "".join(character for character in letters if character not in _IGNORED)
    return "".join(MIRRORED.get(character, character) for character in reversed(shown)) if run.right_to_left else shown


def width_of_line(text: str, font: str, size: float) -> float:
    """The width of a text in any script, in points."""
    return sum(_width_of_unit(unit, font) for unit in _UNITS.findall(text)) * size / 1000


_EAST_ASIAN = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_UNITS = re.compile(rf"\s+|[{_EAST_ASIAN}][\u3099\u309a\ufe00-\ufe0f]*|[^\s{_EAST_ASIAN}]+")


@lru_cache(maxsize=8192)
def _width_of_unit(unit: str, font: str) -> float:
    parts = groupby(unit, key=lambda character: unicodedata.bidirectional(character) in ("R", "AL", "NSM"))
    texts = (("".join(group), right_to_left) for right_to_left, group in parts)
    return sum(_shape(run).width for text, turned in texts for run in _runs(text, font, turned))


def lines_of(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Break a text in any script into lines. A line that would turn around by itself gets an invisible mark first."""
    right_to_left = is_right_to_left(text)
    mark = RIGHT_TO_LEFT if right_to_left else LEFT_TO_RIGHT
    for line in _filled(_breakable(text), font, size, width):
        yield line if is_right_to_left(line) == right_to_left else mark + line


def _filled(pieces: Iterator[str], font: str, size: float, width: float) -> Iterator[str]:
    line, used = "", 0.0
    for piece in pieces:
        if line and used + width_of_line(piece.rstrip(), font, size) > width:
            yield line.rstrip()
            line, used = "", 0.0
        while width_of_line(piece.rstrip(), font, size) > width:
            start = _cluster_that_overflows(piece, font, size, width)
            if start == len(piece):
                break
            yield piece[:start]
            piece = piece[start:]
        line += piece
        used += width_of_line(piece, font, size)
    if line.rstrip():
        yield line.rstrip()


def _cluster_that_overflows(text: str, font: str, size: float, width: float) -> int:
    """The position where a word that is too long for a line is divided, at least one letter from its start."""
    end, total = 0, 0.0
    for cluster in clusters(text):
        total += width_of_line(cluster, font, size)
        if end and total > width:
            break
        end += len(cluster)
    return end


def _breakable(text: str) -> Iterator[str]:
    """The pieces between which a line may break: words, East Asian letters, Thai phrases. Spaces end a piece."""
    kept = ""
    for unit in _UNITS.findall(text):
        phrases = _thai_phrases(unit) if _THAI.search(unit) else [unit]
        for piece in (part for phrase in phrases for part in _short(phrase)):
            if kept and (len(kept) > _LONGEST_PIECE or _may_break(kept[-1], piece[0])):
                yield kept
                kept = ""
            kept += piece
    if kept:
        yield kept


_LONGEST_PIECE = 120
"""Characters. A longer word never fits a line, and measuring it whole again and again would take minutes."""


def _short(word: str) -> Iterator[str]:
    part = ""
    for cluster in clusters(word) if len(word) > _LONGEST_PIECE else [word]:
        if part and len(part) + len(cluster) > _LONGEST_PIECE:
            yield part
            part = ""
        part += cluster
    yield part


_THAI = re.compile("[\u0e00-\u0e7f]")
_BREAKING = re.compile(rf"[{_EAST_ASIAN}\u0e00-\u0e7f]")
_NOT_FIRST = frozenset("、。，．・：；？！）〕］｝〉》」』】’”),.:;?!]}ぁぃぅぇぉっゃゅょァィゥェォッャュョー々ๆฯ")
_NOT_LAST = frozenset("（〔［｛〈《「『【‘“([{")


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before.isspace() or _breaks_inside(before) or _breaks_inside(after)


def _breaks_inside(character: str) -> bool:
    return _BREAKING.match(character) is not None


def _thai_phrases(word: str) -> list[str]:
    return [str(phrase) for phrase in _thai_parser().parse(word)]


@cache
def _thai_parser() -> Any:
    """A small model that finds phrases in Thai, which has no spaces between words."""
    import budoux

    return budoux.load_default_thai_parser()


def draw_line(canvas: Canvas, line: str, font: str, size: float, left: float, baseline: float) -> None:
    """Draw one line in the canvas's fill colour, with text that can be copied in the order in which it was typed."""
    x = left
    for right_to_left, group in groupby(_visual_runs(line, font), key=lambda run: run.right_to_left):
        runs = [(run, _shape(run)) for run in group]
        told = any(shaped.needs_text for _, shaped in runs)
        if told:
            ordered = reversed(runs) if right_to_left else runs
            letters = ("\ufeff" + "".join(run.letters for run, _ in ordered)).encode("utf-16-be").hex().upper()
            cast(Any, canvas)._code.append(f"/Span <</ActualText <{letters}>>> BDC")
        for run, shaped in runs:
            _draw_shaped(canvas, run, shaped, size, x, baseline, bold=font == BOLD and run.font != BOLD)
            x += shaped.width * size / 1000
        if told:
            cast(Any, canvas)._code.append("EMC")


def _draw_shaped(
    canvas: Canvas, run: Run, shaped: _Shaped, size: float, x: float, baseline: float, *, bold: bool
) -> None:
    font = font_named(run.font)
    text = "".join(font.private_character((glyph.number, glyph.letters)) for glyph in shaped.glyphs)
    shapes = [
        ShapeData(index, glyph.advance, 0, glyph.x_offset, glyph.y_offset, font.face.charWidths[ord(character)])
        for index, (glyph, character) in enumerate(zip(shaped.glyphs, text, strict=True))
    ]
    canvas.setFont(run.font, size)
    if bold:
        canvas.setLineWidth(size * _BOLD_STROKE)
    canvas.drawString(x, baseline, ShapedStr(text, cast(Any, shapes)), mode=2 if bold else None)
