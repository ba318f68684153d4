"""Passes changes from one source per process to its subscribers. The source runs only while there are subscribers."""

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from adapters.events.subscriber import Subscriber
from clinic.values.ports import Change, ChangeKind, Clock

log = logging.getLogger(__name__)

# A new subscriber also gets the changes of this period, so that none is lost between its query and its subscription.
# The clocks of two machines may differ by this much.
RECENT = timedelta(seconds=10)
MAX_RECENT = 1_000
MIN_BACKOFF = 0.2
MAX_BACKOFF = 5.0

Publish = Callable[[Change], None]
NumberedChanges = list[tuple[int, Change]]


@dataclass(frozen=True)
class ChangeLog:
    """Reads changes from the database: the number of the last one, those since a time, those after a number.

    `since` and `after` return changes in order. They may return only a part, but an empty list means there are no more.
    """

    last: Callable[[], Awaitable[int]]
    since: Callable[[datetime], Awaitable[NumberedChanges]]
    after: Callable[[int], Awaitable[NumberedChanges]]

    async def publish_since(self, moment: datetime, publish: Publish) -> int:
        """Publish all changes made since the moment and return the number of the last one."""
        number = await self.last()
        found = await self.since(moment)
        while found:
            number = found[-1][0]
            for _, change in found:
                publish(change)
            found = await self.after(number)
        return number


class Source(Protocol):
    """Where changes come from."""

    async def listen(self, since: datetime, publish: Publish, caught_up: Callable[[], None]) -> None:
        """Publish the changes made since then, and new ones until cancelled.

        Calls `caught_up` whenever all changes made so far have been published. Raises when the source fails.
        """
        ...


@dataclass
class _Audience:
    """The subscribers to one kind of change in one organization."""

    everyone: set[Subscriber] = field(default_factory=set)
    of_contact: defaultdict[UUID, set[Subscriber]] = field(default_factory=lambda: defaultdict(set))

    def subscribers_of(self, contact_id: UUID) -> Iterator[Subscriber]:
        yield from self.everyone
        yield from self.of_contact.get(contact_id, ())


class Hub:
    """Implements the port `Events` over any source."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._audiences: dict[tuple[UUID, ChangeKind], _Audience] = {}
        self._subscribers = 0
        self._recent: deque[tuple[float, Change]] = deque(maxlen=MAX_RECENT)
        self._listener_task: asyncio.Task[None] | None = None
        self._caught_up_at = datetime.min.replace(tzinfo=UTC)

    @asynccontextmanager
    async def changes(
        self, organization_id: UUID, kind: ChangeKind, contact_ids: frozenset[UUID] | None
    ) -> AsyncIterator[AsyncIterator[UUID]]:
        subscriber = Subscriber()
        self._add(subscriber, (organization_id, kind), contact_ids)
        try:
            yield subscriber
        finally:
            self._remove(subscriber, (organization_id, kind), contact_ids)

    def _add(self, who: Subscriber, what: tuple[UUID, ChangeKind], contact_ids: frozenset[UUID] | None) -> None:
        audience = self._audiences.setdefault(what, _Audience())
        if contact_ids is None:
            audience.everyone.add(who)
        for contact_id in contact_ids or ():
            audience.of_contact[contact_id].add(who)
        self._subscribers += 1
        if self._listener_task is None or self._listener_task.done():
            self._recent.clear()
            self._listener_task = asyncio.create_task(self._listen())
            return
        since = asyncio.get_running_loop().time() - RECENT.total_seconds()
        for heard_at, change in self._recent:
            mine = contact_ids is None or change.contact_id in contact_ids
            if heard_at >= since and mine and (change.organization_id, change.kind) == what:
                who.put(change.contact_id)

    def _remove(self, who: Subscriber, what: tuple[UUID, ChangeKind], contact_ids: frozenset[UUID] | None) -> None:
        audience = self._audiences[what]
        audience.everyone.discard(who)
        for contact_id in contact_ids or ():
            audience.of_contact[contact_id].discard(who)
            if not audience.of_contact[contact_id]:
                del audience.of_contact[contact_id]
        if not audience.everyone and not audience.of_contact:
            del self._audiences[what]
        self._subscribers -= 1
        if self._subscribers == 0 and self._listener_task is not None:
            self._listener_task.cancel()
            self._listener_task = None

    def _publish(self, change: Change) -> None:
        self._recent.append((asyncio.get_running_loop().time(), change))
        audience = self._audiences.get((change.organization_id, change.kind))
        for subscriber in audience.subscribers_of(change.contact_id) if audience else ():
            subscriber.put(change.contact_id)

    def _mark_caught_up(self) -> None:
        self._caught_up_at = self._clock.now()

    async def _listen(self) -> None:
        self._mark_caught_up()
        failures = 0
        while True:
            began = self._caught_up_at
            try:
                await self._source.listen(began - RECENT, self._publish, self._mark_caught_up)
            except Exception as trouble:  # noqa: BLE001  the outermost edge of this task, which must always reconnect
                failures = 0 if self._caught_up_at > began else failures + 1
                log.warning("events.interrupted", extra={"error": type(trouble).__name__, "in_a_row": failures})
            pause = min(MIN_BACKOFF * 2 ** min(failures, 8), MAX_BACKOFF)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
