"""Draws the demo practices' logos, so that no image files need to be shipped."""

import io
import math
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw

SIZE = 320
# The logo is drawn larger and scaled down for smooth edges.
_SUPERSAMPLING = 4

Point = tuple[float, float]
Colour = tuple[int, int, int, int]

_CREAM: Colour = (250, 248, 240, 255)


@cache
def willow_logo() -> bytes:
    """A willow twig over water, as PNG."""
    image, draw = _disc((47, 107, 87, 255))
    _stroke(draw, _curve((0.50, 0.17), (0.56, 0.36), (0.49, 0.52), (0.44, 0.70)), 0.016, _CREAM)
    for number, (x, y) in enumerate(((0.515, 0.25), (0.53, 0.36), (0.515, 0.47), (0.485, 0.58))):
        reach = 0.21 - number * 0.022
        _leaf(draw, (x, y), math.radians(38), reach, (176, 214, 186, 255))
        _leaf(draw, (x, y + 0.03), math.radians(142), reach, _CREAM)
    _waves(draw, 0.755, (176, 214, 186, 255))
    return _png(image)


@cache
def harbor_logo() -> bytes:
    """A house by the harbour, as PNG."""
    image, draw = _disc((31, 91, 138, 255))
    _shape(draw, ((0.50, 0.20), (0.76, 0.44), (0.24, 0.44)), (242, 184, 75, 255))
    _shape(draw, ((0.31, 0.47), (0.69, 0.47), (0.69, 0.70), (0.31, 0.70)), _CREAM)
    _shape(draw, ((0.46, 0.56), (0.54, 0.56), (0.54, 0.70), (0.46, 0.70)), (31, 91, 138, 255))
    _waves(draw, 0.77, (160, 205, 235, 255))
    return _png(image)


def _disc(colour: Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    side = SIZE * _SUPERSAMPLING
    image = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((side * 0.02, side * 0.02, side * 0.98, side * 0.98), fill=colour)
    return image, draw


def _curve(start: Point, first: Point, second: Point, end: Point, steps: int = 48) -> list[Point]:
    """A cubic Bézier curve, in fractions of the picture's side."""
    points: list[Point] = []
    for step in range(steps + 1):
        t = step / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        places = tuple(zip(weights, (start, first, second, end), strict=True))
        points.append((sum(w * p[0] for w, p in places), sum(w * p[1] for w, p in places)))
    return points


def _leaf(draw: ImageDraw.ImageDraw, base: Point, angle: float, length: float, colour: Colour) -> None:
    """A slender leaf that hangs from `base`; angles run clockwise from the right."""

    def at(along: float, aside: float) -> Point:
        return (
            base[0] + length * (along * math.cos(angle) - aside * math.sin(angle)),
            base[1] + length * (along * math.sin(angle) + aside * math.cos(angle)),
        )

    tip = at(1, 0)
    upper = _curve(base, at(0.30, 0.26), at(0.70, 0.20), tip)
    lower = _curve(tip, at(0.70, -0.16), at(0.30, -0.16), base)
    _shape(draw, upper + lower, colour)


def _waves(draw: ImageDraw.ImageDraw, height: float, colour: Colour) -> None:
    for row, (left, right) in enumerate(((0.22, 0.78), (0.31, 0.69))):
        steps = 120
        points = [
            (
                left + (right - left) * step / steps,
                height + row * 0.065 + 0.013 * math.sin((right - left) * step / steps * 42),
            )
            for step in range(steps + 1)
        ]
        _stroke(draw, points, 0.018, colour)


def _shape(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour) -> None:
    draw.polygon(_scaled(points), fill=colour)


def _stroke(draw: ImageDraw.ImageDraw, points: Sequence[Point], width: float, colour: Colour) -> None:
    scaled = _scaled(points)
    thick = round(width * SIZE * _SUPERSAMPLING)
    draw.line(scaled, fill=colour, width=thick, joint="curve")
    for x, y in (scaled[0], scaled[-1]):
        draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SIZE * _SUPERSAMPLING, y * SIZE * _SUPERSAMPLING) for x, y in points]


def _png(image: Image.Image) -> bytes:
    small = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
