"""What was made of a row, kept for as long as the row is the same object; and what was completed of that."""

from collections.abc import Callable, MutableMapping
from time import monotonic
from typing import Any, Generic, TypeVar

MOST_COMPLETED = 2
"""Selections of which an object keeps what was completed. Screens ask for the same one again."""

Completed = dict[object, dict[str, Any]]

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


class Shown:
    """Base of a type of the schema whose objects never change and are kept, so that they are completed once.

    A subclass has a field `completed` (`Completed`), empty at first: what plans made of the object, by selection. The
    dictionaries in it are parts of many answers, so nobody may change them.
    """

    completed: Completed


def keep_completed(completed: MutableMapping[object, dict[str, Any]], selection: object, made: dict[str, Any]) -> None:
    """Keep what was made for a selection. Of more selections than `MOST_COMPLETED`, only the last is kept."""
    if len(completed) >= MOST_COMPLETED:
        completed.clear()
    completed[selection] = made
