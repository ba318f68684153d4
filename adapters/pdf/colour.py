"""The organization's brand colour on white paper, darkened until it is readable."""

import re

Rgb = tuple[float, float, float]

INK: Rgb = (0.10, 0.10, 0.12)
QUIET_INK: Rgb = (0.29, 0.29, 0.32)
HAIRLINE: Rgb = (0.62, 0.64, 0.67)
MIN_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: contrast of text with its background."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def readable_on_white(brand_colour: str) -> Rgb:
    """The colour `#rrggbb`, darkened to the minimum contrast. Any other text gives `INK`."""
    if not _HEX.fullmatch(brand_colour):
        return INK
    colour: Rgb = (_channel(brand_colour, 1), _channel(brand_colour, 3), _channel(brand_colour, 5))
    while contrast_on_white(colour) < MIN_CONTRAST:
        colour = (colour[0] * 0.95, colour[1] * 0.95, colour[2] * 0.95)
    return colour


def contrast_on_white(colour: Rgb) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    red, green, blue = (_linear(channel) for channel in colour)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _channel(code: str, start: int) -> float:
    return int(code[start : start + 2], 16) / 255


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
