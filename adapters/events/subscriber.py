"""The queue of one subscriber, and its limit."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from clinic.values.ports import FellBehind

# A contact waits once, even if it changes often. A screen shows a hundred contacts; an import changes more.
MAX_PENDING = 1_000


class Subscriber(AsyncIterator[UUID]):
    """Yields each changed contact once, oldest first. Raises `FellBehind` after an overflow."""

    __slots__ = ("_fell_behind", "_pending", "_pending_event")

    def __init__(self) -> None:
        self._pending: dict[UUID, None] = {}
        self._pending_event = asyncio.Event()
        self._fell_behind = False

    def put(self, contact_id: UUID) -> None:
        """Never blocks. An overflow clears the queue."""
        if len(self._pending) >= MAX_PENDING and contact_id not in self._pending:
            self._fell_behind = True
            self._pending.clear()
        if not self._fell_behind:
            self._pending[contact_id] = None
        self._pending_event.set()

    async def __anext__(self) -> UUID:
        await self._pending_event.wait()
        if self._fell_behind:
            raise FellBehind
        contact_id = next(iter(self._pending))
        del self._pending[contact_id]
        if not self._pending:
            self._pending_event.clear()
        return contact_id
