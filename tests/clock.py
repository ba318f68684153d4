"""A clock that tests set, and a wait that takes no time."""

import asyncio
from datetime import UTC, datetime, timedelta


class FixedClock:
    """Stands still until told otherwise. An implementation of `clinic.ports.Clock`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, span: timedelta) -> None:
        self._now += span


async def no_wait(seconds: float, /) -> None:
    """An implementation of `clinic.ports.Wait`: others get their turn, and no time passes."""
    if seconds < 0:
        raise ValueError(f"nobody can wait {seconds} s")
    await asyncio.sleep(0)
