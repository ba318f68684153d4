"""The organization's logo made safe for the page: decoded, bounded, flattened on white. Never a reason to fail."""

import io
import struct
import zlib

from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

MOST_PIXELS = 16_000_000
"""A picture that unfolds to more is not drawn; 4000 × 4000 is far beyond any logo."""

DRAWN_PIXELS = (900, 400)

_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
"""What Pillow raises for PNG bytes that are cut, changed or lying about themselves."""


def readable_logo(png: bytes | None) -> ImageReader | None:
    """The logo ready to draw, or None if there is none or its bytes can't be read as a PNG of sensible size."""
    if not png:
        return None
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            coloured = picture.convert("RGBA")
    except _BROKEN:
        return None
    coloured.thumbnail(DRAWN_PIXELS)
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured)
    return ImageReader(flat)
