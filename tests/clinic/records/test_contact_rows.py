"""What lists show of a contact is made once while nothing changes, and anew when anything does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.charts.appointment_rows import AppointmentRow
from clinic.charts.contact_rows import ContactRow, forget
from clinic.charts.contacts import AppointmentSearch, ContactSearch, appointment_page, contact_page
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import Invitation
from clinic.records.actions.appointments import AppointmentChanges, create_appointment, update_appointment
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import PageRequest
from tests.clock import FixedClock
from tests.factories import Practice

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)


async def shown(caller: StaffCaller, practice: Practice) -> ContactRow:
    [row] = (await contact_page(caller, ContactSearch(), PageRequest(limit=10), practice.services.clock.now())).rows
    return row


async def test_the_same_contact_is_made_once_and_anew_after_a_change(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("omar@example.com",))
    forget()  # so that the time for it does not come within the test
    before = await shown(desk, practice)
    assert await shown(desk, practice) is before

    await update_contact(desk, contact.id, ContactChanges(emails=("reyes@example.com",)), practice.services)
    after = await shown(desk, practice)
    assert after.emails == ("reyes@example.com",)
    assert "reyes@example.com" in after.portal_status.summary

    await invite_contact(desk, contact.id, practice.services)
    assert (await shown(desk, practice)).portal_status.state == "INVITED"


async def test_it_is_made_for_each_permission_and_language(practice: Practice, desk: StaffCaller) -> None:
    await practice.contact(emails=("omar@example.com",))
    other = replace(desk, origin=replace(desk.origin, language="es"))
    reader = replace(desk, permissions=frozenset({Permission.VIEW_CONTACTS}))
    ours, theirs, reading = [(await shown(caller, practice)).portal_status for caller in (desk, other, reader)]
    assert ours.action == "CREATE_ACCOUNT"
    assert theirs.summary != ours.summary
    assert reading.action is None
    assert reading.blocked_reason


async def test_an_invitation_runs_out_though_no_row_changes(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=("omar@example.com",))
    await invite_contact(desk, contact.id, practice.services)
    invitation = await Invitation.get(organization_id=desk.organization_id)
    clock.advance(invitation.expires_at - clock.now() - timedelta(seconds=1))
    before = await shown(desk, practice)
    assert "expired" not in before.portal_status.summary
    clock.advance(timedelta(seconds=1))
    assert "expired" in (await shown(desk, practice)).portal_status.summary


async def test_nothing_is_kept_once_it_is_forgotten(practice: Practice, desk: StaffCaller) -> None:
    await practice.contact()
    before = await shown(desk, practice)
    forget()
    after = await shown(desk, practice)
    assert after == before
    assert after is not before


async def test_an_appointment_is_made_once_and_anew_after_a_change(practice: Practice, desk: StaffCaller) -> None:
    contact, now = await practice.contact(emails=("omar@example.com",)), practice.services.clock.now()
    appointment = await create_appointment(desk, contact.id, now, now + HOUR, practice.services)
    forget()

    async def of_the_day() -> AppointmentRow:
        page = await appointment_page(desk, AppointmentSearch(), PageRequest(limit=10), practice.services.clock.now())
        [row] = page.rows
        return row

    before = await of_the_day()
    assert await of_the_day() is before
    await update_contact(desk, contact.id, ContactChanges(emails=("reyes@example.com",)), practice.services)
    assert (await of_the_day()).contact.emails == ("reyes@example.com",)
    moved = AppointmentChanges(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    await update_appointment(desk, appointment.id, moved, practice.services)
    assert (await of_the_day()).starts_at == now + HOUR
    unchanged = await of_the_day()
    forget()
    assert await of_the_day() is not unchanged
