"""Receives changes from PostgreSQL, which sends them at the commit (LISTEN and NOTIFY)."""

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

# The trigger in clinic/migrations/0005_changes.py uses the same name.
CHANNEL = "vestibule_change"
# Seconds. A connection that was lost without notice is detected within this time.
HEARTBEAT_SECONDS = 10.0
ANSWER_TIMEOUT = 5.0


class ConnectionLost(Exception):
    """The database closed the connection, or is restarting."""


class PostgresListener:
    """Uses its own connection outside the pool. LISTEN needs a session, so a pooling proxy does not work."""

    def __init__(self, connection: Mapping[str, Any], changes: ChangeLog) -> None:
        """`connection` are the arguments of `asyncpg.connect`; `changes` reads what was announced before listening."""
        self._connection = connection
        self._changes = changes

    async def listen(self, since: datetime, publish: Publish, caught_up: Callable[[], None]) -> None:
        ended = asyncio.Event()
        connection = await asyncpg.connect(**self._connection, timeout=ANSWER_TIMEOUT)
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, text: publish(_read(text)))
            # Listen before reading, so that a change made in between is published twice rather than never.
            await self._changes.publish_since(since, publish)
            caught_up()
            while not await _is_set_within(ended, HEARTBEAT_SECONDS):
                await connection.execute("SELECT 1", timeout=ANSWER_TIMEOUT)
                caught_up()
            raise ConnectionLost
        finally:
            # A graceful close would wait for a server that may not answer.
            connection.terminate()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _read(text: object) -> Change:
    organization_id, contact_id, kind = str(text).split()
    return Change(UUID(organization_id), UUID(contact_id), ChangeKind(kind))
