"""On SQLite too, pages, counts and searches of contacts are found by index, and read no other practice's rows."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.loading import load
from bench.records import Ground, Records
from clinic.charts.contacts import contacts_by_id
from clinic.organizations.actions import create_facility
from clinic.portal_access.stored_state import contacts_with_wrong_state
from clinic.portal_access.throttles import portal_throttles
from clinic.records.actions.views import record_views
from clinic.records.external_ids import Identifier, external_ids_of
from clinic.records.models import ExternalIdKind
from clinic.records.sync.actions import sync_records
from clinic.records.sync.records import SyncAppointment, SyncContact, SyncOutcome, SyncRelationship, SyncRequest
from clinic.records.sync.vanished import CompleteList, refuse_if_too_many
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission
from runtime.database import open_database
from tests.clinic.records.lists_asked import OTHERS, Ask
from tests.clinic.records.test_plans import ASKED, LISTED, OWN, Filled, statements, with_many_namesakes
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
    r"SCAN (?:CONSTANT ROW|SUBQUERY \d+|\(subquery-\d+\)|found|counted|numbered|named|person|address|n|x|way_\d|"
    r"part_\d+|json_each VIRTUAL TABLE INDEX.*)"
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
    # The events on the page are read by their ids, if there are any.
    by_index = ("(organization_id=? AND subject_id=?", "(id=?)")
    assert [line for line in read if not any(columns in line for columns in by_index)] == []


def number(value: object) -> Identifier:
    return Identifier("https://ehr.example/records", str(value))


def a_day(of: str, hours: int = 1) -> SyncRequest:
    """A hundred people with two visits each, as an import sends them; they are called anew by `of`."""
    begins = FixedClock().now() + timedelta(days=1)
    people = [
        SyncContact(
            external_id=number(each),
            given_name=f"Ann {of}",
            family_name=f"Roe{each}",
            date_of_birth=date(1980, 1, 1),
            emails=[f"{of}{each}@roe.example"],
            phones=["208 555 0134"],
        )
        for each in range(100)
    ]
    kin = [SyncRelationship(number(f"r{each}"), number(each), number(each + 1), "mother") for each in range(0, 50, 2)]
    visits = [
        SyncAppointment(number(f"v{each}"), number(each // 2), begins, begins + timedelta(hours=hours))
        for each in range(200)
    ]
    return SyncRequest(people, kin, visits)


# What reads all that a practice has of it. The head of the audit chain is one row.
_WHOLE = re.compile(r"SEARCH (?!audit_head)\w+ USING .*\(organization_id=\?\)(?: LEFT-JOIN)?")


def whole_practices_read(filled: Filled, sent: list[tuple[str, list[object]]]) -> list[str]:
    """The steps of the statements' plans that read the whole of a practice, with the statement."""
    found = []
    with closing(sqlite3.connect(filled.path)) as connection:
        for sql, given in dict(sent).items():
            if not sql.lstrip().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
                continue
            values = given[0] if given and isinstance(given[0], list | tuple) else given
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            scanned = [line for line in plan if line.startswith("SCAN") and not _RESULTS.fullmatch(line)]
            found += [f"{line} in {sql}" for line in [*scanned, *filter(_WHOLE.fullmatch, plan)]]
    return found


async def test_an_import_reads_only_the_records_that_it_names_on_sqlite(filled_sqlite: Filled) -> None:
    services, caller = make_services(FixedClock()), filled_sqlite.caller
    with statements() as sent:
        for request, outcome in (
            (a_day("new"), SyncOutcome.CREATED),
            (a_day("new"), SyncOutcome.UNCHANGED),
            (a_day("other", hours=2), SyncOutcome.CHANGED),
        ):
            foreseen = await sync_records(caller, request, services, dry_run=True)
            done = await sync_records(caller, request, services)
            people = {each.outcome for each in [*foreseen[:100], *done[:100]]}
            assert (people, len(done)) == ({outcome}, 325)
    # Of a change, the contacts that it can't concern are named by a condition that is false, which reads nothing.
    read = whole_practices_read(filled_sqlite, sent)
    assert [line for line in read if "FROM contact WHERE FALSE" not in line] == []


async def test_who_is_not_in_a_complete_list_is_found_by_external_ids_on_sqlite(filled_sqlite: Filled) -> None:
    listed = CompleteList([number(0).system], {number(0)}, most_percent=100)
    with statements() as sent:
        await refuse_if_too_many(filled_sqlite.caller.organization_id, listed)
    assert sent
    assert whole_practices_read(filled_sqlite, sent) == []


async def _throttles(filled: Filled) -> object:
    return await portal_throttles(filled.caller, filled.ids, filled.records.ground.now)


async def _opened(filled: Filled) -> None:
    await record_views(filled.caller, filled.ids, make_services(FixedClock()))


async def _external_ids(filled: Filled) -> None:
    for kind in ExternalIdKind:
        await external_ids_of(filled.caller.organization_id, kind, filled.ids[:50])


# What is found by its ids, and so by no list of a practice.
BY_ID: dict[str, Ask] = {
    "contacts": lambda filled: contacts_by_id(filled.caller, filled.ids, filled.records.ground.now),
    "stored states": lambda filled: contacts_with_wrong_state(filled.caller.organization_id, filled.ids),
    "throttles": _throttles,
    "views": _opened,
    "external ids": _external_ids,
    **{name: OTHERS[name] for name in ("what hangs on contacts", "similar contacts")},
}


@pytest.mark.parametrize("asked", BY_ID)
async def test_what_is_found_by_ids_reads_no_whole_practice_on_sqlite(filled_sqlite: Filled, asked: str) -> None:
    with statements() as sent:
        await BY_ID[asked](filled_sqlite)
    assert sent
    assert whole_practices_read(filled_sqlite, sent) == []


@pytest.mark.parametrize("asked", ["the first contacts", "the last contacts", "everybody who is INVITED"])
async def test_a_page_of_contacts_reads_the_list_once_on_sqlite(filled_sqlite: Filled, asked: str) -> None:
    with statements() as sent:
        await ASKED[asked](filled_sqlite)
    lists = [line.partition(" in SELECT")[0] for line in whole_practices_read(filled_sqlite, sent)]
    in_order = "SEARCH c USING INDEX contact_in_order (organization_id=?)"
    assert lists == ([] if "INVITED" in asked else [in_order])
