"""Redraws one picture as a logo, on a white plate of its own (decision 0041).

Only pixels of the picture reach the result: no metadata, no palette, no transparency, no second frame.
"""

import io
import struct
import zlib

from PIL import Image, ImageChops, ImageCms, ImageOps, UnidentifiedImageError

from clinic.values.limits import FEWEST_LOGO_PIXELS, MOST_LOGO_PIXELS
from clinic.values.logo import DrawnLogo, LogoProblem, LogoRefused

FORMATS = ("PNG", "JPEG", "WEBP")

# A letter shows the logo 56 px high and at most 280 px wide; twice that is sharp on every screen.
SCREEN_SIZE = (560, 112)
# 150 by 64 points at 400 dots per inch.
PRINT_SIZE = (840, 360)
ICON_SIDE = 64
# The plate's rim, as a part of the picture's height. It keeps a dark logo apart from a dark page.
RIM = 0.09
LARGEST_SCREEN_BYTES = 100_000
# From most to fewest colours: photographs as logos become small enough this way.
PALETTES = (256, 128, 64, 32, 16)

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, KeyError, IndexError)
"""What Pillow raises for truncated, damaged or inconsistent files."""


def draw_logo(content: bytes) -> DrawnLogo:
    """The logo in each size. Raises `LogoRefused`."""
    picture = _without_margin(_opened(content))
    screen = _fitted(picture, SCREEN_SIZE)
    return DrawnLogo(
        png=_small_png(screen),
        print_png=_png(_fitted(picture, PRINT_SIZE)),
        icon_png=_small_png(_icon(picture)),
    )


def _opened(content: bytes) -> Image.Image:
    """The picture on white, upright, in sRGB."""
    _refuse_known_others(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_LOGO_PIXELS:
                raise LogoRefused(LogoProblem.TOO_MANY_PIXELS)
            if picture.mode in ("CMYK", "YCCK"):
                raise LogoRefused(LogoProblem.CMYK)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            profile = picture.info.get("icc_profile")
    except UnidentifiedImageError:
        raise LogoRefused(LogoProblem.NOT_A_PICTURE) from None
    except Image.DecompressionBombError:
        raise LogoRefused(LogoProblem.TOO_MANY_PIXELS) from None
    except _BROKEN:
        raise LogoRefused(LogoProblem.BROKEN) from None
    if max(upright.size) < FEWEST_LOGO_PIXELS:
        raise LogoRefused(LogoProblem.TOO_SMALL)
    return _on_white(upright, profile)


def _refuse_known_others(content: bytes) -> None:
    """Name what people send most often by mistake, so that the refusal can say what to do instead."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<" and b"<svg" in content[:20_000].lower():
        raise LogoRefused(LogoProblem.SVG)
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis"):
        raise LogoRefused(LogoProblem.HEIC)


def _on_white(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Without transparency. The colours are converted to sRGB if the picture says what they are."""
    coloured = picture.convert("RGBA")
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured)
    if profile and picture.mode in ("RGB", "RGBA"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(flat, source, ImageCms.createProfile("sRGB"))
        except (ImageCms.PyCMSError, OSError, ValueError):
            return flat  # A damaged profile is left out, as browsers do.
        if converted is not None:
            return converted
    return flat


def _without_margin(picture: Image.Image) -> Image.Image:
    """Without the white around it, so that each logo fills its plate. Raises `LogoRefused` if nothing can be seen."""
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, "white"))
    box = difference.convert("L").point(lambda value: 255 if value > 8 else 0).getbbox()
    if box is None:
        raise LogoRefused(LogoProblem.EMPTY)
    return picture.crop(box)


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in the middle of a white plate that is as high as `size` and at most as wide."""
    width, height = size
    rim = round(height * RIM)
    inner = _resized(picture, (width - 2 * rim, height - 2 * rim))
    plate = Image.new("RGB", (inner.width + 2 * rim, height), "white")
    plate.paste(inner, (rim, (height - inner.height) // 2))
    return plate


def _icon(picture: Image.Image) -> Image.Image:
    rim = round(ICON_SIDE * RIM)
    inner = _resized(picture, (ICON_SIDE - 2 * rim, ICON_SIDE - 2 * rim))
    plate = Image.new("RGB", (ICON_SIDE, ICON_SIDE), "white")
    plate.paste(inner, ((ICON_SIDE - inner.width) // 2, (ICON_SIDE - inner.height) // 2))
    return plate


def _resized(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """As large as fits into the box, in the same proportions, and never empty."""
    share = min(box[0] / picture.width, box[1] / picture.height)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def _small_png(picture: Image.Image) -> bytes:
    """A PNG of at most 100 kB, with fewer colours if it needs that."""
    made = _png(picture)
    for colours in PALETTES:
        if len(made) <= LARGEST_SCREEN_BYTES:
            break
        made = _png(picture.quantize(colours, dither=Image.Dither.NONE))
    return made
