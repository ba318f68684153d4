"""The database of a backup on SQLite: a copy made by VACUUM INTO, which one transaction reads while others write."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from runtime.backup.contents import Ask
from runtime.backup.errors import BackupFailed
from runtime.backup.manifest import flush

NAME = "database.sqlite3"
_HOLD = (
    "INSERT OR REPLACE INTO held_copy (id, backup_made_at, restored_at, resumed_at, gave_up) VALUES (1, ?, ?, NULL, 0)"
)


async def copy_to(database: Path, target: Path) -> None:
    """Write a consistent copy that only its owner can read."""
    await asyncio.to_thread(_copy, database, target)


def _copy(database: Path, target: Path) -> None:
    if not database.exists():
        raise BackupFailed(f"there is no database {database}.")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(_opened(database, "rw")) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    flush(target)


@asynccontextmanager
async def asking(database: Path) -> AsyncIterator[Ask]:
    """A way to ask the database in this file."""

    def run(sql: str) -> Sequence[Mapping[str, Any]]:
        with closing(_opened(database, "rw")) as connection:
            connection.row_factory = sqlite3.Row
            rows: list[sqlite3.Row] = connection.execute(sql).fetchall()
            return [dict(row) for row in rows]

    async def ask(sql: str) -> Sequence[Mapping[str, Any]]:
        return await asyncio.to_thread(run, sql)

    yield ask


async def problem_of(copy: Path) -> str | None:
    """What is wrong inside the copy, if anything."""

    def look() -> str | None:
        try:
            with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?immutable=1", uri=True)) as connection:
                [[first], *_] = connection.execute("PRAGMA quick_check").fetchall()
        except sqlite3.DatabaseError as problem:
            return str(problem)
        return None if first == "ok" else str(first)

    return await asyncio.to_thread(look)


async def is_empty(database: Path) -> bool:
    """Whether there is no such file, or no table in it."""
    if not await asyncio.to_thread(database.exists):
        return True
    async with asking(database) as ask:
        return not await ask("SELECT 1 FROM sqlite_master")


async def restore(copy: Path, database: Path, made_at: datetime, now: datetime) -> None:
    """Put the copy in the database's place, marked as held before it gets its name."""
    await asyncio.to_thread(_restore, copy, database, made_at, now)


def _restore(copy: Path, database: Path, made_at: datetime, now: datetime) -> None:
    part = database.with_name(f"{database.name}.restoring")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    shutil.copyfile(copy, part)
    with closing(sqlite3.connect(part)) as connection, connection:
        connection.execute(_HOLD, [moment.isoformat(sep=" ", timespec="microseconds") for moment in (made_at, now)])
    flush(part)
    # An empty database may have been made here; what it is made of goes with it.
    for ending in ("", "-wal", "-shm"):
        database.with_name(f"{database.name}{ending}").unlink(missing_ok=True)
    part.replace(database)
    flush(database.parent)


def _opened(database: Path, mode: str) -> sqlite3.Connection:
    """Never makes a file. Waits for others' locks as the program does."""
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode={mode}", uri=True, timeout=10)
