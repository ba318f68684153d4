"""Finds letters in fonts that the file does not contain: on a machine without such a font the page is blank there.

Every program brings the 14 standard fonts (ISO 32000-2 section 9.6.2.2), and draws Arial and Times New Roman with them.
Everything else must be embedded: pdfium draws the same page in different ways with its other stand-ins.
"""

from collections.abc import Iterator

import pikepdf
from reportlab.pdfbase._fontdata import encodings  # type: ignore[import-not-found]  # the stubs lack it

_EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")
_SYMBOL_FONTS = frozenset({"Symbol", "ZapfDingbats"})
_STANDARD_FAMILIES = ("Helvetica", "Arial", "Times", "Courier")
_LATIN_ENCODINGS = frozenset({"/StandardEncoding", "/WinAnsiEncoding", "/MacRomanEncoding", "/PDFDocEncoding"})
_SYMBOLIC = 1 << 2
_MAX_DEPTH = 20

# The glyph names of those four encodings.
_LATIN_GLYPHS = frozenset(
    name for key in ("Standard", "WinAnsi", "MacRoman", "PDFDoc") for name in encodings[f"{key}Encoding"] if name
) | {".notdef", "nbspace", "sfthyphen"}


def needs_font_of_machine(pdf: pikepdf.Pdf) -> bool:
    """Whether a page uses a font that only some machines have. Changes the opened file, so do not save it."""
    pdf.remove_unreferenced_resources()
    seen: set[tuple[int, int]] = set()
    return any(
        not _is_embedded(font) and not _is_latin(font)
        for page in pdf.pages
        for font in _fonts_in(page.obj.get("/Resources"), seen, 0)
    )


def _fonts_in(resources: object, seen: set[tuple[int, int]], depth: int) -> Iterator[pikepdf.Object]:
    """The fonts of the resources, and of the forms and patterns in them."""
    if not isinstance(resources, pikepdf.Dictionary) or depth > _MAX_DEPTH:
        return
    fonts = resources.get("/Font")
    if isinstance(fonts, pikepdf.Dictionary):
        yield from (font for font in fonts.as_dict().values() if isinstance(font, pikepdf.Dictionary))
    for kind in ("/XObject", "/Pattern"):
        inside = resources.get(kind)
        if not isinstance(inside, pikepdf.Dictionary):
            continue
        for each in inside.as_dict().values():
            if isinstance(each, pikepdf.Stream) and each.objgen not in seen:
                seen.add(each.objgen)
                yield from _fonts_in(each.get("/Resources"), seen, depth + 1)


def _is_embedded(font: pikepdf.Object) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True
    if font.get("/Subtype") == "/Type0":
        descendants = font.get("/DescendantFonts")
        below = list(descendants) if isinstance(descendants, pikepdf.Array) else []
        return bool(below) and all(_has_file(each) for each in below)
    return _has_file(font)


def _has_file(font: pikepdf.Object) -> bool:
    descriptor = font.get("/FontDescriptor")
    return isinstance(descriptor, pikepdf.Dictionary) and any(key in descriptor for key in _EMBEDDED)


def _is_latin(font: pikepdf.Object) -> bool:
    """Whether all letters that the font is asked for are in the fonts that every program brings."""
    if font.get("/Subtype") == "/Type0":
        return False
    name = str(font.get("/BaseFont", "")).lstrip("/").partition("+")[2] or str(font.get("/BaseFont", "")).lstrip("/")
    if name in _SYMBOL_FONTS:
        return True
    if not name.startswith(_STANDARD_FAMILIES):
        return False
    descriptor = font.get("/FontDescriptor")
    if isinstance(descriptor, pikepdf.Dictionary) and int(descriptor.get("/Flags", 0)) & _SYMBOLIC:
        return "/Encoding" in font and _is_latin_encoding(font["/Encoding"])
    return "/Encoding" not in font or _is_latin_encoding(font["/Encoding"])


def _is_latin_encoding(encoding: pikepdf.Object) -> bool:
    if isinstance(encoding, pikepdf.Name):
        return str(encoding) in _LATIN_ENCODINGS
    if not isinstance(encoding, pikepdf.Dictionary):
        return False
    base = encoding.get("/BaseEncoding")
    if base is not None and str(base) not in _LATIN_ENCODINGS:
        return False
    differences = encoding.get("/Differences")
    named = list(differences) if isinstance(differences, pikepdf.Array) else []
    return all(str(each).lstrip("/") in _LATIN_GLYPHS for each in named if isinstance(each, pikepdf.Name))
