"""On PostgreSQL, pages, searches and status facts are found by index, however many people are on record."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from bench.loading import connect_postgres, load
from bench.records import Ground, Records
from clinic.charts.contacts import AppointmentSearch, ContactSearch, appointment_page, contact_page, contacts_by_id
from clinic.organizations.actions import create_facility
from clinic.portal_access.status import PortalState
from clinic.upkeep.state_verification import store_missing_states
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import PageRequest
from clinic.work.announcing import APPOINTMENTS_OF, CONTACTS_OF, DOCUMENTS_OF, announce
from clinic.work.audit_chain import Entry
from runtime.database import open_database
from tests.clock import FixedClock
from tests.factories import make_services, open_practice
from tests.run import Clones

CONTACTS = 20_000
LARGE = (
    "contact|contact_email|contact_phone|portal_account|portal_link|contact_portal_state|appointment|invitation|letter"
)


@dataclass
class Filled:
    """A practice of 20,000 people, open for this process, and a connection to ask for plans."""

    caller: StaffCaller
    records: Records
    connection: asyncpg.Connection

    @property
    def ids(self) -> list[Any]:
        return [row[0] for row in self.records.tables["contact"][:100]]

    @property
    def person(self) -> tuple[str, str, str]:
        """Given name, family name and address of somebody who has one."""
        contact_id, address = self.records.tables["contact_email"][CONTACTS // 2][2:5:2]
        person = next(row for row in self.records.tables["contact"] if row[0] == contact_id)
        return str(person[3]), str(person[4]), str(address)

    @property
    def born(self) -> str:
        return str(self.records.tables["contact"][CONTACTS // 2][8])

    @property
    def phone(self) -> str:
        return str(self.records.tables["contact_phone"][CONTACTS // 2][4])


@pytest.fixture(scope="module")
async def filled(clones: Clones) -> AsyncIterator[Filled]:
    url = await clones.postgres()
    services = make_services(FixedClock())
    async with open_database(url):
        practice = await open_practice(services)
        caller = await practice.staff(*Permission)
        facility = await create_facility(practice.system, "Riverside", services)
        ground = Ground(practice.organization.id, (facility.id,), services.secrets.encrypt("x"), services.clock.now())
        records = Records.made_up(ground, CONTACTS)
        await load(url, records)
        await store_missing_states()
        connection = await connect_postgres(url)
        await connection.execute("VACUUM ANALYZE")
        try:
            yield Filled(caller, records, connection)
        finally:
            await connection.close()
    await clones.drop(url)


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
