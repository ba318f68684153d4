"""Draws the instruction sheet as one PDF page, in large type."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.lib.utils import ImageReader

from adapters.pdf.colour import INK, QUIET_INK, readable_on_white
from adapters.pdf.layout import (
    LEFT,
    PAPERS,
    WIDTH,
    Strip,
    draw_element,
    draw_strips,
    frame,
    height_of,
    keep_together,
    lines,
    paginate,
    rule,
    space,
)
from adapters.pdf.logo import draw_logo, readable_logo
from adapters.pdf.qr_code import QrCode, qr_code
from adapters.pdf.tagging import Element, TaggedCanvas, heading, item, item_list, paragraph
from adapters.pdf.typesetting import BOLD, MIN_FONT_SIZE, REGULAR, TextBlock, fit_text, printable, wrap_text
from clinic.values.instruction_sheet import InstructionSheet

LOGO_BOX = (150.0, 64.0)
LARGE_ADDRESS = 18.0
"""Points. If the address would be smaller than this beside the QR code, it gets the full width above the code."""
NUMBER_COLUMN = 26.0


@dataclass(frozen=True)
class Density:
    """Sizes and spacing of the page. The first density that fits on one page is used."""

    body: float
    spacing: float
    gap: float
    large: float
    logo: float
    padding: float = 14.0
    terse: bool = False
    """The postal address is on one line, and the QR code is beside the portal address."""


DENSITIES = (
    Density(body=12.5, spacing=1.42, gap=18.0, large=1.0, logo=1.0),
    Density(body=12.0, spacing=1.38, gap=14.0, large=0.92, logo=1.0),
    Density(body=11.5, spacing=1.34, gap=10.0, large=0.84, logo=0.85),
    Density(body=MIN_FONT_SIZE, spacing=1.28, gap=6.0, large=0.74, logo=0.6),
    Density(body=MIN_FONT_SIZE, spacing=1.24, gap=5.0, large=0.74, logo=0.4, padding=8.0, terse=True),
)


def draw_instruction_sheet(sheet: InstructionSheet) -> bytes:
    """Draw in the calling thread. There is a second page only if the tightest density overflows the first."""
    paper = PAPERS[sheet.paper]
    logo = readable_logo(sheet.logo_png)
    code = qr_code(sheet.qr_target, sheet.language)
    settings = ([*_strips(sheet, logo, code, density)] for density in DENSITIES)
    strips = next((strips for strips in settings if height_of(strips) <= paper.height), None)
    if strips is None:
        strips = [*_strips(sheet, logo, code, DENSITIES[-1])]
    target = io.BytesIO()
    canvas = TaggedCanvas(
        target,
        paper.size,
        title=sheet.title,
        author=sheet.organization_name,
        language=sheet.language,
        made=sheet.made_at,
    )
    for page in paginate(strips, paper):
        draw_strips(canvas, page, paper)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _strips(
    sheet: InstructionSheet, logo: ImageReader | None, code: QrCode | None, density: Density
) -> Iterator[Strip]:
    """The strips from top to bottom."""
    brand = readable_on_white(sheet.brand_colour)
    yield _letterhead(sheet, logo, density)
    yield space(density.gap * 0.6)
    yield rule(brand)
    yield space(density.gap)
    yield from lines(_large(sheet.title, 23, density, WIDTH, 2), brand, heading(1))
    yield space(density.gap * 0.5)
    yield from lines(_body(sheet.prepared_for, density), QUIET_INK, paragraph())
    yield from lines(_large(sheet.person_name, 17, density, WIDTH, 2), INK, paragraph())
    yield space(density.gap * 0.6)
    yield from lines(_body(sheet.introduction, density), INK, paragraph())
    yield space(density.gap)
    yield _portal_panel(sheet, code, density)
    yield space(density.gap)
    whole = item_list(ordered=True)
    steps = [_step(number, step, item(whole), density) for number, step in enumerate(sheet.steps, start=1)]
    above = lines(_large(sheet.steps_heading, 15, density, WIDTH, 2), brand, heading(2))
    yield keep_together([*above, *steps[:1]])
    yield from steps[1:]
    yield space(density.gap)
    yield _pin_panel(sheet, density)
    yield space(density.gap)
    yield from lines(_body(sheet.help_line, density, BOLD), INK, paragraph())
    yield space(density.gap * 0.3)
    yield from lines(_body(sheet.printed_on, density), QUIET_INK, paragraph())


def _letterhead(sheet: InstructionSheet, logo: ImageReader | None, density: Density) -> Strip:
    """Logo at the left; name, address and phone beside it."""
    logo_width, logo_height = _logo_size(logo, density)
    text_left = LEFT + (logo_width + 18 if logo_width else 0)
    text_width = LEFT + WIDTH - text_left
    texts = [_large(sheet.organization_name, 17, density, text_width, 2)]
    texts += [
        wrap_text(line, REGULAR, MIN_FONT_SIZE, text_width, density.spacing) for line in _contact_lines(sheet, density)
    ]

    def draw(canvas: TaggedCanvas, top: float) -> None:
        if logo is not None:
            draw_logo(canvas, logo, LEFT, top, logo_width, logo_height)
        y = top
        for index, text in enumerate(texts):
            y = draw_element(canvas, paragraph(), text, text_left, y, INK if index == 0 else QUIET_INK)

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
    """The portal address with the QR code beside it, or below it if the address would become too small."""
    if code is None or density.terse:
        return _code_beside(sheet, code, density)
    beside = fit_text(sheet.portal_address, BOLD, [LARGE_ADDRESS], WIDTH - code.side - 2 * density.padding, 1)
    return _code_beside(sheet, code, density) if len(beside.lines) == 1 else _code_below(sheet, code, density)


def _code_beside(sheet: InstructionSheet, code: QrCode | None, density: Density) -> Strip:
    side = code.side if code else 0.0
    text_width = WIDTH - side - 2 * density.padding
    label = wrap_text(sheet.portal_label, REGULAR, density.body, text_width, density.spacing)
    address = fit_text(sheet.portal_address, BOLD, _sizes(21), text_width, 2)
    caption = wrap_text(sheet.qr_caption, REGULAR, density.body, text_width, density.spacing)
    gap = density.gap * 0.5
    text_height = label.height + address.height + (caption.height + gap if code else 0.0)
    height = max(side, text_height + 2 * density.padding)

    def draw(canvas: TaggedCanvas, top: float) -> None:
        frame(canvas, top, height)
        y = top - (height - text_height) / 2
        y = draw_element(canvas, paragraph(), label, LEFT + density.padding, y, QUIET_INK)
        y = draw_element(canvas, paragraph(), address, LEFT + density.padding, y, INK)
        if code:
            draw_element(canvas, paragraph(), caption, LEFT + density.padding, y - gap, QUIET_INK)
            code.draw(canvas, LEFT + WIDTH - side, top - (height - side) / 2)

    return Strip(height, draw)


def _code_below(sheet: InstructionSheet, code: QrCode, density: Density) -> Strip:
    label = wrap_text(sheet.portal_label, REGULAR, density.body, WIDTH - 2 * density.padding, density.spacing)
    address = fit_text(sheet.portal_address, BOLD, _sizes(21), WIDTH - 2 * density.padding, 1)
    caption = wrap_text(
        sheet.qr_caption, REGULAR, density.body, WIDTH - code.side - 2 * density.padding, density.spacing
    )
    # The QR code includes its own white margin.
    height = density.padding + label.height + address.height + code.side

    def draw(canvas: TaggedCanvas, top: float) -> None:
        frame(canvas, top, height)
        y = draw_element(canvas, paragraph(), label, LEFT + density.padding, top - density.padding, QUIET_INK)
        y = draw_element(canvas, paragraph(), address, LEFT + density.padding, y, INK)
        caption_left = LEFT + code.side + density.padding * 0.5
        draw_element(canvas, paragraph(), caption, caption_left, y - (code.side - caption.height) / 2, QUIET_INK)
        code.draw(canvas, LEFT, y)

    return Strip(height, draw)


def _pin_panel(sheet: InstructionSheet, density: Density) -> Strip:
    """The PIN in large type with its explanation beside it."""
    pin_column = WIDTH * 0.46
    note_left = LEFT + pin_column + density.padding
    label = wrap_text(sheet.pin_label, REGULAR, density.body, pin_column - density.padding, density.spacing)
    pin = fit_text(sheet.pin, BOLD, _sizes(30 * density.large), pin_column - density.padding, 1)
    note = wrap_text(sheet.pin_note, REGULAR, density.body, LEFT + WIDTH - density.padding - note_left, density.spacing)
    text_height = label.height + pin.height
    height = max(text_height, note.height) + 2 * density.padding

    def draw(canvas: TaggedCanvas, top: float) -> None:
        frame(canvas, top, height)
        y = top - (height - text_height) / 2
        y = draw_element(canvas, paragraph(), label, LEFT + density.padding, y, QUIET_INK)
        draw_element(canvas, paragraph(), pin, LEFT + density.padding, y, INK)
        draw_element(canvas, paragraph(), note, note_left, top - (height - note.height) / 2, INK)

    return Strip(height, draw)


def _step(number: int, step: str, elements: tuple[Element, Element], density: Density) -> Strip:
    gap = density.gap * 0.4
    text = wrap_text(step, REGULAR, density.body, WIDTH - NUMBER_COLUMN, density.spacing)
    numeral = TextBlock((f"{number}.",), BOLD, density.body, text.leading)

    def draw(canvas: TaggedCanvas, top: float) -> None:
        draw_element(canvas, elements[0], numeral, LEFT, top - gap, INK)
        draw_element(canvas, elements[1], text, LEFT + NUMBER_COLUMN, top - gap, INK)

    return Strip(gap + text.height, draw)


def _body(text: str, density: Density, font: str = REGULAR) -> TextBlock:
    return wrap_text(text, font, density.body, WIDTH, density.spacing)


def _large(text: str, size: float, density: Density, width: float, max_lines: int) -> TextBlock:
    return fit_text(text, BOLD, _sizes(size * density.large), width, max_lines)


def _sizes(largest: float) -> list[float]:
    """Font sizes in steps of half a point, from the largest down to the minimum."""
    sizes = [largest]
    while sizes[-1] > MIN_FONT_SIZE:
        sizes.append(max(MIN_FONT_SIZE, sizes[-1] - 0.5))
    return sizes
