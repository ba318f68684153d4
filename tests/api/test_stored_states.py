"""A list shows what the facts say, and mends a stored state that differs. A search that takes too long is refused."""

from dataclasses import replace

import pytest

from clinic.charts.in_time import time_limit
from clinic.portal_access.models import ContactPortalState
from clinic.values.ports import Services
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.metrics import Counted

LIST = "query Q($states: [PortalState!]) { contacts(portalState: $states) { nodes { id portalStatus { state } } } }"
COUNTS = "{ portalStateCounts { state count } }"
ONE = "query Q($id: ID!) { contact(id: $id) { id portalStatus { state } } }"


@pytest.fixture
def metrics() -> Counted:
    return Counted()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, metrics: Counted) -> Services:
    return replace(make_services(clock, mailbox), metrics=metrics)


async def counted(staff: Client) -> dict[str, int]:
    found = (await staff.run(COUNTS))["portalStateCounts"]
    return {one["state"]: one["count"] for one in found if one["count"]}


@pytest.mark.parametrize("where", ["in a list", "by itself"])
async def test_a_shown_contact_whose_stored_state_is_wrong_is_mended_and_counted(
    practice: Practice, staff: Client, metrics: Counted, where: str
) -> None:
    contact = await practice.contact()
    await practice.contact("Mia", emails=())
    await ContactPortalState.filter(id=contact.id).update(state="LINKED")
    assert await counted(staff) == {"LINKED": 1, "NO_EMAIL": 1}

    [shown] = (await staff.run(LIST, states=["LINKED"]))["contacts"]["nodes"]
    if where == "by itself":
        await ContactPortalState.filter(id=contact.id).update(state="LINKED")
        shown = (await staff.run(ONE, id=shown["id"]))["contact"]

    assert shown["portalStatus"]["state"] == "NO_ACCOUNT"
    assert await counted(staff) == {"NO_ACCOUNT": 1, "NO_EMAIL": 1}
    assert metrics.mended_states == (2 if where == "by itself" else 1)
    await staff.run(LIST, states=["NO_ACCOUNT", "NO_EMAIL"])
    assert metrics.mended_states == (2 if where == "by itself" else 1)


@pytest.mark.parametrize("field", ["contacts { nodes { id } }", 'contacts(search: "m") { nodes { id } }', COUNTS[2:-2]])
async def test_a_search_that_takes_too_long_says_what_to_do(practice: Practice, staff: Client, field: str) -> None:
    with time_limit(0):
        refusal = await staff.refusal(f"{{ {field} }}")
    assert (refusal["code"], refusal["message"]) == (
        "TOO_COMPLEX",
        "This search takes too long. Type more letters, or a whole name or address.",
    )
