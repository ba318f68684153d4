"""Which values an organization and a facility may have. Each check adds a problem that names the field."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clinic.values.colours import is_colour
from clinic.values.limits import (
    FEWEST_IDLE_MINUTES,
    FEWEST_RETENTION_YEARS,
    LONGEST_LINE,
    LONGEST_PHONE,
    LONGEST_TIME_ZONE,
    MOST_ADDRESS_LINES,
    MOST_IDLE_MINUTES,
    MOST_ORIGINS,
    MOST_RETENTION_YEARS,
    MOST_WARNING_DAYS,
)
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.values.web_origins import page_origin

# The ages that laws about consent and privacy use. An organization may also choose no age.
AGES = (12, 13, 18)
# The languages in which we have letters, pages and sheets.
LANGUAGES = ("en", "es")


def checked_address(problems: Problems, address: str) -> str:
    """The address without empty lines."""
    cleaned = problems.lines("address", address)
    if cleaned.count("\n") >= MOST_ADDRESS_LINES:
        problems.add("address", Problem.TOO_MANY_LINES, most=MOST_ADDRESS_LINES)
    return cleaned


def checked_phone(problems: Problems, phone: str) -> str:
    return problems.line("phone", phone, longest=LONGEST_PHONE, required=False)


def checked_website(problems: Problems, website: str) -> str:
    cleaned = problems.line("website", website, longest=LONGEST_LINE, required=False)
    if cleaned and not re.match(r"https?://[^/\s]", cleaned):
        problems.add("website", Problem.NO_WEB_ADDRESS)
    return cleaned


def checked_colour(problems: Problems, colour: str) -> str:
    if not is_colour(colour):
        problems.add("colour", Problem.NO_COLOUR)
    return colour.lower()


def checked_time_zone(problems: Problems, time_zone: str) -> str:
    if len(time_zone) > LONGEST_TIME_ZONE or not _is_time_zone(time_zone):
        problems.add("timeZone", Problem.NO_TIME_ZONE)
    return time_zone


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as "America"
        return False
    return True


def checked_languages(problems: Problems, languages: Sequence[str]) -> tuple[str, ...]:
    """The languages, the usual one first. Each is one that letters and pages exist in, and is named once."""
    if not languages or not set(languages) <= set(LANGUAGES) or len(set(languages)) < len(languages):
        problems.add("languages", Problem.NO_LANGUAGE)
    return tuple(languages)


def checked_origins(problems: Problems, origins: Sequence[str], *, local: bool) -> tuple[str, ...]:
    """The origins as browsers send them, each once. `local` also allows pages of this machine."""
    if len(origins) > MOST_ORIGINS:
        problems.add("allowedOrigins", Problem.TOO_MANY_ORIGINS, most=MOST_ORIGINS)
        return ()
    found = [page_origin(origin, local=local) for origin in origins]
    for at, origin in enumerate(found):
        if origin is None:
            problems.add(f"allowedOrigins.{at}", Problem.NO_ORIGIN)
    return tuple(dict.fromkeys(origin for origin in found if origin is not None))


def check_rules(problems: Problems, age: int | None, warning_days: int | None, idle_minutes: int | None) -> None:
    """The rules that are numbers. None stands for a rule that does not change."""
    if age is not None and age not in AGES:
        problems.add("relativesEndAtAge", Problem.NO_SUCH_AGE)
    if warning_days is not None and not 0 <= warning_days <= MOST_WARNING_DAYS:
        problems.add("ageingWarningDays", Problem.WARNING_TOO_LONG, most=MOST_WARNING_DAYS)
    if idle_minutes is not None and not FEWEST_IDLE_MINUTES <= idle_minutes <= MOST_IDLE_MINUTES:
        problems.add("staffIdleMinutes", Problem.NO_IDLE_LIMIT, fewest=FEWEST_IDLE_MINUTES, most=MOST_IDLE_MINUTES)


def checked_retention(problems: Problems, years: int) -> int:
    if not FEWEST_RETENTION_YEARS <= years <= MOST_RETENTION_YEARS:
        problems.add(
            "signedRetentionYears",
            Problem.NO_RETENTION_YEARS,
            fewest=FEWEST_RETENTION_YEARS,
            most=MOST_RETENTION_YEARS,
        )
    return years
