"""Days and instants as clients write them: RFC 3339 and nothing looser, so that no time is ever guessed at."""

import re
from datetime import UTC, date, datetime
from operator import methodcaller

from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

_RFC_3339 = "https://www.rfc-editor.org/rfc/rfc3339"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    rf"{_DAY.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,9}})?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)


def parse_date(value: object) -> date:
    """A day that exists; raises what graphql-core turns into a coercion error."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # the 30th of February
    raise GraphQLError("Give a day that exists, as YYYY-MM-DD.")


def parse_instant(value: object) -> datetime:
    """The instant in UTC. Near the ends of the calendar an offset leads out of it: no database could store that."""
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("Give the time with its offset, such as 2026-03-01T09:00:00-07:00.")


DATE = ScalarDefinition(
    name="Date",
    description="A day without a time, as YYYY-MM-DD.",
    specified_by_url=_RFC_3339,
    serialize=methodcaller("isoformat"),
    parse_value=parse_date,
    parse_literal=None,
    origin=date,
)
DATE_TIME = ScalarDefinition(
    name="DateTime",
    description="An instant as RFC 3339 with an offset.",
    specified_by_url=_RFC_3339,
    serialize=methodcaller("isoformat"),
    parse_value=parse_instant,
    parse_literal=None,
    origin=datetime,
)
