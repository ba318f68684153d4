"""A connection to PostgreSQL that one test leaves to the next carries nothing over."""

from datetime import UTC, datetime

import pytest
from tortoise.context import TortoiseContext

from clinic.organizations.models import Organization

# All but the first come after a test that has done the same.
TURNS = range(3)


@pytest.mark.parametrize("turn", TURNS)
async def test_database_is_empty_and_the_session_as_new(
    database: TortoiseContext, database_kind: str, turn: int
) -> None:
    connection = database.db()
    if database_kind == "postgres":
        _, found = await connection.execute_query(
            "SELECT current_setting('statement_timeout') AS time_limit, "
            "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks, "
            "to_regclass('pg_temp.left_behind') IS NOT NULL AS table_is_there"
        )
        assert dict(found[0]) == {"time_limit": "0", "locks": 0, "table_is_there": False}
        await connection.execute_query("SET statement_timeout = 77777")
        await connection.execute_query("SELECT pg_advisory_lock(77)")
        await connection.execute_query("CREATE TEMP TABLE left_behind (id int)")
    assert await Organization.all().count() == 0
    await Organization.create(slug="willow-creek", name="Willow Creek", created_at=datetime.now(UTC))
