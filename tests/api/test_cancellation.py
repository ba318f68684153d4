"""A failing field cancels the fields beside it (graphql-core 3.3). No client may break the database that way."""

import asyncio

import pytest
import strawberry
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from api.requests.paging import PAGE_SIZES
from api.server.graphql_http import Schema
from api.server.limits import Limits
from clinic.database.rows import fetch
from clinic.work.models import RequestOnce


@strawberry.type
class _Query:
    @strawberry.field
    async def changed(self) -> int:
        """Holds a transaction open while its neighbour fails."""
        async with in_transaction():
            await RequestOnce.filter(mutation="none").update(key="none")
            await asyncio.sleep(0.001)
        return 1

    @strawberry.field
    async def bad(self) -> int:
        await asyncio.sleep(0.0005)
        raise LookupError("this field always fails")


@pytest.mark.usefixtures("database")
async def test_200_operations_with_a_failing_field_leave_the_database_free(database: TortoiseContext) -> None:
    schema = Schema(_Query, limits=Limits(PAGE_SIZES))
    for _ in range(20):
        answers = await asyncio.gather(*[schema.execute("{ changed bad }") for _ in range(10)])
        assert all(answer.data is None and answer.errors for answer in answers)
    async with asyncio.timeout(5):
        async with in_transaction():
            rows = await fetch("SELECT 1")
    assert rows[0][0] == 1
