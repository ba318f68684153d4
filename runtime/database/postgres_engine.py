"""PostgreSQL (asyncpg) for Tortoise, with transactions that release their connection even after a cancellation.

Why the library's own client won't do: docs/decisions/0001-own-tortoise-clients.md. Tortoise finds `client_class`
by this module's name.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

from clinic.database.faults import Fault, fault_of, is_unavailable
from clinic.database.rows import StatementTimedOut
from runtime.database.config import CONNECT_SECONDS
from runtime.database.transactions import CurrentClient, SavepointBlock, finish, require_open

_BETWEEN_ATTEMPTS = 0.1
"""Seconds."""

_FULL_OR_STARTING = (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Driver errors of a lost connection become DBConnectionError, conflicts OperationalError as on SQLite."""
    try:
        yield
    except asyncpg.TransactionRollbackError as exc:
        raise OperationalError(exc) from exc
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as exc:
        if isinstance(exc, DBConnectionError):
            raise
        # A path of ours is in no statement: a missing socket is a server that is away.
        if fault_of(exc) is Fault.OUTAGE or isinstance(exc, OSError):
            raise DBConnectionError(exc) from exc
        raise


class _TranslatedErrors(AsyncpgDBClient):
    """The same exceptions as on SQLite, so that nobody above needs to know the driver."""

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with _translated():
            return await super()._translate_exceptions(func, *args, **kwargs)

    @translate_exceptions
    async def execute_query_within(self, seconds: float, query: str, values: list[Any]) -> Any:
        """The rows of a SELECT. After so many seconds the server is told to stop it; raises `StatementTimedOut`."""
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            try:
                return await connection.fetch(query, *values, timeout=seconds)
            except TimeoutError:
                # Python's TimeoutError is an OSError, which would look like a lost connection.
                raise StatementTimedOut from None


T = TypeVar("T")


async def _patiently(connect: Callable[[float], Awaitable[T]]) -> T:
    """What `connect` answers, given the seconds left. It is tried again while the server takes no more connections."""
    deadline = asyncio.get_running_loop().time() + CONNECT_SECONDS
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            return await connect(max(left, _BETWEEN_ATTEMPTS))
        except asyncpg.PostgresError as exc:
            if not isinstance(exc, _FULL_OR_STARTING) or left < 2 * _BETWEEN_ATTEMPTS:
                # Whatever a server says to a new connection, no statement of ours is at fault.
                raise DBConnectionError(exc) from exc
        await asyncio.sleep(_BETWEEN_ATTEMPTS)


async def _acquire(pool: asyncpg.Pool) -> PoolConnectionProxy:
    """A connection of the pool. Waits while all are in use."""
    try:
        return await pool.acquire(timeout=CONNECT_SECONDS)
    except _FULL_OR_STARTING:
        return await _patiently(lambda left: pool.acquire(timeout=left))
    except asyncpg.PostgresError as exc:
        # Whatever a server says to a new connection, no statement of ours is at fault.
        raise DBConnectionError(exc) from exc


class _PooledStatement(PoolConnectionWrapper[asyncpg.Connection]):
    """A connection for one statement outside a transaction."""

    async def __aenter__(self) -> asyncpg.Connection:
        assert isinstance(self.client, AsyncpgDBClient)  # noqa: S101 - narrows the type
        if self.client._pool is None:
            # Others may be at it, one after another, while the server does not answer.
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                await self.ensure_connection()
        assert self.client._pool is not None  # noqa: S101 - `ensure_connection` has just made it
        # Stored, because the pool may be closed or replaced before the statement ends.
        self._pool = self.client._pool
        self.connection = cast(asyncpg.Connection, await _acquire(self._pool))
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await _release(self._pool, self.connection)


async def _raise(_client: AsyncpgDBClient, exc: BaseException) -> None:
    raise exc


async def _release(pool: asyncpg.Pool, connection: Any) -> None:
    """Return the connection. The pool itself replaces one that was lost, whose statement has failed or was answered."""
    try:
        await pool.release(connection)
    except Exception as lost:
        if not is_unavailable(lost):
            raise


class _StatelessConnection(asyncpg.Connection):
    """A connection that nothing of a session is left on: no statement of ours sets, listens or locks beyond its end.

    So the pool has nothing to reset. It would ask the server to after each statement, which takes as long as most
    statements. It still rolls back an open transaction.
    """

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase(_TranslatedErrors):
    """A pool of connections. Each transaction uses its own connection."""

    connection_class: Any = _StatelessConnection

    async def create_connection(self, with_db: bool) -> None:
        with _translated():
            await _patiently(lambda _left: self._create_pool(with_db))

    async def _create_pool(self, with_db: bool) -> None:
        # A partly created pool would leave open sockets.
        await finish(super().create_connection(with_db))

    def acquire_connection(self) -> PoolConnectionWrapper[asyncpg.Connection]:
        return _PooledStatement(self, self._pool_init_lock)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        """As Tortoise's. A SELECT takes a shorter way, which is a third of what one of few rows costs."""
        pool = self._pool
        if pool is None or not query.lstrip().startswith(("SELECT", "WITH")):
            answer: tuple[int, Any] = await super().execute_query(query, values)
            return answer
        try:
            connection = await _acquire(pool)
            self.log.debug("%s: %s", query, values)
            try:
                rows = await connection.fetch(query, *values or ())
            finally:
                await _release(pool, connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as exc:
            await self._translate_exceptions(_raise, exc)
            raise
        return len(rows), rows

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

    @translate_exceptions
    async def release_savepoint(self) -> None:
        await super().release_savepoint()

    @translate_exceptions
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
        with _translated():
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                await self.ensure_connection()
        # Stored, because the pool may be closed or replaced before the block ends.
        pool = self.client._parent._pool
        assert pool is not None  # noqa: S101 - `ensure_connection` has just made it
        self._pool = pool
        with _translated():
            self._pooled_connection = await _acquire(pool)
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
        with contextlib.suppress(OperationalError, TransactionManagementError, DBConnectionError), _translated():
            await self.client.rollback()

    async def _release(self) -> None:
        try:
            if self.client.transaction is not None and self._pooled_connection.is_in_transaction():
                await self.client.transaction.rollback()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            # The connection and its transaction are lost. The error that ended the block is raised instead.
            pass
        finally:
            await _release(self._pool, self._pooled_connection)


client_class = PostgresDatabase
