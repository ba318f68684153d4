"""Draws the certificate: who signed, how each signer was authenticated, and where anyone can verify the file."""

import io
from collections.abc import Iterator

from reportlab.lib.utils import ImageReader

from adapters.pdf.colour import INK, QUIET_INK, readable_on_white
from adapters.pdf.layout import (
    LEFT,
    PAPERS,
    WIDTH,
    Paper,
    Strip,
    draw_element,
    draw_strips,
    draw_text,
    frame,
    keep_together,
    lines,
    paginate,
    rule,
    space,
)
from adapters.pdf.logo import draw_logo, readable_logo
from adapters.pdf.qr_code import QrCode, qr_code
from adapters.pdf.rows import COMPACT, NORMAL, Spacing, body, keep_with_heading, rows
from adapters.pdf.tagging import TaggedCanvas, heading, paragraph
from adapters.pdf.typesetting import BOLD, MIN_FONT_SIZE, REGULAR, fit_text, width_of, wrap_text
from clinic.values.certificate import Certificate

LOGO_BOX = (150.0, 56.0)
HEADING = 20.0
NAME = 14.0
PADDING = 14.0


def draw_certificate(certificate: Certificate) -> bytes:
    """Draw in the calling thread. Deterministic for the same certificate."""
    target = io.BytesIO()
    paper = PAPERS[certificate.paper]
    canvas = TaggedCanvas(
        target,
        paper.size,
        title=certificate.heading,
        author=certificate.organization_name,
        language=certificate.language,
        made=certificate.made_at,
    )
    pages = _pages(certificate, paper)
    for number, strips in enumerate(pages, start=1):
        draw_strips(canvas, strips, paper)
        if len(pages) > 1:
            _draw_number(canvas, f"{number} / {len(pages)}", paper.page_number)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _pages(certificate: Certificate, paper: Paper) -> list[list[Strip]]:
    """Uses the compact spacing only if it saves a page. The usual certificate has one signer and fits on one page."""
    settings = [paginate([*_strips(certificate, spacing)], paper) for spacing in (NORMAL, COMPACT)]
    return min(settings, key=len)


def _draw_number(canvas: TaggedCanvas, words: str, top: float) -> None:
    """Counts the certificate's own pages. It has digits only, so it needs no translation."""
    text = wrap_text(words, REGULAR, MIN_FONT_SIZE, WIDTH)
    with canvas.decoration("Pagination"):
        draw_text(canvas, text, LEFT + WIDTH - width_of(words, REGULAR, MIN_FONT_SIZE), top, QUIET_INK)


def _strips(certificate: Certificate, spacing: Spacing) -> Iterator[Strip]:
    """The strips from top to bottom, before pagination."""
    brand = readable_on_white(certificate.brand_colour)
    yield _letterhead(certificate.organization_name, readable_logo(certificate.logo_png))
    yield space(8)
    yield rule(brand)
    yield space(14)
    yield from lines(wrap_text(certificate.heading, BOLD, HEADING, WIDTH, 1.25), brand, heading(1))
    yield space(8)
    yield from lines(body(certificate.introduction, spacing=spacing), INK, paragraph())
    yield from rows(certificate.facts, spacing)
    for entry in certificate.entries:
        first, *rest = [*rows(entry.rows, spacing)] or [space(0)]
        name = lines(wrap_text(entry.name, BOLD, NAME, WIDTH, 1.25), INK, heading(2))
        yield from keep_with_heading([space(spacing.above_rule * 4), *name], first)
        yield from rest
    yield keep_together(
        [
            space(spacing.above_rule * 4),
            _verify_panel(certificate, qr_code(certificate.verify_url, certificate.language)),
        ]
    )


def _letterhead(organization_name: str, logo: ImageReader | None) -> Strip:
    logo_width, logo_height = _fitted_size(logo) if logo else (0.0, 0.0)
    left = LEFT + (logo_width + 16 if logo else 0)
    name = fit_text(organization_name, BOLD, (15.0, 13.0, MIN_FONT_SIZE), LEFT + WIDTH - left, 2)
    height = max(logo_height, name.height)

    def draw(canvas: TaggedCanvas, top: float) -> None:
        if logo is not None:
            draw_logo(canvas, logo, LEFT, top, logo_width, logo_height)
        draw_element(canvas, paragraph(), name, left, top - (height - name.height) / 2, INK)

    return Strip(height, draw)


def _fitted_size(logo: ImageReader) -> tuple[float, float]:
    width, height = logo.getSize()
    scale = min(LOGO_BOX[0] / width, LOGO_BOX[1] / height)
    return width * scale, height * scale


def _verify_panel(certificate: Certificate, code: QrCode | None) -> Strip:
    """How to verify the file: instructions, the address, and a QR code."""
    side = code.side if code else 0.0
    width = WIDTH - side - 2 * PADDING
    words = body(certificate.verify_words, width)
    address = wrap_text(certificate.verify_url, BOLD, MIN_FONT_SIZE, width)
    text_height = words.height + 6 + address.height
    height = max(side, text_height + 2 * PADDING)

    def draw(canvas: TaggedCanvas, top: float) -> None:
        frame(canvas, top, height)
        y = draw_element(canvas, paragraph(), words, LEFT + PADDING, top - (height - text_height) / 2, INK)
        draw_element(canvas, paragraph(), address, LEFT + PADDING, y - 6, INK)
        if code:
            code.draw(canvas, LEFT + WIDTH - side, top - (height - side) / 2)

    return Strip(height, draw)
