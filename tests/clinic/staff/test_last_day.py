"""A staff member's last day: until when they have access, and that a lasting manager always stays."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.sessions.actions import open_staff_session
from clinic.sessions.models import StaffSession
from clinic.sessions.queries import caller_by_access_token, caller_of_session, valid_staff_sessions
from clinic.staff.actions import (
    create_staff_member,
    disable_staff_member,
    disable_whose_access_ended,
    enable_staff_member,
    set_staff_last_day,
    set_staff_permissions,
    sign_in_staff,
)
from clinic.staff.errors import LastManager
from clinic.staff.models import StaffMember, StaffState, StaffToken
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import AccountClosed, InvalidInput, NotFound, NotPermitted
from clinic.values.limits import MOST_YEARS_OF_ACCESS
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Practice
from tests.factories.contents import nothing_changes

HERE = Origin("203.0.113.7", "agent", "request-1")
IDA = "ida@practice.example"
LAST_DAY = date(2026, 3, 6)
# The practice is in Boise, where the day ends seven hours after that of Greenwich.
ENDS_AT = datetime(2026, 3, 7, 7, tzinfo=UTC)


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_STAFF)


async def locum(practice: Practice, caller: StaffCaller, last_day: date | None = LAST_DAY) -> StaffMember:
    return await create_staff_member(
        caller, name="Ida Desk", email=IDA, password=PASSWORD, last_day=last_day, services=practice.services
    )


async def test_access_ends_with_the_last_day_of_the_practice(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    member = await locum(practice, manager)
    assert member.access_ends_at == ENDS_AT
    clock.advance(ENDS_AT - clock.now() - timedelta(seconds=1))
    signed_in = await sign_in_staff("willow-creek", IDA, PASSWORD, HERE, practice.services)
    session, token = signed_in.session.session_id, signed_in.session.access_token
    assert await caller_by_access_token(token, HERE, clock.now()) is not None
    assert await caller_of_session(session, HERE, clock.now()) is not None
    assert list(await valid_staff_sessions([session], clock.now())) == [session]
    assert await disable_whose_access_ended(practice.services) == 0
    clock.advance(timedelta(seconds=1))
    assert await caller_by_access_token(token, HERE, clock.now()) is None
    assert await caller_of_session(session, HERE, clock.now()) is None
    assert await valid_staff_sessions([session], clock.now()) == {}
    with pytest.raises(AccountClosed):
        await sign_in_staff("willow-creek", IDA, PASSWORD, HERE, practice.services)


async def test_whose_access_ended_is_disabled_once(
    practice: Practice, other_practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    member = await locum(practice, manager)
    clock.advance(ENDS_AT - clock.now() + timedelta(minutes=5))
    opened = await open_staff_session(practice.organization.id, member.id, HERE, clock.now())
    ended = await asyncio.gather(*(disable_whose_access_ended(practice.services) for _ in range(3)))
    assert sum(ended) == 1
    now = await StaffMember.get(id=member.id)
    assert (now.state, now.disabled_at, now.disabled_reason) == (StaffState.DISABLED, ENDS_AT, "")
    assert (await StaffSession.get(id=opened.session_id)).end_reason == "last day over"
    event = await AuditEvent.get(action="staff_member.access_ended")
    assert (event.subject_id, event.organization_id) == (member.id, practice.organization.id)
    assert await StaffMember.filter(disabled_at__not_isnull=True).count() == 1
    async with nothing_changes():
        await disable_whose_access_ended(practice.services)


async def test_invitation_ends_too(practice: Practice, manager: StaffCaller, clock: FixedClock) -> None:
    await create_staff_member(manager, name="Ida Desk", email=IDA, last_day=LAST_DAY, services=practice.services)
    clock.advance(ENDS_AT - clock.now())
    await disable_whose_access_ended(practice.services)
    assert (await StaffToken.get()).closed_why == "WITHDRAWN"


async def test_last_day_is_changed_taken_away_and_audited(practice: Practice, manager: StaffCaller) -> None:
    member = await locum(practice, manager, None)
    for day in (LAST_DAY, date(2026, 5, 29), None):
        await set_staff_last_day(manager, member.id, day, practice.services)
        async with nothing_changes():
            await set_staff_last_day(manager, member.id, day, practice.services)
    assert (await StaffMember.get(id=member.id)).access_ends_at is None
    events = await AuditEvent.filter(action="staff_member.last_day_set", subject_id=member.id).order_by("sequence")
    assert [json.loads(event.details).get("last_day") for event in events] == ["2026-03-06", "2026-05-29", ""]


async def test_who_returns_has_no_end_any_more(practice: Practice, manager: StaffCaller, clock: FixedClock) -> None:
    member = await locum(practice, manager)
    clock.advance(ENDS_AT - clock.now())
    await disable_whose_access_ended(practice.services)
    manager = await practice.staff(Permission.MANAGE_STAFF)  # the other one signed in days ago
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await set_staff_last_day(manager, member.id, date(2026, 5, 29), practice.services)
    member = await enable_staff_member(manager, member.id, practice.services)
    assert (member.state, member.access_ends_at) == (StaffState.ACTIVE, None)
    await sign_in_staff("willow-creek", IDA, PASSWORD, HERE, practice.services)


async def test_a_lasting_manager_always_stays(practice: Practice, manager: StaffCaller) -> None:
    member = await locum(practice, manager)
    await StaffMember.filter(id=member.id).update(permissions=Permission.MANAGE_STAFF.value)
    own = manager.staff_member_id
    async with nothing_changes():
        for refused in (
            set_staff_last_day(manager, own, LAST_DAY, practice.services),
            disable_staff_member(manager, own, "Left.", practice.services),
            set_staff_permissions(manager, own, [], practice.services),
        ):
            with pytest.raises(LastManager):
                await refused
    await set_staff_last_day(manager, member.id, None, practice.services)
    await set_staff_last_day(manager, own, LAST_DAY, practice.services)


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (date(2020, 1, 31), Problem.DAY_IS_PAST),
        (date(2027 + MOST_YEARS_OF_ACCESS, 1, 1), Problem.ACCESS_TOO_LONG),
        (date.max, Problem.ACCESS_TOO_LONG),
    ],
)
async def test_days_that_make_no_sense_are_refused(
    practice: Practice, manager: StaffCaller, day: date, problem: Problem
) -> None:
    colleague = await practice.staff()
    async with nothing_changes():
        for refused in (
            set_staff_last_day(manager, colleague.staff_member_id, day, practice.services),
            locum(practice, manager, day),
        ):
            with pytest.raises(InvalidInput) as refusal:
                await refused
            assert [(one.path, one.code) for one in refusal.value.problems] == [("lastDay", problem)]


async def test_it_needs_the_permission_and_a_member_of_ones_own(
    practice: Practice, other_practice: Practice, manager: StaffCaller
) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_STAFF}))
    stranger = await other_practice.staff()
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await set_staff_last_day(others, manager.staff_member_id, LAST_DAY, practice.services)
        for unknown in (stranger.staff_member_id, None):
            with pytest.raises(NotFound):
                await set_staff_last_day(manager, unknown, LAST_DAY, practice.services)
