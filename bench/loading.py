"""Rows straight into the tables: a data generator may, the product may not."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg

from bench.records import COLUMNS, Records, Row
from runtime.database.config import postgres_credentials, sqlite_path


async def load(database_url: str, records: Records) -> None:
    """All rows into the migrated database, with the planner's statistics brought up to date."""
    await load_tables(database_url, COLUMNS, records.tables)


async def load_tables(database_url: str, columns: Mapping[str, str], tables: Mapping[str, Sequence[Row]]) -> None:
    """The same for rows of any tables, in the order of `columns`: the names of each, with spaces between."""
    await insert_rows(database_url, columns, tables)
    await update_statistics(database_url)


async def insert_rows(database_url: str, columns: Mapping[str, str], tables: Mapping[str, Sequence[Row]]) -> None:
    """Only the rows, for those who load one batch after another: the statistics are made of whole tables."""
    path = sqlite_path(database_url)
    if path is None:
        await _insert_into_postgres(database_url, columns, tables)
    else:
        await asyncio.to_thread(_insert_into_sqlite, str(path), columns, tables)


async def update_statistics(database_url: str) -> None:
    """What the planner knows of the tables, as the server finds it out by itself after some time."""
    path = sqlite_path(database_url)
    if path is not None:
        await asyncio.to_thread(_analyze_sqlite, str(path))
        return
    connection = await connect_postgres(database_url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def connect_postgres(database_url: str) -> asyncpg.Connection:
    """A connection of the bench's own."""
    known = postgres_credentials(database_url)
    return await asyncpg.connect(
        host=known["host"],
        port=known["port"],
        user=known["user"],
        password=known["password"],
        database=known["database"],
    )


async def _insert_into_postgres(
    database_url: str, columns: Mapping[str, str], tables: Mapping[str, Sequence[Row]]
) -> None:
    connection = await connect_postgres(database_url)
    try:
        for table, names in columns.items():
            await connection.copy_records_to_table(table, records=tables[table], columns=names.split())
    finally:
        await connection.close()


def _insert_into_sqlite(path: str, columns: Mapping[str, str], tables: Mapping[str, Sequence[Row]]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for table, spaced in columns.items():
            names = spaced.split()
            marks = ", ".join("?" * len(names))
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own
            connection.executemany(sql, _as_sqlite_keeps_them(tables[table]))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _analyze_sqlite(path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("ANALYZE")
    finally:
        connection.close()


def _as_sqlite_keeps_them(rows: Iterable[Row]) -> Iterable[Sequence[object]]:
    for row in rows:
        yield [_as_sqlite_keeps_it(value) for value in row]


def _as_sqlite_keeps_it(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return value
