"""Receives changes by polling a database that sends no notifications (SQLite)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from adapters.events.hub import ChangeLog, Publish

# Two statements a second while there are subscribers. Each reads about 1.5 index pages of a small table.
POLL_SECONDS = 0.5


class DatabasePoller:
    """Requires that the numbers of changes increase in the order of the commits."""

    def __init__(self, changes: ChangeLog) -> None:
        self._changes = changes

    async def listen(self, since: datetime, publish: Publish, caught_up: Callable[[], None]) -> None:
        number = await self._changes.publish_since(since, publish)
        while True:
            found = await self._changes.after(number)
            for number, change in found:  # noqa: B007 - the next query starts at the last number
                publish(change)
            if not found:
                caught_up()
                await asyncio.sleep(POLL_SECONDS)
