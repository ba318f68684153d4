"""One colour an organization chose, made into colours that can be read whatever it is (WCAG 2.2, 1.4.3 and 1.4.11).

The colour appears in three places only: the header, the primary button, and the focus ring.
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
    """What a stylesheet needs of an organization: its header, and its button and focus ring on light and dark pages."""

    header: Tone
    on_light: Tone
    on_dark: Tone


def theme_for(brand_colour: str) -> Theme:
    """The theme of a colour `#rrggbb`; anything else counts as no choice. Every pair of tones holds 4.5 : 1."""
    colour = brand_colour.strip().lower()
    if not _HEX_COLOUR.fullmatch(colour):
        colour = NEUTRAL
    return Theme(
        header=Tone(colour, _readable_on(colour)),
        on_light=_tone(colour, BLACK, LIGHT_PAGE, LIGHT_PANEL),
        on_dark=_tone(colour, WHITE, DARK_PAGE, DARK_PANEL),
    )


def theme_css(brand_colour: str) -> bytes:
    """The theme as custom properties. Made of validated hexadecimal colours alone: nothing typed reaches the CSS."""
    theme = theme_for(brand_colour)
    css = (
        f":root{{--header:{theme.header.fill};--on-header:{theme.header.text};{_accent(theme.on_light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_accent(theme.on_dark)}}}}}\n"
    )
    return css.encode()


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _accent(tone: Tone) -> str:
    return f"--accent:{tone.fill};--on-accent:{tone.text}"


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
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
