"""`count_statements` sees each statement of this process, on either database."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from clinic.organizations.models import Organization
from tests.clock import FixedClock

CountStatements = Callable[[], AbstractContextManager[list[str]]]


async def test_statements_are_counted_inside_and_outside_transactions(
    database: TortoiseContext, count_statements: CountStatements, clock: FixedClock
) -> None:
    async with in_transaction():
        pass
    with count_statements() as sent:
        await Organization.create(slug="a", name="A", created_at=clock.now())
        async with in_transaction():
            await Organization.filter(slug="a").update(name="B")
            await Organization.filter(slug="a").values_list("name")
    assert [statement.split()[0] for statement in sent] == ["INSERT", "UPDATE", "SELECT"]


async def test_nothing_is_counted_after_the_block(database: TortoiseContext, count_statements: CountStatements) -> None:
    with count_statements() as sent:
        pass
    await Organization.all().count()
    assert sent == []
