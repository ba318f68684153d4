"""One who listens: what is waiting for them, and when that is too much."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from clinic.values.ports import FellBehind

# Contacts that wait to be told, each once however often it changed. A screen watches a hundred; an import changes more.
MOST_WAITING = 1_000


class Subscriber(AsyncIterator[UUID]):
    """Answers each contact that was put in once, the one that waits longest first."""

    __slots__ = ("_fell_behind", "_something", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[UUID, None] = {}
        self._something = asyncio.Event()
        self._fell_behind = False

    def put(self, contact_id: UUID) -> None:
        """Never waits and never grows beyond `MOST_WAITING`."""
        if len(self._waiting) >= MOST_WAITING and contact_id not in self._waiting:
            self._fell_behind = True
            self._waiting.clear()
        if not self._fell_behind:
            self._waiting[contact_id] = None
        self._something.set()

    async def __anext__(self) -> UUID:
        await self._something.wait()
        if self._fell_behind:
            raise FellBehind
        contact_id = next(iter(self._waiting))
        del self._waiting[contact_id]
        if not self._waiting:
            self._something.clear()
        return contact_id
