"""Fans changes out: one source per process, running only while somebody listens, and any number of subscribers."""

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

# Who asks and then subscribes is told what changed in between; also how far apart two machines' clocks may be.
RECENT = timedelta(seconds=10)
MOST_RECENT = 1_000
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0

Publish = Callable[[Change], None]
Numbered = list[tuple[int, Change]]


@dataclass(frozen=True)
class ChangeLog:
    """How announcements are read from the database: the last one's number, those since a moment, those after a number.

    The two latter answer some of them in order, and none only if there are none.
    """

    last: Callable[[], Awaitable[int]]
    since: Callable[[datetime], Awaitable[Numbered]]
    after: Callable[[int], Awaitable[Numbered]]

    async def publish_since(self, moment: datetime, publish: Publish) -> int:
        """Publish all made since the moment; answers the last one's number."""
        number = await self.last()
        found = await self.since(moment)
        while found:
            number = found[-1][0]
            for _, change in found:
                publish(change)
            found = await self.after(number)
        return number


class Source(Protocol):
    """Where changes are heard of."""

    async def listen(self, since: datetime, publish: Publish, heard_all: Callable[[], None]) -> None:
        """Publish what was announced since then and what is announced from now on, until cancelled.

        Calls `heard_all` whenever nothing announced before can have been missed. Raises when it can hear no more.
        """
        ...


@dataclass
class _Audience:
    """Who listens to one kind of change in one organization."""

    everyone: set[Subscriber] = field(default_factory=set)
    of_contact: defaultdict[UUID, set[Subscriber]] = field(default_factory=lambda: defaultdict(set))

    def hearing(self, contact_id: UUID) -> Iterator[Subscriber]:
        yield from self.everyone
        yield from self.of_contact.get(contact_id, ())


class Hub:
    """The port `Events` over any source."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._audiences: dict[tuple[UUID, ChangeKind], _Audience] = {}
        self._subscribers = 0
        self._recent: deque[tuple[float, Change]] = deque(maxlen=MOST_RECENT)
        self._listening: asyncio.Task[None] | None = None
        self._heard_all_at = datetime.min.replace(tzinfo=UTC)

    @asynccontextmanager
    async def changes(
        self, organization_id: UUID, kind: ChangeKind, contact_ids: frozenset[UUID] | None
    ) -> AsyncIterator[AsyncIterator[UUID]]:
        subscriber = Subscriber()
        self._enter(subscriber, (organization_id, kind), contact_ids)
        try:
            yield subscriber
        finally:
            self._leave(subscriber, (organization_id, kind), contact_ids)

    def _enter(self, who: Subscriber, what: tuple[UUID, ChangeKind], contact_ids: frozenset[UUID] | None) -> None:
        audience = self._audiences.setdefault(what, _Audience())
        if contact_ids is None:
            audience.everyone.add(who)
        for contact_id in contact_ids or ():
            audience.of_contact[contact_id].add(who)
        self._subscribers += 1
        if self._listening is None or self._listening.done():
            self._recent.clear()
            self._listening = asyncio.create_task(self._listen())
            return
        since = asyncio.get_running_loop().time() - RECENT.total_seconds()
        for heard_at, change in self._recent:
            mine = contact_ids is None or change.contact_id in contact_ids
            if heard_at >= since and mine and (change.organization_id, change.kind) == what:
                who.put(change.contact_id)

    def _leave(self, who: Subscriber, what: tuple[UUID, ChangeKind], contact_ids: frozenset[UUID] | None) -> None:
        audience = self._audiences[what]
        audience.everyone.discard(who)
        for contact_id in contact_ids or ():
            audience.of_contact[contact_id].discard(who)
            if not audience.of_contact[contact_id]:
                del audience.of_contact[contact_id]
        if not audience.everyone and not audience.of_contact:
            del self._audiences[what]
        self._subscribers -= 1
        if self._subscribers == 0 and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def _publish(self, change: Change) -> None:
        self._recent.append((asyncio.get_running_loop().time(), change))
        audience = self._audiences.get((change.organization_id, change.kind))
        for subscriber in audience.hearing(change.contact_id) if audience else ():
            subscriber.put(change.contact_id)

    def _heard_all(self) -> None:
        self._heard_all_at = self._clock.now()

    async def _listen(self) -> None:
        self._heard_all()
        failures = 0
        while True:
            began = self._heard_all_at
            try:
                await self._source.listen(began - RECENT, self._publish, self._heard_all)
            except Exception as trouble:  # noqa: BLE001  this task's own edge: whatever happens, screens must hear again
                failures = 0 if self._heard_all_at > began else failures + 1
                log.warning("events.interrupted", extra={"error": type(trouble).__name__, "in_a_row": failures})
            pause = min(FIRST_PAUSE * 2 ** min(failures, 8), LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
