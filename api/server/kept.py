"""What was made of a row, kept for as long as the row is the same object."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Row = TypeVar("Row")
T = TypeVar("T")


class Kept(Generic[Row, T]):
    """Calls `make` once for each row that does not change: rows are found by their place in memory, not by value.

    At most `most` are kept, and none for longer than `seconds`.
    """

    def __init__(self, make: Callable[[Row], T], *, most: int, seconds: float) -> None:
        self._make = make
        self._most = most
        self._seconds = seconds
        self._since = monotonic()
        # The row too: as long as it is here, no other has its place.
        self._found: dict[int, tuple[Row, T]] = {}

    def of(self, row: Row) -> T:
        found = self._found.get(id(row))
        if found is None:
            now = monotonic()
            if len(self._found) >= self._most or now - self._since > self._seconds:
                self._found.clear()
                self._since = now
            found = self._found[id(row)] = (row, self._make(row))
        return found[1]
