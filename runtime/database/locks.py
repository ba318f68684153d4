"""One migrator at a time, whichever process or machine it runs on. Held locks end with their process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg

from runtime.database.config import own_connection, sqlite_path

# Any number will do, as long as nothing else in the database uses it: "vestibul" in ASCII.
_ADVISORY_LOCK = 0x7665737469627560
# How often a waiting process looks again (seconds). Asking without blocking keeps the waiting cancellable.
_POLL_SECONDS = 0.05


def migration_lock(database_url: str) -> AbstractAsyncContextManager[None]:
    """Wait until no other process migrates this database, and keep the others waiting meanwhile."""
    path = sqlite_path(database_url)
    if path is None:
        return _advisory_lock(database_url)
    return _file_lock(path.with_name(f"{path.name}.migrate-lock"))


@asynccontextmanager
async def _advisory_lock(database_url: str) -> AsyncIterator[None]:
    """Held by a transaction of a connection of its own, so that it also works through PgBouncer."""
    connection = await asyncpg.connect(**(own_connection(database_url) or {}))
    try:
        async with connection.transaction():
            # The migration may take longer than the server lets others idle or wait.
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
            await connection.execute(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            yield
    finally:
        # Closing abruptly also ends the lock when the server no longer answers.
        connection.terminate()


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    """The file stays behind: deleting it would let two processes hold locks on two files of one name."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try_lock(descriptor):  # noqa: ASYNC110 - another process tells no event
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
