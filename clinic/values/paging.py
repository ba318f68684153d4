"""Which part of a long, ordered list is asked for, and the part that was found. Knows no GraphQL."""

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

    `after` and `before` are sort keys of rows, complete with the tie-breaker; the rows need not exist any more.
    Backwards, the rows nearest to `before` (or to the end) are wanted: read them in reverse order and give them to
    `Page.of` as read.
    """

    limit: int = DEFAULT_PAGE_SIZE
    after: SortKey | None = None
    before: SortKey | None = None
    backwards: bool = False

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than wanted, which tells whether there is another page."""
        return self.limit + 1


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in the list's own order, and whether there are others on either side.

    Behind the end that was not read from, `has_next` or `has_previous` says whether a cursor was given: the row it
    came from was there once, and asking again would cost a statement.
    """

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, read: Sequence[Row], request: PageRequest) -> "Page[Row]":
        """Make the page from up to `request.fetch` rows, in the order they were read."""
        more = len(read) > request.limit
        rows = tuple(read[: request.limit])
        if request.backwards:
            return cls(rows[::-1], has_next=request.before is not None, has_previous=more)
        return cls(rows, has_next=more, has_previous=request.after is not None)


def page_among(rows: Sequence[Row], request: PageRequest, key: Callable[[Row], Any]) -> Page[Row]:
    """The page of a short list that is at hand as a whole, in the order of its sort keys."""
    inside = [
        row
        for row in rows
        if (request.after is None or key(row) > request.after) and (request.before is None or key(row) < request.before)
    ]
    return Page.of((inside[::-1] if request.backwards else inside)[: request.fetch], request)
