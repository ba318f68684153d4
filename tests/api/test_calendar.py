"""The calendar over the API: an appointment moved and cancelled, and what a clash says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from api.server.relay import encode_id
from clinic.records.actions.appointments import create_appointment
from clinic.records.models import Appointment
from tests.api.client import Client
from tests.factories import Practice

ENTRY = "appointment { id startsAt endsAt cancelledAt version staffMember { id name } facility { name } }"
DAY = "query Q($from: DateTime!, $to: DateTime!, $whole: Boolean!) { appointments(from: $from, to: $to, "
LIST = "includeCancelled: $whole) { totalCount nodes { id staffMember { name } contact { displayName } } } }"


async def entered(practice: Practice, number: int = 0, **more: object) -> Appointment:
    contact = await practice.contact(f"Omar {number}", emails=())
    start = practice.services.clock.now() + timedelta(hours=1 + number)
    return await create_appointment(
        practice.system,
        contact.id,
        start,
        start + timedelta(hours=1),
        practice.services,
        **more,  # type: ignore[arg-type]  # a test's own
    )


async def test_cancelled_visit_leaves_the_day_and_comes_back(practice: Practice, staff: Client) -> None:
    visit = await entered(practice)
    now = practice.services.clock.now()
    span = {"from": now.isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    key = encode_id("Appointment", visit.id)
    cancelled = (await staff.mutate("cancelAppointment", {"appointmentId": key, "version": 1}, ENTRY))["appointment"]
    assert (cancelled["cancelledAt"], cancelled["version"]) == (now.isoformat(), 2)
    for whole, count in ((False, 0), (True, 1)):
        day = (await staff.run(DAY + LIST, whole=whole, **span))["appointments"]
        assert (day["totalCount"], len(day["nodes"])) == (count, count)
    restored = await staff.mutate("updateAppointment", {"appointmentId": key, "cancelled": False, "version": 2}, ENTRY)
    assert (restored["appointment"]["cancelledAt"], restored["appointment"]["version"]) == (None, 3)


async def test_clash_says_who_changed_what_and_what_it_is_now(practice: Practice, staff: Client) -> None:
    visit = await entered(practice)
    member, _ = await practice.signed_in()
    key, ends = encode_id("Appointment", visit.id), visit.ends_at - timedelta(minutes=30)
    with_whom = encode_id("StaffMember", member.staff_member_id)
    theirs = {"appointmentId": key, "endsAt": ends.isoformat(), "staffMemberId": with_whom, "version": 1}
    assert (await staff.mutate("updateAppointment", theirs, ENTRY))["appointment"]["staffMember"]["id"] == with_whom
    mine = {"appointmentId": key, "endsAt": visit.ends_at.isoformat(), "facilityId": None, "version": 1}
    longer = {**mine, "endsAt": (visit.ends_at + timedelta(minutes=30)).isoformat()}
    clash = await staff.mutate("updateAppointment", longer)
    by = (await staff.run("{ viewer { ... on StaffMember { name } } }"))["viewer"]["name"]
    assert clash == {
        "__typename": "ChangedMeanwhile",
        "code": "CHANGED_MEANWHILE",
        "message": f"{by} changed this meanwhile. Nothing of yours was saved: look at what changed, then save yours "
        "again or leave it.",
        "version": 2,
        "changes": [
            {
                "at": practice.services.clock.now().isoformat(),
                "by": by,
                "fields": ["endsAt", "staffMember"],
            }
        ],
        "current": {"__typename": "Appointment", "id": key},
    }


async def test_a_day_with_its_staff_costs_one_statement_more_however_long_it_is(
    practice: Practice, staff: Client, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for number in range(4):
        member = (await practice.staff()).staff_member_id
        await entered(practice, number, staff_member_id=member, with_staff_member=True)
    now = practice.services.clock.now()
    costs = []
    for hours in (2, 12):
        span = {"from": now.isoformat(), "to": (now + timedelta(hours=hours)).isoformat(), "whole": False}
        await staff.run(DAY + LIST.replace("totalCount", ""), **span)
        with count_statements() as sent:
            day = await staff.run(DAY + LIST.replace("totalCount", ""), **span)
        costs.append((len(day["appointments"]["nodes"]), len(sent)))
    # Who asks, the day, its statuses, its staff.
    assert costs == [(1, 4), (4, 4)]
