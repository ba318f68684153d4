"""Reading announcements, for those who carry them to screens."""

from collections.abc import Sequence
from datetime import datetime

from clinic.database.rows import Row, as_uuid, fetch
from clinic.values.change import Change, ChangeKind

# More at once would be an import; the next reading has the rest.
AT_MOST = 5_000

_READ = "SELECT number, organization_id, contact_id, kind FROM change"
_AFTER = f"{_READ} WHERE number > $1 ORDER BY number LIMIT {AT_MOST}"
_SINCE = f"{_READ} WHERE at >= $1 ORDER BY number LIMIT {AT_MOST}"


async def last_number() -> int:
    """The number of the newest announcement, 0 where there is none. One statement."""
    rows = await fetch("SELECT coalesce(max(number), 0) FROM change")
    return int(rows[0][0])


async def changes_after(number: int) -> list[tuple[int, Change]]:
    """Announcements with a higher number, in order, with their numbers; the first `AT_MOST`. One statement.

    Misses none on SQLite, where numbers are in the order of the commits.
    """
    return _read(await fetch(_AFTER, number))


async def changes_since(moment: datetime) -> list[tuple[int, Change]]:
    """Announcements made at or after the moment, with their numbers, in order; the first `AT_MOST`. One statement."""
    return _read(await fetch(_SINCE, moment))


def _read(rows: Sequence[Row]) -> list[tuple[int, Change]]:
    return [(int(row[0]), Change(as_uuid(row[1]), as_uuid(row[2]), ChangeKind(row[3]))) for row in rows]
