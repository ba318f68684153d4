"""A clock that tests set."""

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Stands still until told otherwise. An implementation of `clinic.ports.Clock`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, span: timedelta) -> None:
        self._now += span
