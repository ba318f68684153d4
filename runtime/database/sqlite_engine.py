"""SQLite for Tortoise, with transactions that handle cancellation and take the write lock when they begin.

Why the library's own client won't do: docs/decisions/0001-own-tortoise-clients.md. Tortoise finds `client_class`
by this module's name, and picks its schema editor by the word "sqlite" in it.
"""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    _gen_savepoint_name,
    translate_exceptions,
)
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from clinic.database.rows import StatementTimedOut
from runtime.database.transactions import CurrentClient, SavepointBlock, finish, require_open

T = TypeVar("T")
Answer = tuple[int, Sequence[Any]]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as exc:
        raise OperationalError(exc) from exc
    except sqlite3.IntegrityError as exc:
        raise IntegrityError(exc) from exc


def _run(connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> Answer:
    """Counts the rows that this statement changed, like PostgreSQL, without those of triggers and cascades."""
    before = connection.total_changes
    cursor = connection.execute(sql, values)
    rows = cursor.fetchall()
    if cursor.rowcount >= 0:
        return cursor.rowcount, rows
    # Neither INSERT, UPDATE nor DELETE comes first in it: a SELECT, or a WITH before either.
    return (connection.total_changes - before) or len(rows), rows


def _run_many(connection: sqlite3.Connection, sql: str, values: Sequence[Sequence[Any]]) -> None:
    """Atomic. It is one call on the connection's thread, so that a cancellation can't interrupt it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(sql, values)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def statements_of(script: str) -> Iterator[str]:
    """The script's statements. Semicolons in strings, comments and triggers do not end a statement."""
    statement = ""
    for piece in re.split(r"(?<=;)", script):
        statement += piece
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        yield statement.strip()


async def _on_thread(connection: aiosqlite.Connection, work: Callable[..., T], *arguments: Any) -> T:
    """Run `work` on the connection's thread as one step, without other work in between."""
    result: T = await connection._execute(work, *arguments)  # type: ignore[no-untyped-call]
    return result


async def _wait_until_idle(connection: aiosqlite.Connection) -> None:
    """Wait until the connection's thread has finished its queue."""
    # ValueError: closed meanwhile, so nothing is running.
    with contextlib.suppress(ValueError):
        await _on_thread(connection, lambda: None)


class _StatementConnection(ConnectionWrapper[aiosqlite.Connection]):
    """Gives one statement at a time exclusive use of the connection. A cancelled statement is waited for."""

    async def __aenter__(self) -> aiosqlite.Connection:
        await self._lock.acquire()
        try:
            if isinstance(self.client, TransactionalDBClient):
                require_open(self.client)
            # Read again under the lock, because its previous holder may have opened or closed the connection.
            self.connection = self.client._connection
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if isinstance(exc_val, asyncio.CancelledError):
                await finish(_wait_until_idle(self.connection))
        finally:
            self._lock.release()


class _Statements(SqliteClient):
    """Queries that work the same inside and outside a transaction."""

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        return _StatementConnection(self._lock, self)

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> Answer:
        query = query.replace("\x00", "'||CHAR(0)||'")
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            return await _on_thread(connection, _run, connection._conn, query, values or ())

    @translate_exceptions
    async def execute_query_within(self, seconds: float, query: str, values: list[Any]) -> Sequence[Any]:
        """The rows of a SELECT. After so many seconds it is interrupted; raises `StatementTimedOut`."""
        query = query.replace("\x00", "'||CHAR(0)||'")
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            # The statement has the connection to itself, so nothing else is interrupted.
            interruption = asyncio.get_running_loop().call_later(seconds, connection._conn.interrupt)
            try:
                _, rows = await _on_thread(connection, _run, connection._conn, query, values)
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise StatementTimedOut from None
                raise
            finally:
                interruption.cancel()
            return rows

    @translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        query = query.replace("\x00", "'||CHAR(0)||'")
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            _, rows = await _on_thread(connection, _run, connection._conn, query, values or ())
            return [dict(row) for row in rows]


class SqliteDatabase(_Statements):
    """One connection and one lock per process, so that transactions and other statements run one at a time."""

    async def create_connection(self, with_db: bool) -> None:
        if self._connection is None:
            await finish(self._connect())

    async def _connect(self) -> None:
        """Open the file. The connection is stored only after all pragmas are set."""
        connection = await aiosqlite.connect(self.filename, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            for pragma, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        await self._post_connect()

    def _in_transaction(self) -> TransactionContext:
        return _TransactionBlock(SqliteTransaction(self), self._lock)

    @translate_exceptions
    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            await _on_thread(connection, _run_many, connection._conn, query, values)


class SqliteTransaction(_Statements, SqliteTransactionWrapper):
    """The client that queries inside a transaction use."""

    def _in_transaction(self) -> TransactionContext:
        return SavepointBlock(SqliteTransaction(self))

    @translate_exceptions
    async def execute_script(self, query: str) -> None:
        """Runs each statement separately, because the driver commits before it runs a script."""
        async with self.acquire_connection() as connection:
            self.log.debug(query)
            for statement in statements_of(query):
                await _on_thread(connection, _run, connection._conn, statement, ())

    async def begin(self) -> None:
        """Take the write lock now, because a transaction that first reads and then writes can't wait for it later."""
        with _translated():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        if not self._finalized and not self._connection.in_transaction:
            # SQLite itself may roll back, for example on a full disk. The driver would then silently commit nothing.
            raise TransactionManagementError("The database has rolled this transaction back.")
        with _translated():
            await super().commit()

    async def savepoint(self) -> None:
        name = _gen_savepoint_name()
        await self._connection.execute_fetchall(f"SAVEPOINT {name}")
        self._savepoint = name

    async def savepoint_rollback(self) -> None:
        """Undo back to the savepoint; nothing happens if it was never set."""
        self._finalized = True
        if self._savepoint is not None:
            await self._connection.execute_fetchall(f"ROLLBACK TO {self._savepoint}")
            await self._connection.execute_fetchall(f"RELEASE {self._savepoint}")

    async def release_savepoint(self) -> None:
        await super().release_savepoint()
        self._finalized = True


class _TransactionBlock(SqliteTransactionContext):
    """A transaction that always releases the lock and leaves no open transaction."""

    connection: SqliteTransaction
    _current_client: CurrentClient

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self._open()
            self._current_client = CurrentClient(self.connection)
        except BaseException:
            self._trxlock.release()
            raise
        return self.connection

    async def _open(self) -> None:
        parent = self.connection._parent
        with _translated():
            await parent.create_connection(with_db=True)
        self.connection._connection = parent._connection
        try:
            await finish(self.connection.begin())
        except BaseException:
            await finish(self._rollback_or_close())
            raise

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await finish(self._end(succeeded=exc_type is None))
        finally:
            self._trxlock.release()
            self._current_client.restore()

    async def _end(self, *, succeeded: bool) -> None:
        # Waits for a running statement of a task that was started inside. Later statements are refused.
        async with self.connection._lock:
            try:
                if succeeded and not self.connection._finalized:
                    await self.connection.commit()
            finally:
                self.connection._finalized = True
                await self._rollback_or_close()

    async def _rollback_or_close(self) -> None:
        connection = self.connection._connection
        if not connection.in_transaction:
            return
        try:
            await connection.rollback()
        except sqlite3.Error:
            # Its state is unknown now. The next statement opens a new connection.
            self.connection._parent._connection = None
            await connection.close()


client_class = SqliteDatabase
