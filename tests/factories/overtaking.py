"""Making two pieces of work meet at the worst moment, on purpose and not by luck."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tortoise.transactions import in_transaction

from clinic.database.rows import fetch, on_postgres

T = TypeVar("T")

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def overtaken(change: Callable[[], Awaitable[object]], action: Awaitable[T]) -> T:
    """What `action` comes to if `change` is committed while it waits for the rows that `change` holds locked.

    On SQLite nothing runs beside a transaction, so there the action begins after the commit.
    """
    changed, may_commit = asyncio.Event(), asyncio.Event()

    async def change_first() -> None:
        async with in_transaction():
            await change()
            changed.set()
            await may_commit.wait()

    first = asyncio.create_task(change_first())
    await changed.wait()
    second = asyncio.ensure_future(action)
    async with asyncio.timeout(10):
        while on_postgres() and not second.done() and not (await fetch(_WAITING))[0][0]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the server tells nobody when a query begins to wait
    may_commit.set()
    await first
    return await second
