"""The certificate page: who signed, how they were known, where anyone can check it; as many pages as it takes."""

import io
from collections.abc import Iterator

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from adapters.pdf.colour import HAIRLINE, INK, QUIET_INK, on_paper
from adapters.pdf.logo import readable_logo
from adapters.pdf.qr_code import QrCode, qr_code
from adapters.pdf.rows import ROOMY, TIGHT, Air, body, headed, rows
from adapters.pdf.strips import (
    BOTTOM,
    LEFT,
    PAGE,
    WIDTH,
    Strip,
    draw_strips,
    draw_text,
    lines,
    pages_of,
    rule,
    space,
    together,
)
from adapters.pdf.typesetting import BOLD, REGULAR, SMALLEST, fit_text, printable, set_text, width_of
from clinic.values.certificate import Certificate

LOGO_BOX = (150.0, 56.0)
HEADING = 20.0
NAME = 14.0
PADDING = 14.0


def draw_certificate(certificate: Certificate) -> bytes:
    """Draw in the calling thread; the same bytes for the same words."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, invariant=1, lang=certificate.language)
    canvas.setTitle(printable(certificate.heading))
    canvas.setAuthor(printable(certificate.organization_name))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    pages = _pages(certificate)
    for number, strips in enumerate(pages, start=1):
        draw_strips(canvas, strips)
        if len(pages) > 1:
            _draw_number(canvas, f"{number} / {len(pages)}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _pages(certificate: Certificate) -> list[list[Strip]]:
    """Closer together where that saves a page: the usual certificate, of one signer, is one page whole."""
    settings = [pages_of([*_strips(certificate, air)]) for air in (ROOMY, TIGHT)]
    return min(settings, key=len)


def _draw_number(canvas: Canvas, words: str) -> None:
    """Of the certificate's own pages, below the heading's margin: figures need no translation."""
    text = set_text(words, REGULAR, SMALLEST, WIDTH)
    draw_text(canvas, text, LEFT + WIDTH - width_of(words, REGULAR, SMALLEST), BOTTOM - 10, QUIET_INK)


def _strips(certificate: Certificate, air: Air) -> Iterator[Strip]:
    """The pages from top to bottom, as one."""
    brand = on_paper(certificate.brand_colour)
    yield _letterhead(certificate.organization_name, readable_logo(certificate.logo_png))
    yield space(8)
    yield rule(brand)
    yield space(14)
    yield from lines(set_text(certificate.heading, BOLD, HEADING, WIDTH, 1.25), brand)
    yield space(8)
    yield from lines(body(certificate.introduction, air=air), INK)
    yield from rows(certificate.facts, air)
    for entry in certificate.entries:
        first, *rest = [*rows(entry.rows, air)] or [space(0)]
        name = lines(set_text(entry.name, BOLD, NAME, WIDTH, 1.25), INK)
        yield from headed([space(air.above_rule * 4), *name], first)
        yield from rest
    yield together([space(air.above_rule * 4), _verify_panel(certificate, qr_code(certificate.verify_url))])


def _letterhead(organization_name: str, logo: ImageReader | None) -> Strip:
    """The logo, and the name beside it."""
    logo_width, logo_height = _fitted(logo) if logo else (0.0, 0.0)
    left = LEFT + (logo_width + 16 if logo else 0)
    name = fit_text(organization_name, BOLD, (15.0, 13.0, SMALLEST), LEFT + WIDTH - left, 2)
    height = max(logo_height, name.height)

    def draw(canvas: Canvas, top: float) -> None:
        if logo is not None:
            canvas.drawImage(logo, LEFT, top - logo_height, logo_width, logo_height)
        draw_text(canvas, name, left, top - (height - name.height) / 2, INK)

    return Strip(height, draw)


def _fitted(logo: ImageReader) -> tuple[float, float]:
    width, height = logo.getSize()
    scale = min(LOGO_BOX[0] / width, LOGO_BOX[1] / height)
    return width * scale, height * scale


def _verify_panel(certificate: Certificate, code: QrCode | None) -> Strip:
    """How to check it: in words, as an address to type, as a code to scan."""
    side = code.side if code else 0.0
    width = WIDTH - side - 2 * PADDING
    words = body(certificate.verify_words, width)
    address = set_text(certificate.verify_url, BOLD, SMALLEST, width)
    text_height = words.height + 6 + address.height
    height = max(side, text_height + 2 * PADDING)

    def draw(canvas: Canvas, top: float) -> None:
        canvas.setStrokeColorRGB(*HAIRLINE)
        canvas.setLineWidth(0.9)
        canvas.roundRect(LEFT, top - height, WIDTH, height, 8, stroke=1, fill=0)
        y = draw_text(canvas, words, LEFT + PADDING, top - (height - text_height) / 2, INK)
        draw_text(canvas, address, LEFT + PADDING, y - 6, INK)
        if code:
            code.draw(canvas, LEFT + WIDTH - side, top - (height - side) / 2)

    return Strip(height, draw)
