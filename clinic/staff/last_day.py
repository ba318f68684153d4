"""The last day on which a staff member has access, as a day of the practice and as the moment when it ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tortoise.expressions import Q

from clinic.values.errors import InvalidInput
from clinic.values.limits import MOST_YEARS_OF_ACCESS
from clinic.values.problems import Problem


def end_of_access(last_day: date | None, time_zone: str, now: datetime) -> datetime | None:
    """The first moment after the last day, in the practice's time zone; None for no end.

    Raises `InvalidInput` for a day that is past, and for one that is so far ahead that it must be a mistake.
    """
    if last_day is None:
        return None
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    if last_day < today:
        raise InvalidInput.one("lastDay", Problem.DAY_IS_PAST)
    if last_day.year > today.year + MOST_YEARS_OF_ACCESS:
        raise InvalidInput.one("lastDay", Problem.ACCESS_TOO_LONG, most=MOST_YEARS_OF_ACCESS)
    return datetime.combine(last_day + timedelta(days=1), time.min, zone).astimezone(UTC)


def last_day_of(access_ends_at: datetime | None, time_zone: str) -> date | None:
    """The day of the practice on which the access ends; None for no end."""
    if access_ends_at is None:
        return None
    return (access_ends_at.astimezone(ZoneInfo(time_zone)) - timedelta(microseconds=1)).date()


def has_access(now: datetime) -> Q:
    """The members who are not disabled and whose access has not ended."""
    return Q(disabled_at=None) & (Q(access_ends_at=None) | Q(access_ends_at__gt=now))
