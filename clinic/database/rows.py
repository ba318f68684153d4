"""Reading by hand-written SQL where a page must cost a fixed number of statements, on either database.

Statements use `$1`-style placeholders, and `{in_1}` (ids) or `{text_in_1}` for "is one of the list given as
parameter 1". Values come back as Python's own types on both: the decoders below know what SQLite keeps as text.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

Row = Any  # asyncpg.Record or sqlite3.Row: both are read by position


def on_postgres() -> bool:
    """Which of the two databases this process uses."""
    return bool(get_connection("default").capabilities.dialect == "postgres")


async def fetch(sql: str, *values: object) -> Sequence[Row]:
    """The rows of one SELECT, inside the running transaction if there is one."""
    connection = get_connection("default")
    _, rows = await connection.execute_query(*_prepared(sql, values))
    return rows


async def fetch_changed(sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows that one INSERT, UPDATE or DELETE with a RETURNING clause answers, by column name."""
    return await get_connection("default").execute_query_dict(*_prepared(sql, values))


def among(select: str) -> str:
    """Condition on a column: it is among what the SELECT answers, which is run once and then looked up by index.

    With a mere IN, PostgreSQL may join instead, and read the whole table for it.
    """
    return f"= ANY(ARRAY({select}))" if on_postgres() else f"IN ({select})"


def _prepared(sql: str, values: tuple[object, ...]) -> tuple[str, list[object]]:
    postgres = on_postgres()
    for number in range(1, len(values) + 1):
        for prefix, kind in (("in", "uuid"), ("text_in", "text")):
            marker = f"{{{prefix}_{number}}}"
            if marker in sql:
                inside = f"= ANY(${number}::{kind}[])" if postgres else f"IN (SELECT value FROM json_each(${number}))"
                sql = sql.replace(marker, inside)
    if postgres:
        return sql, list(values)
    return sql.replace("$", "?"), [_for_sqlite(value) for value in values]


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
    """An aware instant in UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def maybe_datetime(value: object) -> datetime | None:
    return None if value is None else as_datetime(value)


def maybe_date(value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    return date.fromisoformat(str(value)[:10])
