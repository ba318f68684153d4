"""What the calendar may cost in processor time, as lines of Python that run: a gate that no busy machine moves.

`make bench` has the times. When these numbers grow for a good reason, raise the gates with it.
"""

from typing import Any

import pytest
from graphql import GraphQLObjectType

from clinic.charts.contact_rows import forget
from clinic.values.ports import Services
from tests.api.client import Client
from tests.api.crowd import make_crowd
from tests.api.own_schema import client_of, own_schema
from tests.api.test_operations_to_copy import OPERATIONS
from tests.factories import Practice
from tests.work import counted_work

DAY = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-04T00:00:00Z"}
FEW, MANY = 10, 60
# A fifth more than measured. SQLite has no types of its own, so each value is made of a text.
MOST_OF_A_ROW = {"sqlite": 485, "postgres": 345}
MOST_OF_A_ROW_READ_AGAIN = {"sqlite": 87, "postgres": 48}
MOST_BESIDE_THE_ROWS = 4_700


async def lines_of(client: Client, first: int, *, again: bool) -> int:
    """The lines of a page, once everything that is made for the first request is there; `again`: its contacts, too."""
    text = OPERATIONS["Day"].replace("first: 100", f"first: {first}")
    await client.run(text, **DAY)
    if not again:
        forget()
    with counted_work() as work:
        page = await client.run(text, **DAY)
    assert len(page["appointments"]["nodes"]) == first
    return work.lines


async def cost_of(client: Client, *, again: bool = False) -> tuple[float, float]:
    """The lines of a row, and those that a page has without any."""
    few, many = await lines_of(client, FEW, again=again), await lines_of(client, MANY, again=again)
    of_a_row = (many - few) / (MANY - FEW)
    return of_a_row, few - FEW * of_a_row


async def test_the_calendar_stays_cheap(practice: Practice, staff: Client, database_kind: str) -> None:
    await make_crowd(practice)
    of_a_row, _ = await cost_of(staff)
    assert of_a_row <= MOST_OF_A_ROW[database_kind]
    of_a_row, beside = await cost_of(staff, again=True)
    assert of_a_row <= MOST_OF_A_ROW_READ_AGAIN[database_kind]
    assert beside <= MOST_BESIDE_THE_ROWS


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_slow_resolver_is_noticed(practice: Practice, services: Services, staff: Client) -> None:
    def slow(contact: Any, _info: Any) -> str:
        words = ""
        for letter in contact.display_name * 20:
            words += letter
        return words

    schema = own_schema()
    kind = schema._schema.type_map["Contact"]
    assert isinstance(kind, GraphQLObjectType)
    kind.fields["displayName"].resolve = slow
    await make_crowd(practice)
    async with client_of(schema, services) as http:
        of_a_row, _ = await cost_of(Client(http, staff.token))
    assert of_a_row > MOST_OF_A_ROW["sqlite"]
