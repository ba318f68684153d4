"""The logo of an organization, redrawn once for each use, and why a picture can't become one."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class DrawnLogo:
    """The same picture as three PNGs, none of them transparent.

    `png` stands on its own white plate, for letters and pages in light and dark; `print_png` is larger and for paper;
    `icon_png` is square and for a browser's tab.
    """

    png: bytes = field(repr=False)
    print_png: bytes = field(repr=False)
    icon_png: bytes = field(repr=False)


class LogoProblem(StrEnum):
    """Why a file can't become a logo."""

    NOT_A_PICTURE = "NOT_A_PICTURE"
    SVG = "SVG"
    HEIC = "HEIC"
    CMYK = "CMYK"
    BROKEN = "BROKEN"
    EMPTY = "EMPTY"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_SMALL = "TOO_SMALL"


class LogoRefused(Exception):
    """The picture can't become a logo."""

    def __init__(self, problem: LogoProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
