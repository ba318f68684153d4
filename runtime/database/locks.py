"""Allows only one migration at a time across processes and machines. A lock is released when its process ends."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg

from runtime.database.config import own_connection, sqlite_path

# An arbitrary number that nothing else in the database uses: "vestibul" in ASCII.
_ADVISORY_LOCK = 0x7665737469627560
# Seconds between attempts. The lock call does not block, so that waiting can be cancelled.
_POLL_SECONDS = 0.05


def migration_lock(database_url: str) -> AbstractAsyncContextManager[None]:
    """Hold the migration lock of this database. Waits for other processes."""
    path = sqlite_path(database_url)
    if path is None:
        return _advisory_lock(database_url)
    return _file_lock(path.with_name(f"{path.name}.migrate-lock"))


@asynccontextmanager
async def _advisory_lock(database_url: str) -> AsyncIterator[None]:
    """Held by a transaction on a separate connection, so that it also works through PgBouncer."""
    connection = await asyncpg.connect(**(own_connection(database_url) or {}))
    try:
        async with connection.transaction():
            # The migration may take longer than the server's limits for idle transactions and lock waits.
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
            await connection.execute(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            yield
    finally:
        # Terminating also works if the server no longer answers.
        connection.terminate()


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    """The file is never deleted: otherwise two processes could lock two different files of the same name."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try_lock(descriptor):  # noqa: ASYNC110 - another process can't set an event
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
