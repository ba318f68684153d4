"""Changes heard of by asking the database for new ones, where it tells nobody by itself (SQLite)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from adapters.events.hub import ChangeLog, Publish

# Two statements a second while anybody listens, one and a half pages of a small table's index each.
EVERY = 0.5


class Polled:
    """Asks every half second. Relies on numbers that come in the order of the commits."""

    def __init__(self, changes: ChangeLog) -> None:
        self._changes = changes

    async def listen(self, since: datetime, publish: Publish, heard_all: Callable[[], None]) -> None:
        number = await self._changes.publish_since(since, publish)
        while True:
            found = await self._changes.after(number)
            for number, change in found:  # noqa: B007 - the last one's number is where the next question begins
                publish(change)
            if not found:
                heard_all()
                await asyncio.sleep(EVERY)
