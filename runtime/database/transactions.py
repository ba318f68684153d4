"""Shared by both engines: work that finishes even if its task is cancelled, and savepoints that rely on it."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even if this task is cancelled. The cancellation is raised afterwards.

    The result is lost after a cancellation, so `work` itself must store anything that must be released.
    """
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as interruption:
            cancellation = interruption
    if cancellation is None:
        return task.result()
    # Retrieving the exception also keeps asyncio from reporting it as never retrieved.
    failure = None if task.cancelled() else task.exception()
    raise cancellation from failure


def require_open(client: TransactionalDBClient) -> None:
    """Raise if the transaction has ended.

    A task that is started inside a transaction inherits its client. On SQLite it would write into the next
    transaction on the shared connection; on PostgreSQL into a connection that another transaction uses.
    """
    if client._finalized:
        raise TransactionManagementError("This transaction is over. Spawn tasks after the commit, not inside.")


class CurrentClient:
    """Makes a transaction's client the connection that the present task's queries use, until `restore`."""

    def __init__(self, client: TransactionalDBClient) -> None:
        # Remembered, because at the end another database may be the current one.
        self._connections = get_connections()
        self._token = self._connections.set(client.connection_name, client)

    def restore(self) -> None:
        # ValueError: the block ends in another task than it began in (an abandoned generator, closed by the event
        # loop). That task never had our client, and the first one's queries are refused from now on.
        with contextlib.suppress(ValueError):
            self._connections.reset(self._token)


class SavepointBlock(NestedTransactionContext):
    """A nested transaction, which is released or rolled back as a whole, even after a cancellation."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            await finish(self.client.savepoint())
        except asyncio.CancelledError:
            await finish(self.client.savepoint_rollback())
            raise
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        if self.client._finalized:
            return
        await finish(self.client.release_savepoint() if exc_type is None else self.client.savepoint_rollback())
