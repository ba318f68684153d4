"""Page layout for all our PDFs: a page is a column of strips, and a strip is never broken across pages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.bidirectional import is_right_to_left
from adapters.pdf.colour import HAIRLINE, Rgb
from adapters.pdf.scripts import draw_line, is_simple, width_of_line
from adapters.pdf.tagging import Element, TaggedCanvas
from adapters.pdf.typesetting import TextBlock
from clinic.values.paper import PaperSize

PAGE = (595.28, 841.89)
"""A4 in points. All drawing code uses its coordinates; `Paper` says where they are on another sheet."""

LEFT = 56.0
WIDTH = PAGE[0] - 2 * LEFT
TOP = PAGE[1] - 62.0
BOTTOM = 62.0


@dataclass(frozen=True)
class Paper:
    """A sheet of paper, with the same column of text as A4 in the middle of it.

    `bottom` is the lowest y coordinate of the text, in the coordinates of A4, as those of `origin` are.
    """

    size: tuple[float, float]
    bottom: float
    origin: tuple[float, float] = (0.0, 0.0)

    @property
    def height(self) -> float:
        """The height of the column."""
        return TOP - self.bottom

    @property
    def page_number(self) -> float:
        """The y coordinate of the page number's top."""
        return self.bottom - 10


_LETTER = (612.0, 792.0)
_LETTER_MARGIN = 50.0
"""Above and below the text. It is narrower than on A4, so that a sheet of one page stays one."""

PAPERS = {
    PaperSize.A4: Paper(PAGE, BOTTOM),
    PaperSize.LETTER: Paper(
        _LETTER,
        bottom=TOP - (_LETTER[1] - 2 * _LETTER_MARGIN),
        origin=((_LETTER[0] - PAGE[0]) / 2, _LETTER[1] - _LETTER_MARGIN - TOP),
    ),
}

rl_config.useA85 = 0  # a global option, because ReportLab has none per document; ASCII85 takes twice the time


@dataclass(frozen=True)
class Strip:
    """A full-width piece of a page. `draw` gets the canvas and the y coordinate of the strip's top."""

    height: float
    draw: Callable[[TaggedCanvas, float], None]


def height_of(strips: Sequence[Strip]) -> float:
    """The total height in points."""
    return sum(strip.height for strip in strips)


def space(height: float) -> Strip:
    """An empty strip."""
    return Strip(height, lambda canvas, top: None)


def rule(colour: Rgb, thickness: float = 3.0) -> Strip:
    """A horizontal line across the page."""

    def draw(canvas: TaggedCanvas, top: float) -> None:
        with canvas.decoration():
            canvas.setFillColorRGB(*colour)
            canvas.rect(LEFT, top - thickness, WIDTH, thickness, stroke=0, fill=1)

    return Strip(thickness, draw)


def frame(canvas: TaggedCanvas, top: float, height: float) -> None:
    """A thin frame across the page, with round corners."""
    with canvas.decoration():
        canvas.setStrokeColorRGB(*HAIRLINE)
        canvas.setLineWidth(0.9)
        canvas.roundRect(LEFT, top - height, WIDTH, height, 8, stroke=1, fill=0)


def lines(text: TextBlock, colour: Rgb, element: Element) -> Iterator[Strip]:
    """One strip for each line of the element, so that long text can continue on the next page."""
    for line in text.lines:
        single = TextBlock((line,), text.font, text.size, text.leading, text.width)
        yield Strip(single.height, partial(_draw_line, single, colour, element))


def _draw_line(line: TextBlock, colour: Rgb, element: Element, canvas: TaggedCanvas, top: float) -> None:
    with canvas.marked(element):
        draw_text(canvas, line, LEFT, top, colour)


def keep_together(strips: Sequence[Strip]) -> Strip:
    """Combine several strips into one, so that no page break separates them."""

    def draw(canvas: TaggedCanvas, top: float) -> None:
        for strip in strips:
            strip.draw(canvas, top)
            top -= strip.height

    return Strip(height_of(strips), draw)


def draw_element(
    canvas: TaggedCanvas, element: Element, text: TextBlock, left: float, top: float, colour: Rgb
) -> float:
    """Draw the element's lines as `draw_text` does."""
    with canvas.marked(element):
        return draw_text(canvas, text, left, top, colour)


def draw_text(canvas: Canvas, text: TextBlock, left: float, top: float, colour: Rgb) -> float:
    """Draw the lines from `top` down. Returns the y coordinate below them."""
    canvas.setFillColorRGB(*colour)
    canvas.setFont(text.font, text.size)
    for index, line in enumerate(text.lines):
        # Centre the letters vertically in the line for any leading.
        baseline = top - index * text.leading - text.leading / 2 - text.size * 0.36
        if is_simple(line):
            canvas.drawString(left, baseline, line)
        else:
            _draw_in_any_script(canvas, line, text, left, baseline, colour)
    return top - text.height


def _draw_in_any_script(canvas: Canvas, line: str, text: TextBlock, left: float, baseline: float, colour: Rgb) -> None:
    """A right-to-left line begins at the right of its column. The canvas's font is as before afterwards."""
    canvas.setStrokeColorRGB(*colour)
    if text.width and is_right_to_left(line):
        left += text.width - width_of_line(line, text.font, text.size)
    draw_line(canvas, line, text.font, text.size, left, baseline)
    canvas.setFont(text.font, text.size)


def paginate(strips: Sequence[Strip], paper: Paper) -> list[list[Strip]]:
    """Divide the strips into pages. A strip that is taller than a page gets its own page."""
    pages: list[list[Strip]] = [[]]
    y = TOP
    for strip in strips:
        if y - strip.height < paper.bottom - 0.01 and y < TOP:
            pages.append([])
            y = TOP
        pages[-1].append(strip)
        y -= strip.height
    return pages


def draw_strips(canvas: TaggedCanvas, strips: Sequence[Strip], paper: Paper) -> None:
    """Draw the strips of one page. What is drawn on the page afterwards uses the coordinates of A4, too."""
    if any(paper.origin):
        canvas.translate(*paper.origin)
    y = TOP
    for strip in strips:
        strip.draw(canvas, y)
        y -= strip.height
