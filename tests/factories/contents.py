"""What a database holds, to tell whether anything happened in it."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from tortoise.connection import get_connection
from tortoise.context import get_current_context
from tortoise.models import Model

# Attempts are counted whatever becomes of them.
COUNTED_ALWAYS = frozenset({"attempt_window"})


def models() -> list[type[Model]]:
    """All models of the core."""
    context = get_current_context()
    assert context is not None
    assert context.apps is not None
    return list(context.apps["clinic"].values())


async def contents(*, but: Iterable[str] = COUNTED_ALWAYS) -> dict[str, Counter[str]]:
    """Every row of every table, as text."""
    tables = sorted({str(model._meta.db_table) for model in models()} - set(but))
    return {table: Counter(str(sorted(row.items())) for row in await rows_of(table)) for table in tables}


@asynccontextmanager
async def nothing_changes() -> AsyncIterator[None]:
    """Fail if any row was added, changed or removed inside the block, counted attempts excepted."""
    before = await contents()
    yield
    after = await contents()
    changed = {table: (before[table] - after[table], after[table] - before[table]) for table in after}
    assert {table: change for table, change in changed.items() if any(change)} == {}


async def rows_of(table: str) -> list[dict[str, Any]]:
    """All rows of a table, as the database gives them."""
    return await get_connection("default").execute_query_dict(f"SELECT * FROM {table}")  # noqa: S608 - a model's own
