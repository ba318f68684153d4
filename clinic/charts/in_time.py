"""A time limit for the statements of searches and lists, so that no search keeps the database from everybody else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from clinic.charts.errors import SearchTooBroad
from clinic.database.rows import Row, StatementTimedOut, fetch_within

# Nobody waits longer for a list, and what takes so long is asked for too broadly.
SECONDS = 2.0

_seconds: ContextVar[float] = ContextVar("seconds", default=SECONDS)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Another limit inside the block, for tests. With 0 every statement takes too long."""
    token = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(token)


async def fetch_in_time(sql: str, *values: object) -> Sequence[Row]:
    """The rows of one SELECT. Raises `SearchTooBroad` if the database needs too long for them."""
    try:
        return await fetch_within(_seconds.get(), sql, *values)
    except StatementTimedOut:
        raise SearchTooBroad from None
