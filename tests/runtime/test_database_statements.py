"""`count_statements` sees each statement of this process, on either database."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from bench.loading import connect_postgres
from clinic.database.rows import fetch_number
from clinic.organizations.models import Organization
from runtime.database import open_database
from tests.clock import FixedClock
from tests.run import Clones

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


async def test_postgres_is_asked_for_nothing_after_a_statement(clones: Clones) -> None:
    url = await clones.postgres()
    async with open_database(url):
        await fetch_number("SELECT 41 + 1 AS number")
        watching = await connect_postgres(url)
        try:
            last = await watching.fetch(
                "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        finally:
            await watching.close()
    await clones.drop(url)
    assert [row["query"] for row in last] == ["SELECT 41 + 1 AS number"]


# What would stay on a connection of the pool after its statement or transaction. The pool resets nothing.
SESSION_STATE = re.compile(
    r"\bSET (SESSION|ROLE)\b|set_config\(|pg_(try_)?advisory_lock|CREATE TEMP|UNLISTEN|WITH HOLD|\bDISCARD\b"
)


def test_no_statement_leaves_anything_on_its_connection() -> None:
    root = Path(__file__).parents[2]
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for package in ("clinic", "api", "patient_portal", "runtime")
        for path in (root / package).rglob("*.py")
        if (match := SESSION_STATE.search(path.read_text("utf-8")))
    ]
    assert found == []
