"""A page as strips, one below the other, none of them ever broken: what every drawing of ours is made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import Rgb
from adapters.pdf.typesetting import SetText

PAGE = (595.28, 841.89)
"""A4 in points. Letter is wider and 50 points lower: the margins above and below stay clear of what it cuts."""

LEFT = 56.0
WIDTH = PAGE[0] - 2 * LEFT
TOP = PAGE[1] - 62.0
BOTTOM = 62.0

rl_config.useA85 = 0  # ReportLab knows no such setting per document; text-armoured streams cost twice the time


@dataclass(frozen=True)
class Strip:
    """A full-width piece of the page that is never broken. `draw` gets the canvas and the strip's upper edge."""

    height: float
    draw: Callable[[Canvas, float], None]


def height_of(strips: Sequence[Strip]) -> float:
    """Points from the first strip's upper edge to the last one's lower edge."""
    return sum(strip.height for strip in strips)


def space(height: float) -> Strip:
    """Nothing, so high."""
    return Strip(height, lambda canvas, top: None)


def rule(colour: Rgb, thickness: float = 3.0) -> Strip:
    """A line across the page."""

    def draw(canvas: Canvas, top: float) -> None:
        canvas.setFillColorRGB(*colour)
        canvas.rect(LEFT, top - thickness, WIDTH, thickness, stroke=0, fill=1)

    return Strip(thickness, draw)


def lines(text: SetText, colour: Rgb, left: float = LEFT) -> Iterator[Strip]:
    """One strip a line, so that a text of any length goes on over the page's end."""
    for line in text.lines:
        single = SetText((line,), text.font, text.size, text.leading)
        yield Strip(single.height, partial(_draw_line, single, colour, left))


def _draw_line(line: SetText, colour: Rgb, left: float, canvas: Canvas, top: float) -> None:
    draw_text(canvas, line, left, top, colour)


def together(strips: Sequence[Strip]) -> Strip:
    """Several strips as one that no page end parts."""

    def draw(canvas: Canvas, top: float) -> None:
        for strip in strips:
            strip.draw(canvas, top)
            top -= strip.height

    return Strip(height_of(strips), draw)


def draw_text(canvas: Canvas, text: SetText, left: float, top: float, colour: Rgb) -> float:
    """Draw the lines from `top` down and return where the next text begins."""
    canvas.setFillColorRGB(*colour)
    canvas.setFont(text.font, text.size)
    for index, line in enumerate(text.lines):
        # The baseline sits so that the letters' middle is the line's middle, whatever the leading.
        canvas.drawString(left, top - index * text.leading - text.leading / 2 - text.size * 0.36, line)
    return top - text.height


def pages_of(strips: Sequence[Strip]) -> list[list[Strip]]:
    """The strips page by page, as many on each as fit; one higher than a page has a page of its own."""
    pages: list[list[Strip]] = [[]]
    y = TOP
    for strip in strips:
        if y - strip.height < BOTTOM - 0.01 and y < TOP:
            pages.append([])
            y = TOP
        pages[-1].append(strip)
        y -= strip.height
    return pages


def draw_strips(canvas: Canvas, strips: Sequence[Strip]) -> None:
    """Draw one page's strips from the top."""
    y = TOP
    for strip in strips:
        strip.draw(canvas, y)
        y -= strip.height
