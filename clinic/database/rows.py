"""Runs hand-written SQL on either database, for pages that must cost a fixed number of statements.

Statements use placeholders such as `$1`, and `{in_1}` (ids) or `{text_in_1}` for "is in the list that is parameter 1".
`{unindexed c.organization_id}` is a column for which SQLite shall choose no index: it takes the rows of one
organization for few, and would read them all to find those with certain ids.
Rows are read by column name, never by position, so that an added column breaks nothing. Values have the same Python
types on both databases: this module decodes what SQLite stores as text.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache, lru_cache
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_type_hints
from uuid import UUID

from tortoise.connection import get_connection

T = TypeVar("T")
Row = Any  # asyncpg.Record or sqlite3.Row


def on_postgres() -> bool:
    """Whether this process uses PostgreSQL; otherwise it uses SQLite."""
    return bool(get_connection("default").capabilities.dialect == "postgres")


async def fetch(sql: str, *values: object) -> Sequence[Row]:
    """The rows of one SELECT, inside the current transaction if there is one."""
    connection = get_connection("default")
    _, rows = await connection.execute_query(*_prepared(sql, values))
    return rows


class StatementTimedOut(Exception):
    """The statement was stopped, because it took longer than it may."""


async def fetch_within(seconds: float, sql: str, *values: object) -> Sequence[Row]:
    """The rows of one SELECT. The database stops it after so many seconds. Raises `StatementTimedOut`."""
    if seconds <= 0:
        raise StatementTimedOut
    # Both of our clients have this method (`runtime.database`); Tortoise's have no time limits.
    connection: Any = get_connection("default")
    rows: Sequence[Row] = await connection.execute_query_within(seconds, *_prepared(sql, values))
    return rows


async def fetch_as(kind: type[T], sql: str, *values: object) -> list[T]:
    """The rows of one SELECT as instances of a dataclass whose fields have the columns' names."""
    rows = await fetch(sql, *values)
    values_of = columns_of(kind, rows)
    return [kind(*values_of(row)) for row in rows]


async def fetch_number(sql: str, *values: object) -> int:
    """The column `number` of the only row of a SELECT, such as `count(*) AS number`."""
    [row] = await fetch(sql, *values)
    return int(row["number"])


async def fetch_numbers(sql: str, *values: object) -> dict[UUID, int]:
    """The column `number` by the id in the column `key`, for a SELECT with GROUP BY."""
    return {as_uuid(row["key"]): int(row["number"]) for row in await fetch(sql, *values)}


def columns_of(
    kind: Any, rows: Sequence[Row], *, prefix: str = "", without: Collection[str] = ()
) -> Callable[[Row], Sequence[Any]]:
    """A function that reads the values of a dataclass's or named tuple's fields from a row, in the order of the fields.

    A column's name is `prefix` and the field's name. `without` names the last fields, which have no column; the caller
    adds their values. The positions of the columns are looked up once for all rows, because sqlite3 searches all
    columns at each access by name. Raises KeyError if a column is missing.
    """
    if not rows:
        return lambda row: ()
    return _reader(kind, prefix, frozenset(without), tuple(rows[0].keys()), on_postgres())


def reader_of(
    kind: Any, columns: tuple[str, ...], *, postgres: bool, prefix: str = "", without: Collection[str] = ()
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """As `columns_of`, for values of these columns in this order."""
    return _reader(kind, prefix, frozenset(without), columns, postgres)


@cache
def _reader(
    kind: Any, prefix: str, without: frozenset[str], columns: tuple[str, ...], postgres: bool
) -> Callable[[Row], Sequence[Any]]:
    hints = get_type_hints(kind)
    names = [name for name in _fields(kind) if name not in without]
    place_of = {column: place for place, column in enumerate(columns)}
    # A slice answers a tuple too; a getter of one item would answer the item.
    places = [place_of[f"{prefix}{name}"] for name in names]
    pick = itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))
    decoders = [(at, decoder) for at, name in enumerate(names) if (decoder := _decoder(hints[name], postgres))]
    if not decoders:
        return pick

    def read(row: Row) -> Sequence[Any]:
        values = list(pick(row))
        for at, decode in decoders:
            if values[at] is not None:
                values[at] = decode(values[at])
        return values

    return read


def _fields(kind: Any) -> Sequence[str]:
    if is_dataclass(kind):
        return [field.name for field in fields(kind)]
    names: Sequence[str] = kind._fields
    return names


def _decoder(hint: Any, postgres: bool) -> Callable[[Any], Any] | None:
    """The function that makes a column's value the field's type; None if the driver returns that type."""
    kind = hint
    if isinstance(hint, UnionType):
        [kind] = [part for part in get_args(hint) if part is not NoneType]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return None if postgres else _SQLITE_DECODERS.get(kind)


async def fetch_changed(sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows that an INSERT, UPDATE or DELETE returns by its RETURNING clause, as dicts by column name."""
    return await get_connection("default").execute_query_dict(*_prepared(sql, values))


def in_subquery(select: str) -> str:
    """The condition that a column is in the result of the SELECT. PostgreSQL runs it once and then uses the index.

    With a plain IN, PostgreSQL may choose a join and read the whole table.
    """
    return f"= ANY(ARRAY({select}))" if on_postgres() else f"IN ({select})"


def _prepared(sql: str, values: tuple[object, ...]) -> tuple[str, list[object]]:
    postgres = on_postgres()
    text = _text(sql, len(values), postgres)
    return text, list(values) if postgres else [_for_sqlite(value) for value in values]


_UNINDEXED = re.compile(r"\{unindexed ([a-z_.]+)\}")


@lru_cache(maxsize=1_024)
def _text(sql: str, values: int, postgres: bool) -> str:
    for number in range(1, values + 1):
        for prefix, kind in (("in", "uuid"), ("text_in", "text")):
            marker = f"{{{prefix}_{number}}}"
            if marker in sql:
                inside = f"= ANY(${number}::{kind}[])" if postgres else f"IN (SELECT value FROM json_each(${number}))"
                sql = sql.replace(marker, inside)
    sql = _UNINDEXED.sub(r"\1" if postgres else r"+\1", sql)
    return sql if postgres else sql.replace("$", "?")


def _for_sqlite(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(" ")
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case list() | tuple():
            return json.dumps([_for_sqlite(item) for item in value])
        case _:
            return value


def as_uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def maybe_uuid(value: object) -> UUID | None:
    return None if value is None else as_uuid(value)


def as_datetime(value: object) -> datetime:
    """The instant as an aware datetime; a value without a time zone is in UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def maybe_datetime(value: object) -> datetime | None:
    return None if value is None else as_datetime(value)


def as_date(value: object) -> date:
    """The calendar day. SQLite may store it with a time after it."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(str(value)[:10])


_SQLITE_DECODERS: dict[Any, Callable[[Any], Any]] = {
    UUID: as_uuid,
    datetime: as_datetime,
    date: as_date,
    bool: bool,
}
