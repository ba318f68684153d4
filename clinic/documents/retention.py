"""Until when a signed document and its evidence must be kept, by the practice's rule (product §6, The end).

The rule is a number of years, or none: then signed documents are kept for ever. The years begin with the last
signature, and not before the 18th birthday of the person the document is about (decision 0078).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ADULT = 18


def kept_until(last_signed_at: datetime, date_of_birth: date | None, years: int | None, time_zone: str) -> date | None:
    """The first day, in the practice's time zone, on which the document may be erased; None: it is kept for ever."""
    if years is None:
        return None
    signed_on = last_signed_at.astimezone(ZoneInfo(time_zone)).date()
    until = years_after(signed_on, years)
    return until if date_of_birth is None else max(until, years_after(date_of_birth, ADULT + years))


def years_after(day: date, years: int) -> date:
    """The same day so many years later. After the 29th of February it is the 1st of March in a year without one."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@dataclass(frozen=True)
class Erasable:
    """Which signed documents may be erased on a day: signed before an instant, about people born by a day."""

    signed_before: datetime
    born_by: date


def erasable_on(today: date, years: int, time_zone: str) -> Erasable:
    """What `kept_until` says of all documents, turned around so that a query can ask for them."""
    after = _years_before(today, years) + timedelta(days=1)
    return Erasable(
        signed_before=datetime.combine(after, time(), ZoneInfo(time_zone)),
        born_by=_years_before(today, ADULT + years),
    )


def _years_before(day: date, years: int) -> date:
    """The last day whose anniversary has come by `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
