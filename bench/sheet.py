"""Seconds for one printed instruction sheet, drawn as the product draws it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from adapters.pdf import ReportlabRenderer
from clinic.portal_access.sheet import compose_sheet
from clinic.values.instruction_sheet import InstructionSheet
from dev.demo.logos import willow_logo

_LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Sheets:
    """Milliseconds for the first sheet of a process, which reads the fonts, and for each later one."""

    first: float
    usual: float
    slowest: float


async def draw_sheets(number: int) -> Sheets:
    """Draw so many sheets one after another, each for somebody else."""
    renderer = ReportlabRenderer()
    times = []
    for index in range(number + 1):
        sheet = _sheet(index)
        began = perf_counter()
        await renderer.instruction_sheet(sheet)
        times.append((perf_counter() - began) * 1000)
    first, *later = times
    return Sheets(first, median(later), max(later))


def _sheet(index: int) -> InstructionSheet:
    return compose_sheet(
        language=_LANGUAGES[index % len(_LANGUAGES)],
        organization_name="Alder Clinic",
        logo_png=willow_logo(),
        brand_colour="#2b5f75",
        address_lines=("12 Mill Lane", "Boise, ID 83702"),
        phone="+1 208 555 0134",
        person_name=f"Marguerite Villaseñor {index}",
        portal_url="https://portal.example",
        slug=f"alder-{index}",
        pin="K7MP4TQX",
        printed_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        time_zone="America/Boise",
    )
