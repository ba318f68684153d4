"""Pages, counts, searches and status facts are found by index, and no plan reads another practice's rows."""

import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from bench.loading import connect_postgres, load
from bench.records import COLUMNS, Ground, Records
from clinic.charts.contacts import (
    AppointmentSearch,
    ContactSearch,
    appointment_page,
    contact_page,
    contacts_by_id,
    count_contacts,
    count_states,
)
from clinic.charts.text_search import FEW
from clinic.charts.waiting import count_waiting, waiting_page
from clinic.organizations.actions import create_facility
from clinic.portal_access.status import PortalState
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import PageRequest
from clinic.work.announcing import APPOINTMENTS_OF, CONTACTS_OF, DOCUMENTS_OF, announce
from clinic.work.audit_chain import Entry
from runtime.database import open_database
from tests.clinic.records.lists_asked import OTHERS, load_others
from tests.clock import FixedClock
from tests.factories import make_services, open_practice
from tests.run import Clones

CONTACTS = 20_000
LARGE = (
    "contact|contact_email|contact_phone|portal_account|portal_link|contact_portal_state|appointment|invitation|letter|"
    "relationship|audit_event|staff_member|webhook_delivery|contact_merge|transfer_request|episode|account_token"
)


@dataclass
class Filled:
    """A practice of 20,000 people, open for this process, and a connection to ask for plans."""

    caller: StaffCaller
    records: Records
    connection: Any = None
    path: Path = Path()

    @property
    def ids(self) -> list[Any]:
        return [row[0] for row in self.records.tables["contact"][:100]]

    @property
    def person(self) -> tuple[str, str, str]:
        """Given name, family name and address of somebody who has one."""
        addresses = self.records.tables["contact_email"]
        contact_id, address = addresses[len(addresses) // 2][2:5:2]
        person = next(row for row in self.records.tables["contact"] if row[0] == contact_id)
        return str(person[3]), str(person[4]), str(address)

    @property
    def born(self) -> str:
        contacts = self.records.tables["contact"]
        return str(contacts[len(contacts) // 2][8])

    @property
    def phone(self) -> str:
        phones = self.records.tables["contact_phone"]
        return str(phones[len(phones) // 2][4])


@pytest.fixture(scope="module")
async def filled(clones: Clones) -> AsyncIterator[Filled]:
    url = await clones.postgres()
    services = make_services(FixedClock())
    async with open_database(url):
        practice = await open_practice(services)
        caller = await practice.staff(*Permission)
        facility = await create_facility(practice.system, "Riverside", services)
        ground = Ground(practice.organization.id, (facility.id,), services.secrets.encrypt("x"), services.clock.now())
        records = with_many_namesakes(Records.made_up(ground, CONTACTS))
        await load(url, records)
        await load_others(url, practice.organization.id)
        await store_missing_states()
        connection = await connect_postgres(url)
        await connection.execute("VACUUM ANALYZE")
        try:
            yield Filled(caller, records, connection=connection)
        finally:
            await connection.close()
    await clones.drop(url)


def with_many_namesakes(records: Records) -> Records:
    """More people called Zed than are collected for a search. Nobody else's name or address begins so."""
    names, made_up = COLUMNS["contact"].split(), len(records.tables["contact"])
    for number in range(FEW + 1):
        row = dict(zip(names, records.tables["contact"][number % made_up], strict=True))
        family = str(row["family_key"])
        row |= {"id": uuid4(), "pin_hash": f"zed {number}", "given_name": "Zed", "given_key": "zed"}
        records.tables["contact"].append(tuple({**row, "sort_key": f"{family}\tzed"}[name] for name in names))
    return records


class _Statements(logging.Handler):
    """The statements of Tortoise's client with their values."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.sent: list[tuple[str, list[object]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.funcName.startswith("execute_") and isinstance(record.args, tuple):
            self.sent.append((str(record.args[0]), list(record.args[1])))  # type: ignore[call-overload]


@contextmanager
def statements() -> Iterator[list[tuple[str, list[object]]]]:
    logger = logging.getLogger("tortoise.db_client")
    listener, level, propagate = _Statements(), logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield listener.sent
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate


async def plan_for_values(connection: asyncpg.Connection, sql: str, values: list[object]) -> str:
    """The plan made for these very values, as for the first few times a connection sends the statement."""
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))


async def plan_for_any_values(connection: asyncpg.Connection, sql: str, values: list[object]) -> str:
    """The plan kept for all values, as PostgreSQL may use it from the sixth time on."""
    nulls = ", ".join(["NULL"] * len(values))
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE asked AS {sql}")
    try:
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE asked({nulls})"))
    finally:
        await connection.execute("DEALLOCATE asked")
        await connection.execute("RESET plan_cache_mode")


Ask = Callable[[Filled], Awaitable[object]]


def calendar(size: int, **more: object) -> Ask:
    async def ask(filled: Filled) -> object:
        now = filled.records.ground.now
        start = now.replace(hour=0)
        search = AppointmentSearch(start, start.replace(day=start.day + 1), **more)  # type: ignore[arg-type]
        return await appointment_page(filled.caller, search, PageRequest(size), now)

    return ask


def contacts(request: PageRequest, *states: PortalState, words: Callable[[Filled], str] = lambda filled: "") -> Ask:
    async def ask(filled: Filled) -> object:
        search = ContactSearch(words(filled), states or None)
        return await contact_page(filled.caller, search, request, filled.records.ground.now)

    return ask


async def by_id(filled: Filled) -> object:
    return await contacts_by_id(filled.caller, filled.ids, filled.records.ground.now)


async def of_one_facility(filled: Filled) -> object:
    return await calendar(100, facility_id=filled.records.ground.facility_ids[0])(filled)


async def from_the_middle(filled: Filled) -> object:
    return await contacts(PageRequest(100, after=("m", filled.ids[0])))(filled)


ASKED: dict[str, Ask] = {
    "a day's calendar": calendar(50),
    "the longest page of a day": calendar(100),
    "a day at one facility": of_one_facility,
    "the first contacts": contacts(PageRequest(100)),
    "the last contacts": contacts(PageRequest(100, backwards=True)),
    "contacts from the middle": from_the_middle,
    "a hundred contacts by id": by_id,
    "a family name": contacts(PageRequest(), words=lambda filled: filled.person[1]),
    "a given and a family name": contacts(PageRequest(), words=lambda filled: " ".join(filled.person[:2])),
    "an address": contacts(PageRequest(), words=lambda filled: filled.person[2]),
    "a date of birth": contacts(PageRequest(), words=lambda filled: filled.born),
    "a phone number": contacts(PageRequest(), words=lambda filled: filled.phone),
    "a name in some states": contacts(PageRequest(), *PortalState, words=lambda filled: filled.person[1]),
    "two states": contacts(PageRequest(), PortalState.INVITED, PortalState.LINKED),
    **{f"everybody who is {state}": contacts(PageRequest(), state) for state in PortalState},
}


WITH_WORDS = {"a family name", "a given and a family name", "an address", "a name in some states"}


def counts(words: Callable[[Filled], str] = lambda filled: "", *states: PortalState) -> Ask:
    async def ask(filled: Filled) -> object:
        return await count_contacts(filled.caller, ContactSearch(words(filled), states or None))

    return ask


def waiting(words: Callable[[Filled], str] = lambda filled: "") -> Ask:
    async def ask(filled: Filled) -> object:
        search = ContactSearch(words(filled))
        await count_waiting(filled.caller, search)
        return await waiting_page(filled.caller, search, PageRequest(), filled.records.ground.now)

    return ask


async def counts_of_states(filled: Filled) -> object:
    return await count_states(filled.caller)


# Each list, count and search of contacts, on both databases.
LISTED: dict[str, Ask] = {
    **{name: ask for name, ask in ASKED.items() if "calendar" not in name and "day" not in name},
    "a common name": contacts(PageRequest(), words=lambda filled: "zed"),
    "a common name backwards": contacts(PageRequest(backwards=True), words=lambda filled: "zed"),
    "a common name in a state": contacts(PageRequest(), PortalState.NO_EMAIL, words=lambda filled: "zed"),
    "two common words": contacts(PageRequest(), words=lambda filled: "zed a"),
    "how many are in each state": counts_of_states,
    "how many there are": counts(),
    "how many are in two states": counts(lambda filled: "", PortalState.INVITED, PortalState.LINKED),
    "how many have a common name": counts(lambda filled: "zed"),
    "how many have a rare name": counts(lambda filled: filled.person[1]),
    "the waiting list": waiting(),
    "a common name on the waiting list": waiting(lambda filled: "zed"),
    "a rare name on the waiting list": waiting(lambda filled: filled.person[1]),
}
# What an index may begin with besides the organization: ids, which are one practice's own.
OWN = (
    r"(?:organization_id|id|subject_id|"
    r"(?:contact|account|invitation|account_token|document|endpoint|client|relative|merged_into)_id)"
)


def _reads_too_much(node: dict[str, Any]) -> list[str]:
    """The scans of large tables in a plan of PostgreSQL that may meet another practice's rows."""
    found = []
    table, kind = node.get("Relation Name", ""), node["Node Type"]
    by_index = str(node.get("Index Cond", node.get("Recheck Cond", "")))
    if re.fullmatch(LARGE, table) and not re.search(rf"\b{OWN} = ", by_index):
        found.append(f"{kind} on {table}: {by_index}")
    return found + [one for child in node.get("Plans", ()) for one in _reads_too_much(child)]


@pytest.mark.parametrize("asked", [*LISTED, *OTHERS])
async def test_lists_read_no_other_practice_on_postgres(filled: Filled, asked: str) -> None:
    with statements() as sent:
        await (LISTED | OTHERS)[asked](filled)
    for sql, values in sent:
        [(plan,)] = await filled.connection.fetch(f"EXPLAIN (FORMAT JSON) {sql}", *values)
        assert _reads_too_much(json.loads(plan)[0]["Plan"]) == [], f"{sql}\n{plan}"


async def test_the_audit_of_a_record_is_found_by_its_subjects_on_postgres(filled: Filled) -> None:
    with statements() as sent:
        await OTHERS["the audit of a record and what hangs on it"](filled)
    plans = [await plan_for_values(filled.connection, sql, values) for sql, values in sent]
    read = [plan for plan in plans if " on audit_event e" in plan]
    assert len(read) == 2
    for plan in read:
        assert "subject_id = ANY" in plan, plan


def test_a_plan_that_reads_other_practices_would_be_noticed() -> None:
    scan = {"Node Type": "Index Scan", "Relation Name": "contact", "Index Cond": "(family_key >= 'a'::text)"}
    assert _reads_too_much({"Node Type": "Limit", "Plans": [scan]}) == [
        "Index Scan on contact: (family_key >= 'a'::text)"
    ]
    assert _reads_too_much({**scan, "Node Type": "Seq Scan", "Index Cond": ""}) == ["Seq Scan on contact: "]
    assert _reads_too_much({**scan, "Index Cond": "(organization_id = $1)"}) == []


@pytest.mark.parametrize("asked", ASKED)
async def test_large_tables_are_read_by_index(filled: Filled, asked: str) -> None:
    with statements() as sent:
        page = await ASKED[asked](filled)

    assert len(getattr(page, "rows", page)) > 0  # type: ignore[arg-type]
    assert len(sent) == (3 if asked in WITH_WORDS else 2)
    for sql, values in sent:
        for plan in (plan_for_values, plan_for_any_values):
            said = await plan(filled.connection, sql, values)
            assert re.findall(rf"Seq Scan on (?:{LARGE})\b.*", said) == [], f"{plan.__name__}\n{said}"


@pytest.mark.parametrize("kind", [*sorted({*CONTACTS_OF, *DOCUMENTS_OF, *APPOINTMENTS_OF}), "all of them"])
async def test_whom_a_change_concerns_is_found_by_index(filled: Filled, kind: str) -> None:
    kinds = {*CONTACTS_OF, *DOCUMENTS_OF, *APPOINTMENTS_OF} if kind == "all of them" else {kind}
    entries = [Entry("tested", one, filled.ids[0]) for one in sorted(kinds)]
    with statements() as sent:
        await announce(entries, [], [filled.person[2]], filled.caller.organization_id, filled.records.ground.now)

    [(sql, values)] = sent
    for plan in (plan_for_values, plan_for_any_values):
        said = await plan(filled.connection, sql, values)
        assert re.findall(rf"Seq Scan on (?:{LARGE})\b.*", said) == [], f"{plan.__name__}\n{said}"


async def test_a_whole_table_read_would_be_noticed(filled: Filled) -> None:
    said = await plan_for_any_values(filled.connection, "SELECT given_name FROM contact WHERE language = $1", ["en"])

    assert re.findall(rf"Seq Scan on (?:{LARGE})\b", said) == ["Seq Scan on contact"]
