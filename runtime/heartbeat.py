"""Whether the worker's loops still turn. A loop that hangs does not end the process, so nothing would restart it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

# A round may deliver 20 letters to a slow server, or seal 5 large documents, and both have limits of their own. This is
# more than all of them together.
LONGEST_ROUND = timedelta(minutes=45)


@dataclass
class _Loop:
    turned_at: float
    silent_for: float


@dataclass
class Heartbeat:
    """When each loop turned last, on a clock that counts seconds and is never set back."""

    now: Callable[[], float] = time.monotonic
    _loops: dict[str, _Loop] = field(default_factory=dict)

    def expect(self, name: str, idle: timedelta) -> None:
        """The loop begins. It pauses for `idle` between two rounds."""
        self._loops[name] = _Loop(self.now(), (2 * idle + LONGEST_ROUND).total_seconds())

    def turned(self, name: str) -> None:
        """The loop has ended a round, with or without success: an outage is not its fault."""
        self._loops[name].turned_at = self.now()

    def ages(self) -> dict[str, float]:
        """Seconds since each loop turned."""
        now = self.now()
        return {name: now - loop.turned_at for name, loop in self._loops.items()}

    def stuck(self) -> list[str]:
        """The loops that have not turned for longer than any round may take."""
        return [name for name, age in self.ages().items() if age > self._loops[name].silent_for]
