"""Opening a record leaves one event for each staff member and hour, which the record's person can read."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.charts.history import access_history
from clinic.records.actions.views import VIEW_INTERVAL, VIEWED, record_views
from clinic.records.models import Contact
from clinic.values.callers import StaffCaller
from clinic.values.paging import PageRequest
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff()


async def views_of(contact: Contact) -> int:
    return await AuditEvent.filter(action=VIEWED, subject_id=contact.id).count()


async def test_a_view_is_told_to_the_records_person_with_name_and_time(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    clock.advance(timedelta(minutes=5))
    await record_views(desk, [contact.id], practice.services)
    newest = (await access_history(practice.organization.id, contact.id, PageRequest())).rows[0]
    assert (newest.who, newest.action, newest.at) == ("Fran Desk", "contact.viewed", clock.now())


async def test_once_an_hour_for_each_staff_member_and_record(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    one, two = await practice.contact(), await practice.contact("Rosa", emails=())
    colleague = await practice.staff()
    await record_views(desk, [one.id], practice.services)
    clock.advance(VIEW_INTERVAL - timedelta(seconds=1))
    async with nothing_changes():
        await record_views(desk, [one.id], practice.services)
    await record_views(desk, [one.id, two.id], practice.services)
    await record_views(colleague, [one.id], practice.services)
    assert (await views_of(one), await views_of(two)) == (2, 1)
    clock.advance(timedelta(seconds=1))
    await record_views(desk, [one.id], practice.services)
    assert await views_of(one) == 3


async def test_twenty_screens_at_once_note_one_view(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await asyncio.gather(*(record_views(desk, [contact.id], practice.services) for _ in range(20)))
    assert await views_of(contact) == 1
    assert (await verify_chain(practice.organization.id)).broken_at is None


async def test_records_that_are_not_the_callers_leave_nothing(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    theirs = await other_practice.contact()
    async with nothing_changes():
        await record_views(desk, [theirs.id, uuid4()], practice.services)
        await record_views(desk, [], practice.services)
