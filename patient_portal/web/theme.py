"""The custom properties of the stylesheet that differ between organizations."""

from functools import lru_cache

from clinic.values.colours import Tone, theme_for


@lru_cache(maxsize=256)
def theme_css(brand_colour: str) -> bytes:
    """The theme as custom properties. Made of validated hexadecimal colours alone: nothing typed reaches the CSS."""
    theme = theme_for(brand_colour)
    css = (
        f":root{{--header:{theme.header.fill};--on-header:{theme.header.text};{_accent(theme.on_light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_accent(theme.on_dark)}}}}}\n"
    )
    return css.encode()


def _accent(tone: Tone) -> str:
    return f"--accent:{tone.fill};--on-accent:{tone.text}"
