"""Reads announced changes, for the adapters that deliver them to live screens."""

from collections.abc import Sequence
from datetime import datetime

from clinic.database.rows import Row, columns_of, fetch, fetch_number
from clinic.values.change import Change

# More at the same time would be a bulk import; the next read returns the rest.
AT_MOST = 5_000

_READ = "SELECT number, organization_id, contact_id, kind FROM change"
_AFTER = f"{_READ} WHERE number > $1 ORDER BY number LIMIT {AT_MOST}"
_SINCE = f"{_READ} WHERE at >= $1 ORDER BY number LIMIT {AT_MOST}"


async def last_number() -> int:
    """The number of the newest announcement, or 0. One statement."""
    return await fetch_number("SELECT coalesce(max(number), 0) AS number FROM change")


async def changes_after(number: int) -> list[tuple[int, Change]]:
    """The first `AT_MOST` announcements with a higher number, in order, with their numbers. One statement.

    On SQLite this misses none, because the numbers are in the order of the commits.
    """
    return _read(await fetch(_AFTER, number))


async def changes_since(moment: datetime) -> list[tuple[int, Change]]:
    """The first `AT_MOST` announcements made at or after the moment, in order, with their numbers. One statement."""
    return _read(await fetch(_SINCE, moment))


def _read(rows: Sequence[Row]) -> list[tuple[int, Change]]:
    change = columns_of(Change, rows)
    return [(row["number"], Change(*change(row))) for row in rows]
