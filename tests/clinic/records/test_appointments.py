"""The calendar's entries: entering them, and reading a stretch of them in order."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta, timezone
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from clinic.charts.appointment_rows import AppointmentRow
from clinic.charts.contacts import AppointmentSearch, appointment_page, count_appointments
from clinic.charts.related import appointment_counts, appointment_pages, appointments_by_id
from clinic.organizations.actions import create_facility
from clinic.records.actions.appointments import create_appointment
from clinic.records.models import Appointment, Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.paging import PageRequest
from clinic.work.models import AuditEvent
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def contact(practice: Practice) -> Contact:
    return await practice.contact()


async def enter(practice: Practice, contact: Contact, starts_at: datetime = NINE) -> UUID:
    made = await create_appointment(practice.system, contact.id, starts_at, starts_at + HOUR, practice.services)
    return made.id


async def calendar(
    caller: StaffCaller, search: AppointmentSearch, request: PageRequest | None = None
) -> list[AppointmentRow]:
    return list((await appointment_page(caller, search, request or PageRequest(limit=100), NOW)).rows)


async def test_appointment_shows_whole_in_the_calendar(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    place = await create_facility(practice.system, "Riverside", practice.services)
    made = await create_appointment(
        desk,
        contact.id,
        NINE,
        NINE + HOUR,
        practice.services,
        facility_id=place.id,
        at_facility=True,
        staff_member_id=desk.staff_member_id,
        with_staff_member=True,
    )
    [row] = await calendar(desk, AppointmentSearch())
    assert (row.id, row.starts_at, row.ends_at) == (made.id, NINE, NINE + HOUR)
    assert (row.facility_id, row.facility_name, row.staff_member_id) == (place.id, "Riverside", desk.staff_member_id)
    assert (row.contact.id, row.contact.family_name, row.contact.emails) == (
        contact.id,
        "Reyes",
        ("omar.reyes@example.com",),
    )
    assert row.contact.portal_status.state == "NO_ACCOUNT"
    event = await AuditEvent.get(action="appointment.created")
    assert (event.subject_id, event.details) == (made.id, f'{{"contact_id": "{contact.id}"}}')


async def test_place_and_staff_member_may_be_open(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    await enter(practice, contact)
    [row] = await calendar(desk, AppointmentSearch())
    assert (row.facility_id, row.facility_name, row.staff_member_id) == (None, None, None)


@pytest.mark.parametrize(
    ("lasts", "allowed"),
    [(timedelta(0), False), (-HOUR, False), (timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False)],
)
async def test_end_comes_after_the_start_within_a_day(
    practice: Practice, desk: StaffCaller, contact: Contact, lasts: timedelta, allowed: bool
) -> None:
    attempt = create_appointment(desk, contact.id, NINE, NINE + lasts, practice.services)
    if allowed:
        assert (await attempt).ends_at == NINE + lasts
        return
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await attempt
    assert [problem.path for problem in refusal.value.problems] == ["endsAt"]


async def test_permission_is_needed(practice: Practice, contact: Contact) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await create_appointment(others, contact.id, NINE, NINE + HOUR, practice.services)


async def test_foreign_and_unknown_ids_are_refused_alike(
    practice: Practice, other_practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    theirs = await other_practice.contact()
    abroad = await create_facility(other_practice.system, "Harbor", practice.services)
    stranger = await other_practice.staff()
    async with nothing_changes():
        for wrong in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await create_appointment(desk, wrong, NINE, NINE + HOUR, practice.services)
            assert refusal.value.field == "contactId"
        for wrong in (abroad.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await create_appointment(
                    desk, contact.id, NINE, NINE + HOUR, practice.services, facility_id=wrong, at_facility=True
                )
            assert refusal.value.field == "facilityId"
        for wrong in (stranger.staff_member_id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await create_appointment(
                    desk,
                    contact.id,
                    NINE,
                    NINE + HOUR,
                    practice.services,
                    staff_member_id=wrong,
                    with_staff_member=True,
                )
            assert refusal.value.field == "staffMemberId"


async def test_order_and_range_are_by_instant_whatever_the_offset(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    boise, tokyo = timezone(timedelta(hours=-7)), timezone(timedelta(hours=9))
    starts = [
        datetime(2026, 3, 3, 18, 0, tzinfo=tokyo),  # 09:00 UTC
        datetime(2026, 3, 3, 3, 0, tzinfo=boise),  # 10:00 UTC
        datetime(2026, 3, 3, 11, 0, tzinfo=UTC),
        datetime(2026, 3, 3, 11, 0, 0, 500_000, tzinfo=UTC),
        datetime(2026, 3, 3, 5, 0, tzinfo=boise),  # 12:00 UTC
    ]
    made = {start: await enter(practice, contact, start) for start in reversed(starts)}

    assert [row.id for row in await calendar(desk, AppointmentSearch())] == [made[start] for start in starts]
    assert {row.starts_at.tzinfo for row in await calendar(desk, AppointmentSearch())} == {UTC}
    within = AppointmentSearch(datetime(2026, 3, 3, 19, 0, tzinfo=tokyo), datetime(2026, 3, 3, 5, 0, tzinfo=boise))
    assert [row.id for row in await calendar(desk, within)] == [made[start] for start in starts[1:4]]
    assert await count_appointments(desk, within) == 3
    assert [row.starts_at for row in await Appointment.all().order_by("starts_at")] == starts


async def test_range_holds_its_beginning_and_not_its_end(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    first, second = await enter(practice, contact, NINE), await enter(practice, contact, NINE + HOUR)
    assert [row.id for row in await calendar(desk, AppointmentSearch(NINE, NINE + HOUR))] == [first]
    assert [row.id for row in await calendar(desk, AppointmentSearch(NINE + HOUR, NINE + 2 * HOUR))] == [second]


async def test_filters_narrow_together(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    rosa = await practice.contact("Rosa", emails=())
    place = await create_facility(practice.system, "Riverside", practice.services)
    at_place = await create_appointment(
        desk, rosa.id, NINE, NINE + HOUR, practice.services, facility_id=place.id, at_facility=True
    )
    with_ida = await create_appointment(
        desk,
        contact.id,
        NINE,
        NINE + HOUR,
        practice.services,
        staff_member_id=desk.staff_member_id,
        with_staff_member=True,
    )
    for search, found in (
        (AppointmentSearch(facility_id=place.id), [at_place.id]),
        (AppointmentSearch(staff_member_id=desk.staff_member_id), [with_ida.id]),
        (AppointmentSearch(contact_id=rosa.id), [at_place.id]),
        (AppointmentSearch(facility_id=place.id, contact_id=contact.id), []),
        (AppointmentSearch(facility_id=uuid4()), []),
    ):
        assert [row.id for row in await calendar(desk, search)] == found
        assert await count_appointments(desk, search) == len(found)


async def test_other_practices_calendar_is_never_shown(
    practice: Practice, other_practice: Practice, contact: Contact
) -> None:
    appointment_id = await enter(practice, contact)
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    for search in (AppointmentSearch(), AppointmentSearch(contact_id=contact.id)):
        assert await calendar(stranger, search) == []
        assert await count_appointments(stranger, search) == 0
    assert await appointments_by_id(other_practice.organization.id, [appointment_id]) == []
    [row] = await appointments_by_id(practice.organization.id, [appointment_id])
    assert row.contact_id == contact.id


async def test_pages_go_forwards_and_backwards_over_entries_at_the_same_time(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    ids = sorted([await enter(practice, contact) for _ in range(5)])
    forwards: list[UUID] = []
    request = PageRequest(limit=2)
    while True:
        page = await appointment_page(desk, AppointmentSearch(), request, NOW)
        forwards += [row.id for row in page.rows]
        if not page.has_next:
            break
        request = PageRequest(limit=2, after=(page.rows[-1].starts_at, page.rows[-1].id))
    assert forwards == ids
    last = await appointment_page(desk, AppointmentSearch(), PageRequest(limit=2, backwards=True), NOW)
    assert [row.id for row in last.rows] == ids[3:]
    before = PageRequest(limit=2, backwards=True, before=(NINE, ids[3]))
    middle = await appointment_page(desk, AppointmentSearch(), before, NOW)
    assert [row.id for row in middle.rows] == ids[1:3]
    assert (middle.has_previous, middle.has_next) == (True, True)


async def test_each_contact_has_pages_of_their_own(practice: Practice, contact: Contact) -> None:
    rosa = await practice.contact("Rosa", emails=())
    mine = [await enter(practice, contact, NINE + n * HOUR) for n in range(3)]
    hers = [await enter(practice, rosa, NINE + n * HOUR) for n in range(2)]
    pages = await appointment_pages([contact.id, rosa.id], PageRequest(limit=2))
    assert [row.id for row in pages[contact.id].rows] == mine[:2]
    assert (pages[contact.id].has_next, pages[rosa.id].has_next) == (True, False)
    assert [row.id for row in pages[rosa.id].rows] == hers
    after = await appointment_pages([contact.id], PageRequest(limit=2, after=(NINE + HOUR, mine[1])))
    assert [row.id for row in after[contact.id].rows] == mine[2:]
    backwards = await appointment_pages([contact.id], PageRequest(limit=2, backwards=True))
    assert [row.id for row in backwards[contact.id].rows] == mine[1:]
    assert await appointment_counts([contact.id, rosa.id]) == {contact.id: 3, rosa.id: 2}


async def test_a_hundred_entries_cost_two_statements_as_one_does(
    practice: Practice, desk: StaffCaller, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    people = [await practice.contact(f"Person {n}", emails=(f"p{n}@example.com",)) for n in range(20)]
    await Appointment.bulk_create(
        Appointment(
            organization_id=practice.organization.id,
            contact_id=people[n % 20].id,
            starts_at=NINE + n * timedelta(minutes=5),
            ends_at=NINE + n * timedelta(minutes=5) + HOUR,
        )
        for n in range(100)
    )
    for limit in (1, 2, 100):
        with count_statements() as sent:
            rows = await calendar(desk, AppointmentSearch(NINE, NINE + timedelta(days=1)), PageRequest(limit=limit))
        assert len(rows) == limit
        assert len(sent) == 2


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Santiago", date(2026, 9, 6), 23),  # midnight is skipped
        ("America/Santiago", date(2026, 4, 4), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # midnight is skipped
        ("Asia/Beirut", date(2026, 3, 29), 23),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
        ("America/Boise", date(2026, 6, 1), 24),
    ],
)
async def test_calendar_of_a_day_begins_and_ends_with_it(
    practice: Practice, desk: StaffCaller, contact: Contact, zone: str, day: date, hours: int
) -> None:
    begins, ends = (
        datetime.combine(one, time(), ZoneInfo(zone)).astimezone(UTC) for one in (day, day + timedelta(days=1))
    )
    assert ends - begins == timedelta(hours=hours)
    second = timedelta(seconds=1)
    assert ((begins - second).astimezone(ZoneInfo(zone)).date(), begins.astimezone(ZoneInfo(zone)).date()) == (
        day - timedelta(days=1),
        day,
    )
    for starts_at in (begins - second, begins, ends - second, ends):
        await enter(practice, contact, starts_at)
    for there in (UTC, ZoneInfo(zone)):
        search = AppointmentSearch(from_=begins.astimezone(there), to=ends.astimezone(there))
        assert [row.starts_at for row in await calendar(desk, search)] == [begins, ends - second]
