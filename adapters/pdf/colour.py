"""The colours of our PDFs, as ReportLab wants them. `clinic.values.colours` decides what can be read."""

from clinic.values import colours

Rgb = tuple[float, float, float]

INK: Rgb = (0.10, 0.10, 0.12)
QUIET_INK: Rgb = (0.29, 0.29, 0.32)
HAIRLINE: Rgb = (0.62, 0.64, 0.67)


def readable_on_white(brand_colour: str) -> Rgb:
    """The colour `#rrggbb`, darkened to the minimum contrast. Any other text gives `INK`."""
    colour = colours.readable_on_white(brand_colour)
    if colour is None:
        return INK
    red, green, blue = colours.channels(colour)
    return red / 255, green / 255, blue / 255
