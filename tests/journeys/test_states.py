"""`bench/states.py` in small: what it counts where all is right, and that it tells a stored state that is wrong."""

import asyncio
import sqlite3
from random import Random

import pytest

from bench.states import Count, kill_walkers, walk
from runtime.database.config import sqlite_path

pytestmark = pytest.mark.processes

# What no program of ours does: a state is stored and something else makes another of it.
_PLANTED = """
CREATE TRIGGER planted AFTER UPDATE OF state ON contact_portal_state WHEN NEW.state = 'INVITED'
BEGIN UPDATE contact_portal_state SET state = 'NO_EMAIL' WHERE id = NEW.id; END
"""


def test_killed_walkers_and_steps_leave_no_wrong_state(database_url: str) -> None:
    count = Count()
    asyncio.run(kill_walkers(database_url, 3, Random(4), count))
    walk(database_url, 60, 4, count)

    assert count.differences == []
    assert count.kills == 3
    # Each practice has at least two contacts, but a kill may come before the second is made.
    assert count.compared > 0
    assert count.steps >= 60
    assert sum(count.states.values()) > count.steps


@pytest.fixture
def planted_url(sqlite_database: str) -> str:
    with sqlite3.connect(str(sqlite_path(sqlite_database))) as connection:
        connection.execute(_PLANTED)
    return sqlite_database


def test_a_wrong_state_is_told_after_the_step_that_made_it(planted_url: str) -> None:
    count = Count()
    walk(planted_url, 2_000, 4, count)

    [told] = count.differences
    assert told.startswith("stored states: the product has [")
    assert count.steps < 2_000


def test_a_wrong_state_is_told_after_the_kill(planted_url: str) -> None:
    count = Count()
    asyncio.run(kill_walkers(planted_url, 12, Random(4), count))

    assert count.differences
    assert "stored portal states are wrong after kill" in count.differences[0]
