"""The database of a backup on PostgreSQL: pg_dump and pg_restore, in the snapshot that the files are listed from."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import Any

import asyncpg

from runtime.backup.contents import Ask
from runtime.backup.errors import BackupFailed
from runtime.backup.manifest import flush
from runtime.database.config import own_connection

NAME = "database.dump"
_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema())"
_HOLD = "INSERT INTO held_copy (id, backup_made_at, restored_at, gave_up) VALUES (1, $1, $2, false)"


@asynccontextmanager
async def snapshot(database_url: str) -> AsyncIterator[tuple[str, Ask]]:
    """The id of a snapshot that stays while the block runs, and a way to ask in it."""
    async with (
        _connected(database_url) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        snapshot_id = await connection.fetchval("SELECT pg_export_snapshot()")
        yield str(snapshot_id), _asking(connection)


@asynccontextmanager
async def asking(database_url: str) -> AsyncIterator[Ask]:
    """A way to ask the database as it is now."""
    async with _connected(database_url) as connection:
        yield _asking(connection)


def _asking(connection: asyncpg.Connection) -> Ask:
    async def ask(sql: str) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in await connection.fetch(sql)]

    return ask


async def dump_to(database_url: str, snapshot_id: str, target: Path) -> None:
    """Write the dump that only its owner can read. A hold of this database is none of the copy's, so it is left out."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    how = ("--format=custom", "--no-owner", "--no-acl", "--exclude-table-data=held_copy")
    await _run("pg_dump", database_url, *how, f"--snapshot={snapshot_id}", f"--file={target}")
    flush(target)


async def problem_of(dump: Path) -> str | None:
    """What is wrong with the dump, as far as its table of contents tells."""
    try:
        await _run("pg_restore", None, "--list", str(dump))
    except BackupFailed as problem:
        return str(problem)
    return None


async def is_empty(database_url: str) -> bool:
    async with _connected(database_url) as connection:
        return bool(await connection.fetchval(_EMPTY))


async def restore(dump: Path, database_url: str, made_at: datetime, now: datetime) -> None:
    """Make the tables, mark the copy as held, load the rows, then make keys, indexes and triggers."""
    await _restore_section(dump, database_url, "pre-data")
    async with _connected(database_url) as connection:
        # Committed before the first letter: a worker that runs already asks after it has found one.
        await connection.execute(_HOLD, made_at, now)
    await _restore_section(dump, database_url, "data")
    await _restore_section(dump, database_url, "post-data")
    async with _connected(database_url) as connection:
        await connection.execute("ANALYZE")


async def _restore_section(dump: Path, database_url: str, section: str) -> None:
    how = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-acl", f"--section={section}")
    await _run("pg_restore", database_url, *how, f"--dbname={_name_of(database_url)}", str(dump))


def _name_of(database_url: str) -> str:
    """The database as a connection string, because a name with an equals sign would be taken for one."""
    name = str((own_connection(database_url) or {})["database"])
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**(own_connection(database_url) or {}))
    try:
        yield connection
    finally:
        await connection.close()


async def _run(program: str, database_url: str | None, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. The password goes through the environment, which other users can't read."""
    path = which(program)
    if path is None:
        raise BackupFailed(
            f"{program} is not on this machine: install PostgreSQL's client programs (Debian: postgresql-client), at "
            "least as new as the server, and put them into PATH."
        )
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        env=os.environ | _environment(database_url),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        words = " ".join(said.decode(errors="replace").split())
        raise BackupFailed(f"{program} failed: {words[:500]}")


def _environment(database_url: str | None) -> dict[str, str]:
    named = own_connection(database_url) or {} if database_url else {}
    variables = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGSSLMODE": "ssl"}
    given = {variable: named.get(name) for variable, name in variables.items()} | {"PGDATABASE": named.get("database")}
    return {variable: str(value) for variable, value in given.items() if value is not None}
