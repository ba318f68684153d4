"""On SQLite too, pages, counts and searches of contacts are found by index, and read no other practice's rows."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bench.loading import load
from bench.records import Ground, Records
from clinic.organizations.actions import create_facility
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission
from runtime.database import open_database
from tests.clinic.records.lists_asked import OTHERS
from tests.clinic.records.test_plans import LISTED, OWN, Filled, statements, with_many_namesakes
from tests.clock import FixedClock
from tests.factories import make_services, open_practice
from tests.run import sqlite_copy


@pytest.fixture(scope="module")
async def filled_sqlite(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Filled]:
    """As many namesakes as make a name common. SQLite plans without looking at the rows."""
    path = tmp_path_factory.mktemp("plans") / "clinic.sqlite3"
    url = sqlite_copy(migrated_sqlite_file, path)
    services = make_services(FixedClock())
    async with open_database(url):
        practice = await open_practice(services)
        facility = await create_facility(practice.system, "Riverside", services)
        ground = Ground(practice.organization.id, (facility.id,), services.secrets.encrypt("x"), services.clock.now())
        records = with_many_namesakes(Records.made_up(ground, 100))
        await load(url, replace(records, tables={**records.tables, "appointment": []}))
        await store_missing_states()
        # With statistics it would know that all rows are of one practice, and read whole tables.
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM sqlite_stat1")
        yield Filled(await practice.staff(*Permission), records, path=path)


_SEARCH = re.compile(rf"SEARCH (\w+) USING (?:COVERING )?(?:INDEX \w+ |INTEGER PRIMARY KEY )?\({OWN}=\?")
# What SQLite reads from start to end: results of other parts of the statement, and lists of ids.
_RESULTS = re.compile(
    r"SCAN (?:CONSTANT ROW|SUBQUERY \d+|\(subquery-\d+\)|found|counted|numbered|person|address|way_\d|part_\d+|"
    r"json_each VIRTUAL TABLE INDEX.*)"
)


@pytest.mark.parametrize("asked", [*LISTED, *OTHERS])
async def test_lists_of_contacts_read_no_other_practice_on_sqlite(filled_sqlite: Filled, asked: str) -> None:
    with statements() as sent:
        await (LISTED | OTHERS)[asked](filled_sqlite)
    with closing(sqlite3.connect(filled_sqlite.path)) as connection:
        for sql, values in sent:
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            reading = [line for line in plan if line.startswith(("SCAN", "SEARCH"))]
            wrong = [line for line in reading if not _SEARCH.match(line) and not _RESULTS.fullmatch(line)]
            assert wrong == [], "\n".join([sql, *plan])


async def test_the_audit_of_a_record_is_found_by_its_subjects_on_sqlite(filled_sqlite: Filled) -> None:
    with statements() as sent:
        await OTHERS["the audit of a record and what hangs on it"](filled_sqlite)
    with closing(sqlite3.connect(filled_sqlite.path)) as connection:
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall() for sql, values in sent]
    read = [str(row[3]) for plan in plans for row in plan if re.match(r"S\w+ (?:audit_event|e) ", str(row[3]))]
    assert read
    assert [line for line in read if "(organization_id=? AND subject_id=?" not in line] == []
