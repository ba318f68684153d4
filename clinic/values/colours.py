"""The colour an organization chose, made into colours that can be read whatever it is (WCAG 2.2, 1.4.3 and 1.4.11).

Pages use it in three places only: the header, the primary button and the focus ring. Letters use it for the button and
the link, printed sheets for headings and rules.
"""

import re
from dataclasses import dataclass

# Text needs 4.5 : 1 and shapes 3 : 1; the button and the ring are held to the stricter one, so one colour serves both.
TEXT_CONTRAST = 4.5

# The pages' own backgrounds, the same as in portal.css; a test compares them.
LIGHT_PAGE = "#ffffff"
DARK_PAGE = "#15191d"
# Where a button may stand besides the page: the panels of a page.
LIGHT_PANEL = "#f2f5f7"
DARK_PANEL = "#20262c"

BLACK = "#000000"
WHITE = "#ffffff"
NEUTRAL = "#33475b"
_STEPS = 100

_HEX_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Tone:
    """A fill, and what is written on it."""

    fill: str
    text: str


@dataclass(frozen=True)
class Theme:
    """The header of an organization, and its button and focus ring on light and on dark pages."""

    header: Tone
    on_light: Tone
    on_dark: Tone


def theme_for(brand_colour: str) -> Theme:
    """The theme of a colour `#rrggbb`; anything else counts as no choice. Every pair of tones holds 4.5 : 1."""
    colour = brand_colour.strip().lower()
    if not is_colour(colour):
        colour = NEUTRAL
    return Theme(
        header=Tone(colour, _readable_on(colour)),
        on_light=_tone(colour, BLACK, LIGHT_PAGE, LIGHT_PANEL),
        on_dark=_tone(colour, WHITE, DARK_PAGE, DARK_PANEL),
    )


def is_colour(text: str) -> bool:
    """Whether the text is a colour as `#rrggbb`."""
    return _HEX_COLOUR.fullmatch(text.lower()) is not None


def readable_on_white(brand_colour: str) -> str | None:
    """The colour, darkened until it can be read on white paper. None for a text that is no colour."""
    colour = brand_colour.strip().lower()
    return _tone(colour, BLACK, WHITE).fill if is_colour(colour) else None


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _tone(colour: str, towards: str, *grounds: str) -> Tone:
    """The nearest colour on the way to black or white that stands out from every ground."""
    for step in range(_STEPS + 1):
        fill = _mix(colour, towards, step / _STEPS)
        if all(contrast(fill, ground) >= TEXT_CONTRAST for ground in grounds):
            return Tone(fill, _readable_on(fill))
    raise AssertionError("black and white stand out from every ground of ours")


def _readable_on(fill: str) -> str:
    """Black or white: one of the two always has at least 4.58 : 1."""
    return max(WHITE, BLACK, key=lambda text: contrast(fill, text))


def _mix(colour: str, towards: str, share: float) -> str:
    pairs = zip(channels(colour), channels(towards), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour `#rrggbb`, each from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
