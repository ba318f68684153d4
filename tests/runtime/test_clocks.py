"""`vestibule check` compares this machine's clock with the database's."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from clinic.database.rows import on_postgres
from clinic.values.ports import SystemClock
from runtime.commands.clocks import require_same_clock
from runtime.commands.failures import CommandFailed
from tests.clock import FixedClock

APART = timedelta(minutes=10)


@pytest.mark.usefixtures("database")
async def test_the_clock_of_one_machine_agrees_with_itself() -> None:
    assert await require_same_clock(SystemClock()) in ("as the database's", "SQLite has none of its own")


@pytest.mark.parametrize(("apart", "way"), [(APART, "s ahead of"), (-APART, "s behind")])
async def test_a_clock_that_differs_is_said_with_the_remedy(
    database: TortoiseContext, apart: timedelta, way: str
) -> None:
    wrong = FixedClock(SystemClock().now() + apart)
    if not on_postgres():
        assert await require_same_clock(wrong) == "SQLite has none of its own"
        return
    with pytest.raises(CommandFailed, match=rf"{way} the database's: set both by NTP"):
        await require_same_clock(wrong)
