"""Reads dates, instants, marks and lists from the cells of a CSV file. What could mean two things is refused."""

import re
from datetime import UTC, date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from clinic.records.import_files.problems import RecordProblem, Unreadable
from clinic.values.text import search_key


class DateOrder(Enum):
    """The order of day, month and year that the person who imports states."""

    DMY = "DMY"
    MDY = "MDY"
    YMD = "YMD"


_DATE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(:00(\.0+)?)?$")
_YES = frozenset(
    {"yes", "y", "true", "1", "x", "si", "s", "verdadero", "deceased", "inactive", "fallecido", "inactivo"}
)
_NO = frozenset({"no", "n", "false", "0", "falso", "active", "activo", "alive", ""})
_CANCELLED = frozenset(
    {
        "cancelled",
        "canceled",
        "cancelada",
        "cancelado",
        "anulada",
        "anulado",
        "entered in error",
        "yes",
        "true",
        "1",
        "si",
    }
)
_NOT_YET = frozenset({"proposed", "pending", "waitlist", "propuesta", "pendiente", "lista de espera"})
# What a column that only says whether an appointment is cancelled has for the others.
_NOT_CANCELLED = frozenset({"", "no", "n", "false", "0", "falso"})


def read_date(field: str, cell: str, order: DateOrder | None) -> date | None:
    """The date; None for an empty cell, and for a year alone, which is no date of birth (product §7)."""
    text = _MIDNIGHT.sub("", cell.strip())
    if not text or re.fullmatch(r"\d{4}", text):
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise Unreadable(field, RecordProblem.NO_DATE)
    first, second, third = found.groups()
    if len(first) == 4:
        return _day(field, first, second, third)
    if len(third) != 4:
        raise Unreadable(field, RecordProblem.SHORT_YEAR)
    if order is DateOrder.DMY:
        return _day(field, third, second, first)
    if order is DateOrder.MDY:
        return _day(field, third, first, second)
    if order is DateOrder.YMD:
        raise Unreadable(field, RecordProblem.YEAR_NOT_FIRST)
    readings = {each for each in (_day_or_none(third, second, first), _day_or_none(third, first, second)) if each}
    if len(readings) > 1:
        raise Unreadable(field, RecordProblem.TWO_DATES)
    if not readings:
        raise Unreadable(field, RecordProblem.NO_SUCH_DAY)
    return readings.pop()


def read_instant(field: str, cell: str, order: DateOrder | None, zone: ZoneInfo) -> datetime:
    """The instant. Without an offset it is the practice's local time. Raises `Unreadable`."""
    if ":" not in cell:
        raise Unreadable(field, RecordProblem.NO_INSTANT)
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        day_text, _, time_text = cell.rpartition(" ")
        found = _local(field, day_text, time_text, order)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    instant = found.replace(tzinfo=zone).astimezone(UTC)
    # When clocks go forward, an hour is left out, and its times come back as others.
    if instant.astimezone(zone).replace(tzinfo=None) != found:
        raise Unreadable(field, RecordProblem.NO_SUCH_TIME, zone=zone.key)
    return instant


def read_mark(field: str, cell: str) -> bool:
    """Whether the cell says yes."""
    plain = search_key(cell)
    if plain not in _YES | _NO:
        raise Unreadable(field, RecordProblem.NO_MARK)
    return plain in _YES


def is_cancelled(cell: str) -> bool:
    """Whether a cell of the status says that the appointment is cancelled."""
    return _plain(cell) in _CANCELLED


def is_not_yet(cell: str) -> bool:
    """Whether a cell of the status says that the appointment is not in the calendar yet."""
    return _plain(cell) in _NOT_YET


def status_word(cell: str) -> str | None:
    """The word for how an appointment stands; None where the cell only says that it is not cancelled."""
    return None if _plain(cell) in _NOT_CANCELLED else cell


def _plain(cell: str) -> str:
    return " ".join(search_key(cell).replace("-", " ").replace("_", " ").split())


def read_list(cell: str) -> list[str]:
    """The addresses or numbers in one cell, which are separated by semicolons, bars or line breaks."""
    return [part.strip() for part in re.split(r"[;|\n]", cell) if part.strip()]


def _local(field: str, day_text: str, time_text: str, order: DateOrder | None) -> datetime:
    half = re.fullmatch(r"(.*\S)\s+(\S+)", day_text)
    if time_text.lower().strip(".") in ("am", "pm") and half:
        day_text, time_text = half[1], f"{half[2]} {time_text}"
    day = read_date(field, day_text, order)
    for form in ("%H:%M", "%H:%M:%S", "%I:%M %p"):
        try:
            clock = datetime.strptime(time_text, form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
        if day is not None:
            return datetime.combine(day, clock)
    raise Unreadable(field, RecordProblem.NO_INSTANT)


def _day(field: str, year: str, month: str, day: str) -> date:
    found = _day_or_none(year, month, day)
    if found is None:
        raise Unreadable(field, RecordProblem.NO_SUCH_DAY)
    return found


def _day_or_none(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
