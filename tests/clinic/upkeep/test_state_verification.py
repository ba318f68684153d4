"""Stored portal states that are wrong or missing are found, stored anew, logged and counted."""

import logging
from dataclasses import replace

import pytest

from clinic.database.rows import fetch
from clinic.portal_access import stored_state
from clinic.portal_access.models import ContactPortalState
from clinic.portal_access.stored_state import mend_states
from clinic.upkeep.state_verification import StateReport, compare_states, store_missing_states
from tests.factories import Practice
from tests.factories.metrics import Counted


async def test_what_actions_store_is_right(practice: Practice, other_practice: Practice) -> None:
    for each in (practice, other_practice):
        await each.contact()
        await each.contact("Mia", emails=())
    assert await compare_states(practice.services, mend=False) == StateReport(4, ())


@pytest.mark.parametrize(
    "planted", [{"state": "LINKED"}, {"sort_key": "aaa"}, {"archived": True}], ids=["state", "name", "archived"]
)
async def test_a_planted_difference_is_found_mended_and_counted(
    practice: Practice, planted: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Counted()
    services = replace(practice.services, metrics=metrics)
    wrong, _right = (await practice.contact()).id, (await practice.contact("Mia", emails=())).id
    before = await ContactPortalState.get(id=wrong).values()
    await ContactPortalState.filter(id=wrong).update(**planted)

    assert await compare_states(services, mend=False) == StateReport(2, (wrong,))
    assert metrics.mended_states == 0
    with caplog.at_level(logging.WARNING, logger="clinic.portal_access.stored_state"):
        assert await compare_states(services, mend=True) == StateReport(2, (wrong,))
    assert metrics.mended_states == 1
    assert [record.contact_id for record in caplog.records] == [str(wrong)]  # type: ignore[attr-defined]
    assert await compare_states(services, mend=True) == StateReport(2, ())
    assert await ContactPortalState.get(id=wrong).values() == before


async def test_a_state_that_is_right_is_not_counted_as_mended(practice: Practice) -> None:
    metrics = Counted()
    contact = await practice.contact()
    mended = await mend_states(practice.organization.id, [contact.id], replace(practice.services, metrics=metrics))
    assert (mended, metrics.mended_states) == ([], 0)


async def test_missing_states_are_stored_for_every_practice(practice: Practice, other_practice: Practice) -> None:
    for each in (practice, other_practice):
        await each.contact()
        await each.contact("Mia", emails=())
    before = await ContactPortalState.all().order_by("id").values()
    await ContactPortalState.filter(state="NO_EMAIL").delete()

    told: list[int] = []
    assert await store_missing_states(told.append) == 2
    assert told == [1, 2]
    assert await store_missing_states() == 0
    assert await ContactPortalState.all().order_by("id").values() == before


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_state_is_stored_without_reading_the_practice(practice: Practice) -> None:
    contact = await practice.contact()
    plan = await fetch(f"EXPLAIN QUERY PLAN {stored_state._STORE}", [contact.id], practice.organization.id, "INVITED")
    [found] = [row["detail"] for row in plan if row["detail"].startswith(("SEARCH c ", "SCAN c "))]
    assert found == "SEARCH c USING INDEX sqlite_autoindex_contact_1 (id=?)"
