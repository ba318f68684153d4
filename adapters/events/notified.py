"""Changes heard of from PostgreSQL, which tells them at the commit (LISTEN and NOTIFY)."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from adapters.events.hub import ChangeLog, Publish
from clinic.values.ports import Change, ChangeKind

log = logging.getLogger(__name__)

# As the trigger of clinic/migrations/0005_changes.py has it.
CHANNEL = "vestibule_change"
# A connection that died without a word is noticed within this time (seconds).
HEARTBEAT = 10.0
ANSWERS_WITHIN = 5.0


class ConnectionLost(Exception):
    """The database ended the connection, or restarts."""


class Notified:
    """One connection of its own, besides the pool: a listener needs a session, so none through a pooling proxy."""

    def __init__(self, connection: Mapping[str, Any], changes: ChangeLog) -> None:
        """`connection` is what `asyncpg.connect` takes; `changes` reads what was announced while nobody listened."""
        self._connection = connection
        self._changes = changes

    async def listen(self, since: datetime, publish: Publish, heard_all: Callable[[], None]) -> None:
        ended = asyncio.Event()
        connection = await asyncpg.connect(**self._connection, timeout=ANSWERS_WITHIN)
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, text: publish(_read(text)))
            # Listening first: what is announced meanwhile is told twice rather than never.
            await self._changes.publish_since(since, publish)
            heard_all()
            while not await _set_within(ended, HEARTBEAT):
                await connection.execute("SELECT 1", timeout=ANSWERS_WITHIN)
                heard_all()
            raise ConnectionLost
        finally:
            # Closing with a farewell would wait for a server that may not answer.
            connection.terminate()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _read(text: object) -> Change:
    organization_id, contact_id, kind = str(text).split()
    return Change(UUID(organization_id), UUID(contact_id), ChangeKind(kind))
