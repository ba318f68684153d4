"""Moving, cancelling and restoring appointments; and that of two edits of one version one is refused."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from clinic.charts.contacts import AppointmentSearch, appointment_page, count_appointments
from clinic.charts.related import appointment_counts, appointment_pages
from clinic.mail.models import Letter
from clinic.organizations.actions import create_facility
from clinic.records.actions.appointments import (
    AppointmentChanges,
    cancel_appointment,
    create_appointment,
    update_appointment,
)
from clinic.records.errors import ChangedMeanwhile
from clinic.records.models import Appointment, Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.change import ChangeKind
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.paging import PageRequest
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent, ChangeRow
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NINE = NOW + timedelta(days=1)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def contact(practice: Practice) -> Contact:
    return await practice.contact()


@pytest.fixture
async def visit(practice: Practice, desk: StaffCaller, contact: Contact) -> Appointment:
    return await create_appointment(desk, contact.id, NINE, NINE + HOUR, practice.services)


def details(event: AuditEvent) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(event.details)
    return found


async def problem_of(attempt: Any) -> tuple[str, Problem]:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await attempt
    [problem] = refusal.value.problems
    return problem.path, problem.code


async def test_only_what_is_given_changes_and_old_and_new_are_audited(
    practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    place = await create_facility(practice.system, "Riverside", practice.services)
    changes = AppointmentChanges(starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR)
    moved = await update_appointment(desk, visit.id, changes, practice.services)
    assert (moved.starts_at, moved.ends_at, moved.facility_id, moved.version) == (NINE + HOUR, NINE + 2 * HOUR, None, 2)
    there = AppointmentChanges(facility_id=place.id, change_facility=True)
    assert (await update_appointment(desk, visit.id, there, practice.services)).starts_at == NINE + HOUR
    nowhere = AppointmentChanges(change_facility=True)
    assert (await update_appointment(desk, visit.id, nowhere, practice.services)).facility_id is None

    first, second, _ = await AuditEvent.filter(action="appointment.updated").order_by("sequence")
    assert details(first) == {
        "changed": "starts_at ends_at",
        "contact_id": str(visit.contact_id),
        "ends_at": str(NINE + 2 * HOUR),
        "ends_at_before": str(NINE + HOUR),
        "starts_at": str(NINE + HOUR),
        "starts_at_before": str(NINE),
        "version": "2",
    }
    assert (details(second)["facility_id_before"], details(second)["facility_id"]) == ("--", str(place.id))


async def test_cancelled_appointment_leaves_every_list_unless_asked_for_and_comes_back(
    practice: Practice, desk: StaffCaller, contact: Contact, visit: Appointment
) -> None:
    async def listed(*, whole: bool) -> list[object]:
        search, page = AppointmentSearch(with_cancelled=whole), PageRequest(limit=10)
        rows = (await appointment_page(desk, search, page, NOW)).rows
        own = (await appointment_pages([contact.id], page, with_cancelled=whole))[contact.id].rows
        counts = await appointment_counts([contact.id], with_cancelled=whole)
        return [
            [row.cancelled_at for row in rows],
            [row.cancelled_at for row in own],
            await count_appointments(desk, search),
            counts.get(contact.id, 0),
        ]

    cancelled = await cancel_appointment(desk, visit.id, practice.services, version=1)
    at = practice.services.clock.now()
    assert (cancelled.cancelled_at, cancelled.version) == (at, 2)
    assert await listed(whole=False) == [[], [], 0, 0]
    assert await listed(whole=True) == [[at], [at], 1, 1]
    async with nothing_changes():
        await cancel_appointment(desk, visit.id, practice.services, version=1)

    back = AppointmentChanges(cancelled=False)
    assert (await update_appointment(desk, visit.id, back, practice.services, version=2)).cancelled_at is None
    assert await listed(whole=False) == [[None], [None], 1, 1]
    actions = [event.action for event in await AuditEvent.filter(subject_id=visit.id).order_by("sequence")]
    assert actions == ["appointment.created", "appointment.cancelled", "appointment.restored"]


async def test_cancelled_appointment_is_restored_before_it_is_moved(
    practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    await cancel_appointment(desk, visit.id, practice.services)
    later = AppointmentChanges(starts_at=NINE + HOUR / 2)
    refused = update_appointment(desk, visit.id, later, practice.services)
    assert await problem_of(refused) == ("appointmentId", Problem.APPOINTMENT_CANCELLED)
    both = AppointmentChanges(starts_at=NINE + HOUR / 2, cancelled=False)
    assert (await update_appointment(desk, visit.id, both, practice.services)).starts_at == NINE + HOUR / 2


@pytest.mark.parametrize(
    ("starts_at", "path", "problem"),
    [
        (datetime(1926, 3, 3, 9, tzinfo=UTC), "startsAt", Problem.TOO_LONG_AGO),
        (datetime(2062, 3, 3, 9, tzinfo=UTC), "startsAt", Problem.TOO_FAR_AHEAD),
    ],
)
async def test_mistyped_year_is_refused_when_entering_and_when_moving(
    practice: Practice,
    desk: StaffCaller,
    contact: Contact,
    visit: Appointment,
    starts_at: datetime,
    path: str,
    problem: Problem,
) -> None:
    entered = create_appointment(desk, contact.id, starts_at, starts_at + HOUR, practice.services)
    assert await problem_of(entered) == (path, problem)
    changes = AppointmentChanges(starts_at=starts_at, ends_at=starts_at + HOUR)
    assert await problem_of(update_appointment(desk, visit.id, changes, practice.services)) == (path, problem)


async def test_old_appointment_may_still_be_cancelled_and_shortened(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    old = await Appointment.create(
        organization_id=practice.organization.id,
        contact_id=contact.id,
        starts_at=NOW - timedelta(days=900),
        ends_at=NOW - timedelta(days=900) + HOUR,
    )
    shorter = AppointmentChanges(ends_at=old.starts_at + HOUR / 2)
    await update_appointment(desk, old.id, shorter, practice.services)
    assert (await cancel_appointment(desk, old.id, practice.services)).cancelled_at is not None


async def test_disabled_staff_member_gets_no_new_appointments_and_keeps_their_old_ones(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    ida = (await practice.staff()).staff_member_id
    times, services = (NINE, NINE + HOUR), practice.services
    hers = await create_appointment(desk, contact.id, *times, services, staff_member_id=ida, with_staff_member=True)
    other = await create_appointment(desk, contact.id, *times, services)
    await StaffMember.filter(id=ida).update(disabled_at=NOW)
    with_her = AppointmentChanges(staff_member_id=ida, change_staff_member=True)
    attempts = (
        create_appointment(desk, contact.id, *times, services, staff_member_id=ida, with_staff_member=True),
        update_appointment(desk, other.id, with_her, services),
    )
    for attempt in attempts:
        assert await problem_of(attempt) == ("staffMemberId", Problem.COLLEAGUE_DISABLED)
    async with nothing_changes():
        await update_appointment(desk, hers.id, with_her, services)


async def test_edit_of_an_older_version_is_refused_and_says_who_changed_what(
    practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    colleague = await practice.staff(Permission.MANAGE_CONTACTS)
    name = (await StaffMember.get(id=colleague.staff_member_id)).name
    services = practice.services
    await update_appointment(colleague, visit.id, AppointmentChanges(ends_at=NINE + HOUR / 2), services, version=1)
    await cancel_appointment(practice.system, visit.id, services)
    late = AppointmentChanges(cancelled=False, ends_at=NINE + 2 * HOUR)
    async with nothing_changes():
        with pytest.raises(ChangedMeanwhile) as clash:
            await update_appointment(desk, visit.id, late, services, version=1)
    assert (clash.value.kind, clash.value.record_id, clash.value.version) == ("Appointment", visit.id, 3)
    at = services.clock.now()
    assert [(change.at, change.by, change.fields) for change in clash.value.changes] == [
        (at, "test", ("cancelled_at",)),
        (at, name, ("ends_at",)),
    ]
    assert name not in str(clash.value)
    with pytest.raises(ChangedMeanwhile) as clash:
        await update_appointment(desk, visit.id, late, services, version=2)
    assert [change.fields for change in clash.value.changes] == [("cancelled_at",)]
    assert (await update_appointment(desk, visit.id, late, services, version=3)).version == 4


async def test_without_a_version_the_last_write_wins_and_same_again_is_no_clash(
    practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    short, long = (AppointmentChanges(ends_at=NINE + timedelta(minutes=minutes)) for minutes in (20, 30))
    await update_appointment(desk, visit.id, short, practice.services)
    await update_appointment(desk, visit.id, long, practice.services)
    async with nothing_changes():
        again = await update_appointment(desk, visit.id, long, practice.services, version=2)
    assert (again.ends_at, again.version) == (NINE + timedelta(minutes=30), 3)


async def test_of_many_edits_of_one_version_at_once_one_is_made(
    practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    edits = [
        update_appointment(
            desk, visit.id, AppointmentChanges(ends_at=NINE + n * HOUR / 10), practice.services, version=1
        )
        for n in range(1, 7)
    ]
    outcomes = await asyncio.gather(*edits, return_exceptions=True)
    [made] = [outcome for outcome in outcomes if isinstance(outcome, Appointment)]
    assert [type(outcome) for outcome in outcomes if outcome is not made] == [ChangedMeanwhile] * 5
    stored = await Appointment.get(id=visit.id)
    assert (stored.ends_at, stored.version) == (made.ends_at, 2)
    assert await AuditEvent.filter(action="appointment.updated").count() == 1


async def test_nobody_gets_a_letter_and_live_calendars_are_told(
    practice: Practice, desk: StaffCaller, contact: Contact, visit: Appointment
) -> None:
    async def told() -> list[UUID]:
        rows = await ChangeRow.filter(kind=ChangeKind.APPOINTMENTS)
        await ChangeRow.all().delete()
        return [row.contact_id for row in rows]

    assert await told() == [contact.id]
    await update_appointment(desk, visit.id, AppointmentChanges(ends_at=NINE + HOUR / 2), practice.services)
    assert await told() == [contact.id]
    await cancel_appointment(desk, visit.id, practice.services)
    assert await told() == [contact.id]
    assert await Letter.all().count() == 0


async def test_permission_and_own_practice_are_needed(
    practice: Practice, other_practice: Practice, desk: StaffCaller, visit: Appointment
) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    services = practice.services
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await cancel_appointment(others, visit.id, services)
        for caller, key in ((stranger, visit.id), (desk, uuid4()), (desk, None)):
            with pytest.raises(NotFound) as refusal:
                await cancel_appointment(caller, key, services)
            assert refusal.value.field == "appointmentId"
        for changes, field in (
            (AppointmentChanges(facility_id=uuid4(), change_facility=True), "facilityId"),
            (AppointmentChanges(staff_member_id=stranger.staff_member_id, change_staff_member=True), "staffMemberId"),
        ):
            with pytest.raises(NotFound) as refusal:
                await update_appointment(desk, visit.id, changes, services)
            assert refusal.value.field == field
