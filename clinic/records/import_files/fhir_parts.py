"""Reads the parts of FHIR resources: names, telecoms, dates, languages. What is old or not valid now does not count."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from clinic.records.import_files.problems import RecordProblem, Unreadable
from clinic.records.sync.records import LEFT_OUT, LeftOut
from clinic.values.limits import MOST_EMAILS, MOST_PHONES

_MIDNIGHT = re.compile(r"T00:00(:00(\.0+)?)?$")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{1,2})?")
# The best name first. A maiden or old one is taken only if there is no other.
_NAME_USES = ("official", "usual", "", "nickname", "temp", "anonymous", "maiden", "old")
_NO_RANK = 10**6


def parts(value: object) -> list[dict[str, Any]]:
    """The objects in a list; nothing for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def name_of(resource: Mapping[str, Any], today: date) -> tuple[str, str]:
    """Given and family name of the best name that is valid today."""
    names = parts(resource.get("name"))
    names = [each for each in names if is_now(each, today)] or names
    if not names:
        return "", ""
    best = min(names, key=lambda each: _place(_NAME_USES, text_of(each.get("use"))))
    given = best.get("given")
    first = " ".join(text_of(each) for each in given if text_of(each)) if isinstance(given, list) else ""
    family = text_of(best.get("family"))
    return (first, family) if first or family else (text_of(best.get("text")), "")


def telecoms_of(resource: Mapping[str, Any], systems: Collection[str], most: int, today: date) -> list[str] | LeftOut:
    """The values of these systems that are valid today, the lowest rank first. Left out if no telecom is given."""
    if "telecom" not in resource:
        return LEFT_OUT
    wanted = [
        each
        for each in parts(resource["telecom"])
        if text_of(each.get("system")) in systems and each.get("use") != "old" and is_now(each, today) and _value(each)
    ]
    # Equal ranks keep their order, because sorting is stable.
    wanted.sort(key=lambda each: each["rank"] if isinstance(each.get("rank"), int) else _NO_RANK)
    return list({_value(each).casefold(): _value(each) for each in reversed(wanted)}.values())[::-1][:most]


def emails_of(resource: Mapping[str, Any], today: date) -> list[str] | LeftOut:
    return telecoms_of(resource, ("email",), MOST_EMAILS, today)


def phones_of(resource: Mapping[str, Any], today: date) -> list[str] | LeftOut:
    return telecoms_of(resource, ("phone", "sms"), MOST_PHONES, today)


def birth_of(resource: Mapping[str, Any]) -> date | LeftOut | None:
    """The date of birth. A year or a month alone identifies nobody, so it counts as unknown (product §7)."""
    if "birthDate" not in resource:
        return LEFT_OUT
    text = _MIDNIGHT.sub("", text_of(resource["birthDate"]))
    if not text or _YEAR_OR_MONTH.fullmatch(text):
        return None
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else _no_day()
    except ValueError:
        return _no_day()


def language_of(resource: Mapping[str, Any]) -> str | LeftOut:
    """The code of the preferred language, or of the only one."""
    spoken = parts(resource.get("communication"))
    chosen = [each for each in spoken if each.get("preferred") is True] or (spoken if len(spoken) == 1 else [])
    for each in chosen:
        language = each.get("language")
        for coding in parts(language.get("coding")) if isinstance(language, dict) else []:
            if code := text_of(coding.get("code")):
                return code
    return LEFT_OUT


def is_now(part: Mapping[str, Any], today: date) -> bool:
    """Whether the part's period, if it has one, covers today."""
    period = part.get("period")
    if not isinstance(period, dict):
        return True
    start, end = text_of(period.get("start")), text_of(period.get("end"))
    # Partial dates are compared as far as they go: a period that ends in 2026 ends with that year.
    day = today.isoformat()
    return start[:10] <= day[: len(start[:10])] and (not end or end[:10] >= day[: len(end[:10])])


def instant_of(value: object) -> datetime | None:
    """The instant, which FHIR gives with an offset; None for anything else."""
    try:
        found = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def day_of(value: object) -> date | None:
    """The day of a date or an instant that names one."""
    found = _DAY.match(text_of(value))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _no_day() -> date:
    raise Unreadable("birthDate", RecordProblem.NO_BIRTH_DATE)


def _value(telecom: Mapping[str, Any]) -> str:
    return text_of(telecom.get("value"))


def _place(order: tuple[str, ...], use: str) -> int:
    return order.index(use) if use in order else order.index("")
