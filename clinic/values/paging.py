"""Pages of an ordered list: which rows the caller asks for, and which rows were found. Knows no GraphQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

Row = TypeVar("Row")

SortValue = str | int | datetime | date | UUID | None
SortKey = tuple[SortValue, ...]

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class PageRequest:
    """At most `limit` rows strictly after `after` and strictly before `before`, in the list's own order.

    `after` and `before` are sort keys of rows, including the tie-breaker; the rows need not exist any more.
    With `backwards`, the caller wants the rows nearest to `before` (or to the end): read them in reverse order and
    give them to `Page.of` in that order.
    """

    limit: int = DEFAULT_PAGE_SIZE
    after: SortKey | None = None
    before: SortKey | None = None
    backwards: bool = False

    @property
    def fetch(self) -> int:
        """How many rows to read. One more than `limit` shows whether there is another page."""
        return self.limit + 1


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in the list's own order, and whether there are more rows before and after them.

    Only the reading direction is checked in the database. In the other direction, `has_next` or `has_previous` is true
    if the request has a cursor: the cursor's row existed once, and a check would cost another statement.
    """

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, read: Sequence[Row], request: PageRequest) -> "Page[Row]":
        """The page made of up to `request.fetch` rows, given in the order in which they were read."""
        more = len(read) > request.limit
        rows = tuple(read[: request.limit])
        if request.backwards:
            return cls(rows[::-1], has_next=request.before is not None, has_previous=more)
        return cls(rows, has_next=more, has_previous=request.after is not None)


def page_in_memory(rows: Sequence[Row], request: PageRequest, key: Callable[[Row], Any]) -> Page[Row]:
    """The page of a short list that is in memory as a whole and sorted by `key`."""
    inside = [
        row
        for row in rows
        if (request.after is None or key(row) > request.after) and (request.before is None or key(row) < request.before)
    ]
    return Page.of((inside[::-1] if request.backwards else inside)[: request.fetch], request)
