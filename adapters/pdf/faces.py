"""The fonts of our PDFs, which of them has which letter, and a font class that embeds shaped glyphs.

DejaVu Sans comes first. The others are read from disk only when a text has a letter that DejaVu Sans lacks.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import uharfbuzz
from reportlab.pdfbase import pdfmetrics, ttfonts

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"

MACHINE_FOLDERS = (
    Path("~/.local/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts"),
    Path("/usr/share/fonts-droid-fallback"),
)
MACHINE_FILES = ("DroidSansFallback.ttf", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf")
"""Chinese, Japanese and Korean, the first that is found. ReportLab embeds TrueType outlines only."""

_FIRST_PRIVATE = 0xF0000
_MOST_PRIVATE = 0x1FFF0
_FORGET_GLYPHS_ABOVE = 60_000

Glyph = tuple[int, str]
"""A glyph's number, and the letters that it shows. The letters are empty if another glyph stands for them."""


class ShapedFont(ttfonts.TTFont):
    """A TrueType font that also embeds glyphs without a character of their own, such as ligatures.

    Each pair of glyph and letters gets a private character, which the drawing code uses. The PDF maps it back to the
    letters, so that copied text is what was typed.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self._private: dict[Glyph, int] = {}
        self._glyphs: dict[int, Glyph] = {}

    @property
    def units(self) -> int:
        """The font's units per em."""
        return int(self.shaper.face.upem)

    @property
    def shaper(self) -> Any:
        """HarfBuzz's view of the font."""
        if not hasattr(self, "_shaper"):
            self._shaper = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(cast(Any, self.face)._ttf_data)))
        return self._shaper

    def has(self, character: str) -> bool:
        """Whether the font itself has a glyph for the character."""
        return ord(character) < _FIRST_PRIVATE and ord(character) in self.face.charToGlyph

    def private_character(self, glyph: Glyph) -> str:
        """The character that draws this glyph in this process."""
        code = self._private.get(glyph)
        if code is None:
            if len(self._private) > _FORGET_GLYPHS_ABOVE and not self.state:
                self._forget_glyphs()
            if len(self._private) >= _MOST_PRIVATE:
                raise OverflowError("too many different glyphs in one document")
            code = _FIRST_PRIVATE + len(self._private)
            self._private[glyph] = code
            self._glyphs[code] = glyph
            self.face.charToGlyph[code] = glyph[0]
            self.face.charWidths[code] = self.shaper.get_glyph_h_advance(glyph[0]) * 1000 / self.units
        return chr(code)

    def _forget_glyphs(self) -> None:
        for code in self._glyphs:
            del self.face.charToGlyph[code], self.face.charWidths[code]
        self._private.clear()
        self._glyphs.clear()

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - ReportLab's name
        """Also replaces ReportLab's map from codes to letters where it knows no private characters."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            if all(code <= 0xFFFF for code in subset):
                continue
            name = b"".join((ttfonts.SUBSETN(number), b"+", self.face.name, self.face.subfontNameX)).decode("pdfdoc")
            doc.idToObject[f"toUnicodeCMap:{name}"].content = self._to_unicode(name, subset)

    def _to_unicode(self, name: str, subset: list[int]) -> str:
        plain = ttfonts.makeToUnicodeCMap(name, [code if code <= 0xFFFF else 0 for code in subset]).split("\n")
        start = next(index for index, line in enumerate(plain) if line.endswith("beginbfchar")) + 1
        kept = []
        for index, code in enumerate(subset):
            letters = self._glyphs[code][1] if code in self._glyphs else chr(code)
            if code:
                # Readers print the glyph's code if it has no letters at all, and skip the zero.
                kept.append(f"<{index:02X}> <{letters.encode('utf-16-be').hex().upper() or '0000'}>")
        plain[start - 1 : start + len(subset)] = [f"{len(kept)} beginbfchar", *kept]
        return "\n".join(plain)


@cache
def register_fonts() -> None:
    """Register DejaVu Sans with ReportLab, which embeds only the characters used."""
    folder = files("adapters.pdf").joinpath("fonts")
    for name in (REGULAR, BOLD):
        with as_file(folder.joinpath(f"{name}.ttf")) as path:
            pdfmetrics.registerFont(ShapedFont(name, str(path)))


def font_named(name: str) -> ShapedFont:
    """A registered font."""
    register_fonts()
    return cast(ShapedFont, pdfmetrics.getFont(name))


def font_for(letters: str, preferred: str) -> str | None:
    """The name of the first font that has all these letters, or None."""
    return next((name for name in _names(preferred) if all(map(font_named(name).has, letters))), None)


def _names(preferred: str) -> Iterator[str]:
    yield preferred
    if preferred != REGULAR:
        yield REGULAR
    for name, find in _OTHERS.items():
        if _is_registered(name, find):
            yield name


@cache
def _is_registered(name: str, find: Callable[[], Path | None]) -> bool:
    path = find()
    if path is not None:
        register_fonts()
        pdfmetrics.registerFont(ShapedFont(name, str(path)))
    return path is not None


def _devanagari() -> Path | None:
    return _only_file("fontpkg_noto_sans_devanagari")


def _thai() -> Path | None:
    return _only_file("fontpkg_noto_sans_thai")


def _only_file(package: str) -> Path | None:
    """The font file of an installed package. Its default weight is the regular one."""
    return next(Path(str(files(package).joinpath("files"))).glob("*.ttf"), None)


def east_asian_font(folders: Sequence[Path] = MACHINE_FOLDERS) -> Path | None:
    """The first of `MACHINE_FILES` that one of the folders has, at any depth."""
    for name in MACHINE_FILES:
        for folder in folders:
            found = min(folder.expanduser().rglob(name), default=None)
            if found is not None:
                return found
    return None


_OTHERS: dict[str, Callable[[], Path | None]] = {
    "NotoSansDevanagari": _devanagari,
    "NotoSansThai": _thai,
    "EastAsian": east_asian_font,
}
