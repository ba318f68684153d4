"""A search finds the same contacts however common its words are, and one that takes too long is stopped."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from clinic.charts.contacts import ContactSearch, contact_page, count_contacts, count_states
from clinic.charts.errors import SearchTooBroad
from clinic.charts.in_time import time_limit
from clinic.charts.text_search import Frequency, conditions_of_each, frequency_of, ways_to_find
from clinic.database.rows import StatementTimedOut, as_uuid, fetch, fetch_number, fetch_within, on_postgres
from clinic.records.models import Contact, ContactEmail
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import PageRequest
from clinic.values.text import search_words
from tests.factories import Practice

PEOPLE = [
    ("Maria", "Garcia Marquez", ("mgm@example.com",)),
    ("Ana Maria", "de la Cruz", ("ana@garcia.example", "maria@example.com")),
    ("Garcia", "", ()),
    ("", "Maria", ()),
    ("Zoë", "Cruz", ("garcia@example.com",)),
    ("Marta", "Lopez", ("m%x@example.com",)),
    ("Mar", "Garcia", ("MAR@example.com",)),
    ("Omar", "Reyes_Mar", ()),
]
TEXTS = [
    *("maria", "mar", "garcia", "garcia mar", "mar gar", "m", "cruz", "de la cruz", "de mar", "la", "zoe", "zoë cruz"),
    *(
        "maria@example.com",
        "ana@garcia.example cruz",
        "m%x",
        "mar garcia mar",
        "reyes_",
        "nobody",
        "x mar",
        "ma garcia@",
    ),
]


@dataclass
class Values:
    """The values of a statement of the test's own."""

    values: list[object]

    def add(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


@pytest.fixture
async def desk(practice: Practice, other_practice: Practice) -> StaffCaller:
    for given, family, emails in PEOPLE:
        for each in (practice, other_practice):
            await each.contact(given, family, emails=emails)
    return await practice.staff(Permission.WEB_PORTAL)


async def by_the_book(practice: Practice, text: str) -> set[UUID]:
    """What a search finds, contact by contact and word by word."""
    found = set()
    for contact in await Contact.filter(organization_id=practice.organization.id):
        addresses = [email.address_normal for email in await ContactEmail.filter(contact_id=contact.id)]
        fulfilled = [
            any(key.startswith(word.name) for key in (contact.given_key, contact.family_key) if key)
            or any(address.startswith(word.address) or address == word.whole_address for address in addresses)
            or (place > 0 and any(f" {word.name}" in key for key in (contact.given_key, contact.family_key)))
            for place, word in enumerate(search_words(text, 5))
        ]
        if all(fulfilled):
            found.add(contact.id)
    return found


@pytest.mark.parametrize("text", TEXTS)
async def test_rare_and_common_words_find_the_same(practice: Practice, desk: StaffCaller, text: str) -> None:
    here, words = practice.organization.id, search_words(text, 5)
    expected = await by_the_book(practice, text)
    common = Frequency(10**6, (10**6,) * len(words))
    for frequency in (await frequency_of(here, words), common):
        values = Values([here])
        ways = ways_to_find(words, frequency, values.add)
        where = " AND ".join(["c.organization_id = $1", *ways.besides, f"({' OR '.join(ways.ways)})"])
        assert await ids(where, values) == expected
        values = Values([here])
        where = " AND ".join(["c.organization_id = $1", *conditions_of_each(words, frequency, values.add)])
        assert await ids(where, values) == expected

    page = await contact_page(desk, ContactSearch(text), PageRequest(), datetime.now(UTC))
    assert [row.id for row in page.rows] == [
        row.id for row in sorted(page.rows, key=lambda row: (row.sort_key, row.id))
    ]
    assert {row.id for row in page.rows} == expected
    assert await count_contacts(desk, ContactSearch(text)) == len(expected)


async def ids(where: str, values: Values) -> set[UUID]:
    rows = await fetch(f"SELECT c.id FROM contact c WHERE {where}", *values.values)  # noqa: S608 - the core's own
    return {as_uuid(row["id"]) for row in rows}


@pytest.fixture
async def slow(database: TortoiseContext) -> str:
    """A statement that takes minutes."""
    return (
        "SELECT CAST(pg_sleep(300) AS TEXT) AS number"
        if on_postgres()
        else "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) "
        "SELECT count(*) AS number FROM n"
    )


async def test_a_statement_that_takes_too_long_is_stopped_and_the_connection_serves_on(slow: str) -> None:
    with pytest.raises(StatementTimedOut):
        await fetch_within(0.05, slow)
    assert await fetch_number("SELECT 1 AS number") == 1
    [row] = await fetch_within(60, "SELECT 2 AS number")
    assert row["number"] == 2


async def test_a_search_that_takes_too_long_is_refused(practice: Practice) -> None:
    desk = await practice.staff()
    now = practice.services.clock.now()
    with time_limit(0):
        for search in (ContactSearch(), ContactSearch("mar")):
            with pytest.raises(SearchTooBroad):
                await contact_page(desk, search, PageRequest(), now)
            with pytest.raises(SearchTooBroad):
                await count_contacts(desk, search)
        with pytest.raises(SearchTooBroad):
            await count_states(desk)
