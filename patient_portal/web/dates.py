"""Days and times as people say them, in the practice's zone."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

# The weekday, the day and the time: Babel's own long forms leave out one or the other.
_PATTERNS = {
    "en": "EEEE, MMMM d, y, h:mm a",
    "es": "EEEE d 'de' MMMM 'de' y, h:mm a",
}


def moment_in_words(moment: datetime, time_zone: str, language: str) -> str:
    """ "Monday, March 2, 2026, 2:00 AM"."""
    return format_datetime(moment, _PATTERNS[language], tzinfo=ZoneInfo(time_zone), locale=language)


def day_in_words(moment: datetime, time_zone: str, language: str) -> str:
    """ "Monday, March 2, 2026"."""
    return _in_words(moment.astimezone(ZoneInfo(time_zone)).date(), language)


# A list names the same few days again and again.
@lru_cache(maxsize=1_000)
def _in_words(day: date, language: str) -> str:
    return format_date(day, "full", locale=language)
