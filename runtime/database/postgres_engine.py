"""PostgreSQL (asyncpg) for Tortoise, with transactions that release their connection even after a cancellation.

Why the library's own client won't do: docs/decisions/0001-own-tortoise-clients.md. Tortoise finds `client_class`
by this module's name.
"""

import contextlib
from collections.abc import Callable
from typing import Any, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.exceptions import OperationalError, TransactionManagementError

from runtime.database.transactions import CurrentClient, SavepointBlock, finish, require_open


class _TranslatedErrors(AsyncpgDBClient):
    """Deadlocks and serialization failures become OperationalError, like a locked database on SQLite."""

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except asyncpg.TransactionRollbackError as exc:
            raise OperationalError(exc) from exc


class PostgresDatabase(_TranslatedErrors):
    """A pool of connections. Each transaction uses its own connection."""

    async def create_connection(self, with_db: bool) -> None:
        # A partly created pool would leave open sockets.
        await finish(super().create_connection(with_db))

    def _in_transaction(self) -> TransactionContext:
        return _TransactionBlock(PostgresTransaction(self), self._pool_init_lock)

    @translate_exceptions
    async def execute_many(self, query: str, values: list[Any]) -> None:
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            # Atomic: asyncpg sends all rows in one implicit transaction.
            await connection.executemany(query, values)


class _StatementConnection(ConnectionWrapper[asyncpg.Connection]):
    """Gives one statement at a time exclusive use of the transaction's connection."""

    async def __aenter__(self) -> asyncpg.Connection:
        await self._lock.acquire()
        try:
            assert isinstance(self.client, TransactionalDBClient)  # noqa: S101 - narrows the type; made below
            require_open(self.client)
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class PostgresTransaction(_TranslatedErrors, TransactionWrapper):
    """The client that queries inside a transaction use."""

    def _in_transaction(self) -> TransactionContext:
        return SavepointBlock(PostgresTransaction(self))

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        return _StatementConnection(self._lock, self)

    @translate_exceptions
    async def begin(self) -> None:
        transaction = self._connection.transaction()
        await transaction.start()
        self.transaction = transaction

    @translate_exceptions
    async def commit(self) -> None:
        await super().commit()

    async def savepoint_rollback(self) -> None:
        """Undo back to the savepoint; nothing happens if it was never set."""
        if self.transaction is not None:
            await super().savepoint_rollback()


class _TransactionBlock(TransactionContextPooled):
    """A transaction that always returns its connection to the pool."""

    client: PostgresTransaction
    _current_client: CurrentClient
    _pool: asyncpg.Pool
    _pooled_connection: PoolConnectionProxy

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        # Stored, because the pool may be closed or replaced before the block ends.
        pool = self.client._parent._pool
        assert pool is not None  # noqa: S101 - `ensure_connection` has just made it
        self._pool = pool
        self._pooled_connection = await pool.acquire()
        # The pool returns a proxy with all methods of a connection.
        self.client._connection = cast(asyncpg.Connection, self._pooled_connection)
        try:
            await finish(self.client.begin())
            self._current_client = CurrentClient(self.client)
        except BaseException:
            await finish(self._release())
            raise
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await finish(self._end(succeeded=exc_type is None))
        finally:
            self._current_client.restore()

    async def _end(self, *, succeeded: bool) -> None:
        # Waits for a running statement of a task that was started inside. Later statements are refused.
        async with self.client._lock:
            try:
                if not self.client._finalized:
                    await (self.client.commit() if succeeded else self._rollback())
            finally:
                self.client._finalized = True
                await self._release()

    async def _rollback(self) -> None:
        """Roll back explicitly: the pool would log a warning for each transaction that it has to roll back."""
        with contextlib.suppress(OperationalError, TransactionManagementError, asyncpg.InterfaceError):
            await self.client.rollback()

    async def _release(self) -> None:
        try:
            if self.client.transaction is not None and self._pooled_connection.is_in_transaction():
                await self.client.transaction.rollback()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            # The connection and its transaction are lost. The error that ended the block is raised instead.
            pass
        finally:
            # InternalClientError: it was lost this very moment, and the pool has freed its place already.
            with contextlib.suppress(asyncpg.InternalClientError):
                await self._pool.release(self._pooled_connection)


client_class = PostgresDatabase
