"""Global ids, connections and cursors: how records and long lists are named to clients.

Nothing here awaits or resolves per row. Ids are made once, where a type is made from its row, and are plain
attributes afterwards.
"""

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import strawberry

from api.server.errors import BadUserInput
from api.server.fields import field

T = TypeVar("T")
Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

SortValue = str | int | datetime | date | UUID | None
SortKey = tuple[SortValue, ...]

_LONGEST_ID = 200
# An id is visible ASCII from end to end.
_AROUND = re.compile(r"\A[^!-~]+|[^!-~]+\Z")
_LONGEST_CURSOR = 2_000


class NotAnId(BadUserInput):
    """A text that is no global id, or one of a type that can't be meant here. Never says whether a record exists."""

    def __init__(self, allowed: tuple[str, ...], argument: str | None = None) -> None:
        self.allowed = allowed
        super().__init__(f"This is not the id of a {' or '.join(allowed) or 'record'}.", argument)


# A calendar that fifty screens look at asks for the same ids again and again. An entry takes about 400 bytes.
@lru_cache(maxsize=8192)
def encode_id(type_name: str, key: UUID) -> str:
    """The global id of a record; opaque to clients, and the same for ever."""
    return b64encode(f"{type_name}:{key}".encode()).decode()


def decode_id(value: str, *allowed: str, argument: str | None = None) -> UUID:
    """The key in a global id of one of the `allowed` types; raises `NotAnId`."""
    return split_id(value, *allowed, argument=argument)[1]


def split_id(value: str, *allowed: str, argument: str | None = None) -> tuple[str, UUID]:
    """Type and key of a global id, which must be spelt just as `encode_id` spells it; raises `NotAnId`.

    Space and invisible characters around it, as come with a pasted text, do not count.
    """
    try:
        if len(value) > _LONGEST_ID:
            raise ValueError("too long")
        value = _AROUND.sub("", value)
        type_name, _, key = b64decode(value, validate=True).decode("ascii").partition(":")
        uuid = UUID(key)
    except ValueError:  # binascii.Error and UnicodeError are ValueErrors
        raise NotAnId(allowed, argument) from None
    # One record, one id: other spellings of the same key would slip past caches and comparisons.
    if encode_id(type_name, uuid) != value or type_name not in allowed:
        raise NotAnId(allowed, argument)
    return type_name, uuid


@strawberry.interface(description="A record that can be fetched again by its id.")
class Node:
    """Implementing types set `id` to `encode_id(...)` when they are made."""

    id: strawberry.ID = strawberry.field(description="The global id: opaque, and the same for ever.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; null on an empty page.")


@strawberry.type(description="A row of a page, with its place in the list.")
class Edge(Generic[T]):
    """Relay's edge."""

    node: T = strawberry.field(description="The record.")
    cursor: str = strawberry.field(description="Pass it as `after` or `before` to go on from this row.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """`Connection[Contact]` is `ContactConnection` in the schema. Make it with `connect`."""

    nodes: list[T] = strawberry.field(description="The records of this page, without cursors.")
    has_next: strawberry.Private[bool]
    has_previous: strawberry.Private[bool]
    cursor_at: strawberry.Private[Callable[[int], str]]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @field("The records of this page, with cursors.")
    def edges(self) -> list[Edge[T]]:
        return [Edge(node=node, cursor=self.cursor_at(index)) for index, node in enumerate(self.nodes)]

    @field("Where this page lies in the list.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=self.cursor_at(0) if self.nodes else None,
            end_cursor=self.cursor_at(len(self.nodes) - 1) if self.nodes else None,
        )

    @field("How many records the whole list has; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.count()


@dataclass(frozen=True)
class Cursors:
    """The cursors of one list: `name` tells it from other lists, `types` are those of its sort key, tie-breaker last.

    A cursor is a row's sort key in a readable encoding, so a sort key must not hold what the row itself doesn't show.
    Made-up ones only choose another place to start from in what the caller may see anyway; they are still refused
    unless every part has its type, so that nothing else reaches a query.
    """

    name: str
    types: tuple[type, ...]

    def encode(self, key: SortKey) -> str:
        """The cursor of the row with this sort key."""
        text = json.dumps([self.name, *[_to_text(value) for value in key]], separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def decode(self, cursor: str, argument: str) -> SortKey:
        """The sort key in a cursor; raises `BadUserInput` naming the argument for any other text."""
        try:
            return self._decode(cursor)
        except (ValueError, OverflowError, RecursionError):
            raise BadUserInput("This cursor is not from this list. Start again without it.", argument) from None

    def _decode(self, cursor: str) -> SortKey:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        parts = json.loads(text)
        if not isinstance(parts, list) or parts[:1] != [self.name] or len(parts) != len(self.types) + 1:
            raise ValueError("another list's")
        key = tuple(_from_text(part, kind) for part, kind in zip(parts[1:], self.types, strict=True))
        if self.encode(key) != cursor:
            raise ValueError("not as we write it")
        return key


def _to_text(value: SortValue) -> str | int | None:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


def _from_text(part: object, kind: type) -> SortValue:
    if part is None:
        return None
    if kind is int and isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**63:
        return part
    if not isinstance(part, str) or "\x00" in part or kind is int:
        raise ValueError("wrong type")
    part.encode()  # raises a ValueError for half a surrogate pair, which no database takes
    if kind is datetime:
        at = datetime.fromisoformat(part)
        if at.tzinfo is None:
            raise ValueError("naive")
        at.astimezone(UTC)  # raises an OverflowError for an instant that no database takes
        return at
    return date.fromisoformat(part) if kind is date else UUID(part) if kind is UUID else part


@dataclass(frozen=True)
class PageSizes:
    """How many rows a page has unless the client says, and how many it has at most; with words for the schema."""

    default: int
    maximum: int
    about_after = "Only rows behind this cursor."
    about_before = "Only rows before this cursor."

    @property
    def about_first(self) -> str:
        return f"How many rows from the start: {self.default} unless told, {self.maximum} at most. Not with `last`."

    @property
    def about_last(self) -> str:
        return f"How many rows from the end: {self.maximum} at most. Not with `first`."


@dataclass(frozen=True)
class PageAsked:
    """The page a client asks for: at most `limit` rows, between two sort keys, from the end if `backwards`."""

    limit: int
    after: SortKey | None
    before: SortKey | None
    backwards: bool


def page_asked(
    cursors: Cursors, sizes: PageSizes, first: int | None, after: str | None, last: int | None, before: str | None
) -> PageAsked:
    """The page that a field's arguments ask for; raises `BadUserInput` naming the one that can't be used."""
    if first is not None and last is not None:
        raise BadUserInput("Give first or last, not both.", "last")
    return PageAsked(
        limit=_size(sizes, "first", first) if last is None else _size(sizes, "last", last),
        after=None if after is None else cursors.decode(after, "after"),
        before=None if before is None else cursors.decode(before, "before"),
        backwards=last is not None,
    )


def _size(sizes: PageSizes, argument: str, number: int | None) -> int:
    if number is None:
        return sizes.default
    if not 1 <= number <= sizes.maximum:
        raise BadUserInput(f"{argument} must be from 1 to {sizes.maximum}.", argument)
    return number


class PageFound(Protocol[Row_co]):
    """The rows of a page in the list's own order, and whether there are more on either side."""

    @property
    def rows(self) -> Sequence[Row_co]: ...

    @property
    def has_next(self) -> bool: ...

    @property
    def has_previous(self) -> bool: ...


def connect(
    page: PageFound[Row],
    nodes: Iterable[T],
    *,
    cursors: Cursors,
    sort_key: Callable[[Row], SortKey],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """The connection of a page whose rows have become `nodes`, in the same order.

    `sort_key` is called for the rows whose cursors are asked for, `count` only if `totalCount` is.
    """
    return Connection(
        nodes=list(nodes),
        has_next=page.has_next,
        has_previous=page.has_previous,
        cursor_at=lambda index: cursors.encode(sort_key(page.rows[index])),
        count=count,
    )
