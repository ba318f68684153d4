"""The instruction sheet as one PDF page that prints whole on A4 and on Letter, to be read by tired eyes."""

import asyncio
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK, Rgb, on_paper
from adapters.pdf.logo import readable_logo
from adapters.pdf.qr_code import QrCode, qr_code
from adapters.pdf.typesetting import BOLD, REGULAR, SMALLEST, SetText, fit_text, printable, set_text
from clinic.portal_access.sheet import InstructionSheet

PAGE = (595.28, 841.89)
"""A4 in points. Letter is wider and 50 points lower: the margins above and below stay clear of what it cuts."""

LEFT = 56.0
WIDTH = PAGE[0] - 2 * LEFT
TOP = PAGE[1] - 62.0
BOTTOM = 62.0
LOGO_BOX = (150.0, 64.0)
LARGE_ADDRESS = 18.0
"""Points; an address that would be smaller beside the QR code gets the full width above it."""
NUMBER_COLUMN = 26.0

rl_config.useA85 = 0  # ReportLab knows no such setting per document; text-armoured streams cost twice the time


@dataclass(frozen=True)
class Density:
    """How generously the page is set. The first density that fits on one page is taken."""

    body: float
    spacing: float
    gap: float
    large: float
    logo: float
    padding: float = 14.0
    terse: bool = False
    """Address lines run on instead of standing under each other, and the QR code stands beside the address."""


DENSITIES = (
    Density(body=12.5, spacing=1.42, gap=18.0, large=1.0, logo=1.0),
    Density(body=12.0, spacing=1.38, gap=14.0, large=0.92, logo=1.0),
    Density(body=11.5, spacing=1.34, gap=10.0, large=0.84, logo=0.85),
    Density(body=SMALLEST, spacing=1.28, gap=6.0, large=0.74, logo=0.6),
    Density(body=SMALLEST, spacing=1.24, gap=5.0, large=0.74, logo=0.4, padding=8.0, terse=True),
)


@dataclass(frozen=True)
class Strip:
    """A full-width piece of the page that is never broken. `draw` gets the canvas and the strip's upper edge."""

    height: float
    draw: Callable[[Canvas, float], None]


class ReportlabRenderer:
    """Draws with ReportLab in one thread of its own: ReportLab's fonts are shared, and two threads gain nothing."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdf")

    async def instruction_sheet(self, sheet: InstructionSheet) -> bytes:
        """The sheet as a PDF; the same bytes for the same sheet."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, draw_instruction_sheet, sheet)


def draw_instruction_sheet(sheet: InstructionSheet) -> bytes:
    """Draw in the calling thread. A second page is used only if the smallest setting overflows the first."""
    logo = readable_logo(sheet.logo_png)
    code = qr_code(sheet.qr_target)
    settings = ([*_strips(sheet, logo, code, density)] for density in DENSITIES)
    strips = next((strips for strips in settings if _height(strips) <= TOP - BOTTOM), None)
    if strips is None:
        strips = [*_strips(sheet, logo, code, DENSITIES[-1])]
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, invariant=1, lang=sheet.language)
    canvas.setTitle(printable(sheet.title))
    canvas.setAuthor(printable(sheet.organization_name))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    _draw_pages(canvas, strips)
    canvas.save()
    return target.getvalue()


def _height(strips: list[Strip]) -> float:
    return sum(strip.height for strip in strips)


def _draw_pages(canvas: Canvas, strips: list[Strip]) -> None:
    y = TOP
    for strip in strips:
        if y - strip.height < BOTTOM - 0.01 and y < TOP:
            canvas.showPage()
            y = TOP
        strip.draw(canvas, y)
        y -= strip.height
    canvas.showPage()


def _strips(
    sheet: InstructionSheet, logo: ImageReader | None, code: QrCode | None, density: Density
) -> Iterator[Strip]:
    """The page from top to bottom."""
    brand = on_paper(sheet.brand_colour)
    yield _letterhead(sheet, logo, density)
    yield _gap(density.gap * 0.6)
    yield _rule(brand)
    yield _gap(density.gap)
    yield from _lines(_large(sheet.title, 23, density, WIDTH, 2), brand)
    yield _gap(density.gap * 0.5)
    yield from _lines(_body(sheet.prepared_for, density), QUIET_INK)
    yield from _lines(_large(sheet.person_name, 17, density, WIDTH, 2), INK)
    yield _gap(density.gap * 0.6)
    yield from _lines(_body(sheet.introduction, density), INK)
    yield _gap(density.gap)
    yield _portal_panel(sheet, code, density)
    yield _gap(density.gap)
    steps = [_step(number, step, density) for number, step in enumerate(sheet.steps, start=1)]
    heading = _lines(_large(sheet.steps_heading, 15, density, WIDTH, 2), brand)
    yield _together([*heading, *steps[:1]])
    yield from steps[1:]
    yield _gap(density.gap)
    yield _pin_panel(sheet, density)
    yield _gap(density.gap)
    yield from _lines(_body(sheet.help_line, density, BOLD), INK)
    yield _gap(density.gap * 0.3)
    yield from _lines(_body(sheet.printed_on, density), QUIET_INK)


def _letterhead(sheet: InstructionSheet, logo: ImageReader | None, density: Density) -> Strip:
    """Logo at the left; name, address and phone beside it."""
    logo_width, logo_height = _logo_size(logo, density)
    text_left = LEFT + (logo_width + 18 if logo_width else 0)
    text_width = LEFT + WIDTH - text_left
    texts = [_large(sheet.organization_name, 17, density, text_width, 2)]
    texts += [set_text(line, REGULAR, SMALLEST, text_width, density.spacing) for line in _contact_lines(sheet, density)]

    def draw(canvas: Canvas, top: float) -> None:
        if logo is not None:
            canvas.drawImage(logo, LEFT, top - logo_height, logo_width, logo_height)
        y = top
        for index, text in enumerate(texts):
            y = _draw_text(canvas, text, text_left, y, INK if index == 0 else QUIET_INK)

    return Strip(max(logo_height, sum(text.height for text in texts)), draw)


def _contact_lines(sheet: InstructionSheet, density: Density) -> list[str]:
    address = [line for line in sheet.address_lines if printable(line)]
    if density.terse and address:
        address = [", ".join(address)]
    return [*address, sheet.phone] if printable(sheet.phone) else address


def _logo_size(logo: ImageReader | None, density: Density) -> tuple[float, float]:
    if logo is None:
        return 0.0, 0.0
    width, height = logo.getSize()
    scale = min(LOGO_BOX[0] / width, LOGO_BOX[1] / height) * density.logo
    return width * scale, height * scale


def _portal_panel(sheet: InstructionSheet, code: QrCode | None, density: Density) -> Strip:
    """The address to type and the code to scan: side by side where the address stays large so, else one below."""
    if code is None or density.terse:
        return _code_beside(sheet, code, density)
    beside = fit_text(sheet.portal_address, BOLD, [LARGE_ADDRESS], WIDTH - code.side - 2 * density.padding, 1)
    return _code_beside(sheet, code, density) if len(beside.lines) == 1 else _code_below(sheet, code, density)


def _code_beside(sheet: InstructionSheet, code: QrCode | None, density: Density) -> Strip:
    side = code.side if code else 0.0
    text_width = WIDTH - side - 2 * density.padding
    label = set_text(sheet.portal_label, REGULAR, density.body, text_width, density.spacing)
    address = fit_text(sheet.portal_address, BOLD, _sizes(21), text_width, 2)
    caption = set_text(sheet.qr_caption, REGULAR, density.body, text_width, density.spacing)
    gap = density.gap * 0.5
    text_height = label.height + address.height + (caption.height + gap if code else 0.0)
    height = max(side, text_height + 2 * density.padding)

    def draw(canvas: Canvas, top: float) -> None:
        _draw_frame(canvas, top, height)
        y = top - (height - text_height) / 2
        y = _draw_text(canvas, label, LEFT + density.padding, y, QUIET_INK)
        y = _draw_text(canvas, address, LEFT + density.padding, y, INK)
        if code:
            _draw_text(canvas, caption, LEFT + density.padding, y - gap, QUIET_INK)
            code.draw(canvas, LEFT + WIDTH - side, top - (height - side) / 2)

    return Strip(height, draw)


def _code_below(sheet: InstructionSheet, code: QrCode, density: Density) -> Strip:
    label = set_text(sheet.portal_label, REGULAR, density.body, WIDTH - 2 * density.padding, density.spacing)
    address = fit_text(sheet.portal_address, BOLD, _sizes(21), WIDTH - 2 * density.padding, 1)
    caption = set_text(
        sheet.qr_caption, REGULAR, density.body, WIDTH - code.side - 2 * density.padding, density.spacing
    )
    # The code brings its own white margin: none is added around it.
    height = density.padding + label.height + address.height + code.side

    def draw(canvas: Canvas, top: float) -> None:
        _draw_frame(canvas, top, height)
        y = _draw_text(canvas, label, LEFT + density.padding, top - density.padding, QUIET_INK)
        y = _draw_text(canvas, address, LEFT + density.padding, y, INK)
        caption_left = LEFT + code.side + density.padding * 0.5
        _draw_text(canvas, caption, caption_left, y - (code.side - caption.height) / 2, QUIET_INK)
        code.draw(canvas, LEFT, y)

    return Strip(height, draw)


def _pin_panel(sheet: InstructionSheet, density: Density) -> Strip:
    """The PIN, large, and beside it what it is for."""
    pin_column = WIDTH * 0.46
    note_left = LEFT + pin_column + density.padding
    label = set_text(sheet.pin_label, REGULAR, density.body, pin_column - density.padding, density.spacing)
    pin = fit_text(sheet.pin, BOLD, _sizes(30 * density.large), pin_column - density.padding, 1)
    note = set_text(sheet.pin_note, REGULAR, density.body, LEFT + WIDTH - density.padding - note_left, density.spacing)
    text_height = label.height + pin.height
    height = max(text_height, note.height) + 2 * density.padding

    def draw(canvas: Canvas, top: float) -> None:
        _draw_frame(canvas, top, height)
        y = top - (height - text_height) / 2
        y = _draw_text(canvas, label, LEFT + density.padding, y, QUIET_INK)
        _draw_text(canvas, pin, LEFT + density.padding, y, INK)
        _draw_text(canvas, note, note_left, top - (height - note.height) / 2, INK)

    return Strip(height, draw)


def _step(number: int, step: str, density: Density) -> Strip:
    gap = density.gap * 0.4
    text = set_text(step, REGULAR, density.body, WIDTH - NUMBER_COLUMN, density.spacing)
    numeral = SetText((f"{number}.",), BOLD, density.body, text.leading)

    def draw(canvas: Canvas, top: float) -> None:
        _draw_text(canvas, numeral, LEFT, top - gap, INK)
        _draw_text(canvas, text, LEFT + NUMBER_COLUMN, top - gap, INK)

    return Strip(gap + text.height, draw)


def _body(text: str, density: Density, font: str = REGULAR) -> SetText:
    return set_text(text, font, density.body, WIDTH, density.spacing)


def _large(text: str, size: float, density: Density, width: float, most_lines: int) -> SetText:
    return fit_text(text, BOLD, _sizes(size * density.large), width, most_lines)


def _sizes(largest: float) -> list[float]:
    """Half points downwards from the largest, never under the smallest that may be printed."""
    sizes = [largest]
    while sizes[-1] > SMALLEST:
        sizes.append(max(SMALLEST, sizes[-1] - 0.5))
    return sizes


def _lines(text: SetText, colour: Rgb) -> Iterator[Strip]:
    """One strip a line, so that a text of any length goes on over the page's end."""
    for line in text.lines:
        single = SetText((line,), text.font, text.size, text.leading)
        yield Strip(single.height, partial(_draw_line, single, colour))


def _draw_line(line: SetText, colour: Rgb, canvas: Canvas, top: float) -> None:
    _draw_text(canvas, line, LEFT, top, colour)


def _together(strips: list[Strip]) -> Strip:
    """Several strips as one that no page end parts."""

    def draw(canvas: Canvas, top: float) -> None:
        for strip in strips:
            strip.draw(canvas, top)
            top -= strip.height

    return Strip(_height(strips), draw)


def _gap(height: float) -> Strip:
    return Strip(height, lambda canvas, top: None)


def _rule(colour: Rgb) -> Strip:
    def draw(canvas: Canvas, top: float) -> None:
        canvas.setFillColorRGB(*colour)
        canvas.rect(LEFT, top - 3, WIDTH, 3, stroke=0, fill=1)

    return Strip(3, draw)


def _draw_frame(canvas: Canvas, top: float, height: float) -> None:
    canvas.setStrokeColorRGB(*HAIRLINE)
    canvas.setLineWidth(0.9)
    canvas.roundRect(LEFT, top - height, WIDTH, height, 8, stroke=1, fill=0)


def _draw_text(canvas: Canvas, text: SetText, left: float, top: float, colour: Rgb) -> float:
    """Draw the lines from `top` down and return where the next text begins."""
    canvas.setFillColorRGB(*colour)
    canvas.setFont(text.font, text.size)
    for index, line in enumerate(text.lines):
        # The baseline sits so that the letters' middle is the line's middle, whatever the leading.
        canvas.drawString(left, top - index * text.leading - text.leading / 2 - text.size * 0.36, line)
    return top - text.height
