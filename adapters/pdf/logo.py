"""Prepares the organization's logo for a page: decoded, limited in size, on white. An invalid logo is left out."""

import io
import struct
import zlib

from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

from adapters.pdf.tagging import TaggedCanvas

MAX_PIXELS = 16_000_000
"""A larger picture is not drawn, because decoding it could exhaust the memory."""

DRAWN_PIXELS = (900, 400)

_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
"""What Pillow raises for truncated, damaged or inconsistent PNG files."""


def readable_logo(png: bytes | None) -> ImageReader | None:
    """The logo ready to draw, or None if there is none, it is no valid PNG, or it is too large."""
    if not png:
        return None
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            coloured = picture.convert("RGBA")
    except _BROKEN:
        return None
    coloured.thumbnail(DRAWN_PIXELS)
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured)
    return ImageReader(flat)


def draw_logo(canvas: TaggedCanvas, logo: ImageReader, left: float, top: float, width: float, height: float) -> None:
    """Draw it as decoration: the organization's name stands beside it."""
    with canvas.decoration():
        canvas.drawImage(logo, left, top - height, width, height)
