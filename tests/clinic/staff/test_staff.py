"""Staff: signing in, being added with no permission at all, and what a change of permissions takes."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.sessions.models import StaffSession
from clinic.sessions.queries import caller_by_access_token
from clinic.staff.actions import StaffSignedIn, create_staff_member, set_staff_permissions, sign_in_staff
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import (
    EmailTaken,
    InvalidInput,
    NotFound,
    NotPermitted,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from clinic.values.passwords import password_matches
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import password_hash
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Practice
from tests.factories.contents import nothing_changes, rows_of

IDA = "ida@practice.example"
HERE = Origin("203.0.113.7", "agent", "request-1")


@pytest.fixture
async def ida(practice: Practice) -> StaffMember:
    return await StaffMember.create(
        organization_id=practice.organization.id,
        name="Ida Desk",
        email=IDA,
        email_normal=IDA,
        password_hash=password_hash(),
        created_at=practice.services.clock.now(),
    )


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_STAFF)


async def sign_in(
    practice: Practice, email: str = IDA, password: str = PASSWORD, slug: str = "willow-creek"
) -> StaffSignedIn:
    return await sign_in_staff(slug, email, password, HERE, practice.services)


async def add(practice: Practice, caller: StaffCaller, email: str = IDA, password: str = PASSWORD) -> StaffMember:
    return await create_staff_member(
        caller, name="Ida Desk", email=email, password=password, services=practice.services
    )


@pytest.mark.parametrize("typed", [IDA, " Ida@PRACTICE.example. "])
async def test_right_password_opens_a_session(
    practice: Practice, ida: StaffMember, clock: FixedClock, typed: str
) -> None:
    signed_in = await sign_in(practice, typed)
    assert signed_in.member.id == ida.id
    caller = await caller_by_access_token(signed_in.session.access_token, HERE, clock.now())
    assert isinstance(caller, StaffCaller)
    assert (caller.staff_member_id, caller.permissions) == (ida.id, frozenset())
    event = await AuditEvent.get(action="staff_member.signed_in")
    assert (event.subject_id, event.address) == (ida.id, "203.0.113.7")


@pytest.mark.parametrize(
    ("email", "password", "slug"),
    [
        (IDA, "wrong", "willow-creek"),
        (IDA, "", "willow-creek"),
        (IDA, PASSWORD + "\ud800", "willow-creek"),
        ("nobody@practice.example", PASSWORD, "willow-creek"),
        ("ida", PASSWORD, "willow-creek"),
        ("ida\x00@practice.example", PASSWORD, "willow-creek"),
        ("\ud800", PASSWORD, "willow-creek"),
        ("a\u0301\u0316" * 300_000, PASSWORD, "willow-creek"),
        (IDA, PASSWORD, "harbor-house"),
        (IDA, PASSWORD, "nowhere"),
        (IDA, PASSWORD, ""),
        (IDA, PASSWORD, "\x00"),
        (IDA, PASSWORD, "\ud800"),
    ],
    ids=lambda value: ascii(value)[:24],
)
async def test_everything_else_is_refused_alike(
    practice: Practice, other_practice: Practice, ida: StaffMember, email: str, password: str, slug: str
) -> None:
    async with nothing_changes():
        with pytest.raises(WrongCredentials) as refusal:
            await sign_in(practice, email, password, slug)
    assert str(refusal.value) == "WRONG_CREDENTIALS"


async def test_disabled_staff_member_is_refused_alike(practice: Practice, ida: StaffMember, clock: FixedClock) -> None:
    await StaffMember.filter(id=ida.id).update(disabled_at=clock.now())
    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await sign_in(practice)


async def test_guesses_are_counted_and_the_window_ends_by_itself(
    practice: Practice, ida: StaffMember, clock: FixedClock
) -> None:
    outcomes = await asyncio.gather(
        *(sign_in(practice, password=f"guess {n}") for n in range(14)), return_exceptions=True
    )
    assert Counter(type(outcome) for outcome in outcomes) == {WrongCredentials: 10, TooManyAttempts: 4}
    with pytest.raises(TooManyAttempts) as refusal:
        await sign_in(practice)
    assert refusal.value.retry_after == timedelta(minutes=15)
    assert await StaffSession.all().count() == 0
    clock.advance(timedelta(minutes=15))
    assert (await sign_in(practice)).member.id == ida.id


async def test_new_staff_member_may_nothing(practice: Practice, manager: StaffCaller, clock: FixedClock) -> None:
    member = await add(practice, manager, " Ida@Practice.example ")
    stored = await StaffMember.get(id=member.id)
    assert (stored.name, stored.email, stored.email_normal) == ("Ida Desk", "Ida@Practice.example", IDA)
    assert (stored.permissions, stored.granted, stored.created_at) == ("", frozenset(), clock.now())
    assert stored.organization_id == practice.organization.id
    assert await password_matches(stored.password_hash, PASSWORD)
    event = await AuditEvent.get(action="staff_member.created")
    assert (event.subject_id, event.actor_id, event.details) == (
        member.id,
        manager.staff_member_id,
        '{"permissions": ""}',
    )
    assert PASSWORD not in str(await rows_of("staff_member"))


async def test_only_the_command_line_names_permissions(practice: Practice, manager: StaffCaller) -> None:
    by_hand = await create_staff_member(
        practice.system,
        name="Ada",
        email="ada@practice.example",
        password=PASSWORD,
        services=practice.services,
        permissions=[Permission.WEB_PORTAL, Permission.MANAGE_STAFF],
    )
    by_staff = await create_staff_member(
        manager, name="Ida", email=IDA, password=PASSWORD, services=practice.services, permissions=EVERY_PERMISSION
    )
    assert by_hand.permissions == "MANAGE_STAFF WEB_PORTAL"
    assert by_staff.granted == frozenset()


async def test_adding_needs_the_permission(practice: Practice) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_STAFF}))
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await add(practice, others)
    assert refusal.value.permission == "MANAGE_STAFF"


async def test_address_signs_in_one_person_per_practice(
    practice: Practice, other_practice: Practice, manager: StaffCaller, ida: StaffMember
) -> None:
    async with nothing_changes():
        with pytest.raises(EmailTaken):
            await add(practice, manager, "IDA@practice.example")
    elsewhere = await other_practice.staff(Permission.MANAGE_STAFF)
    assert (await add(other_practice, elsewhere)).organization_id == other_practice.organization.id


async def test_one_of_five_at_once_is_added(practice: Practice, manager: StaffCaller) -> None:
    outcomes = await asyncio.gather(*(add(practice, manager) for _ in range(5)), return_exceptions=True)
    assert Counter(type(outcome) for outcome in outcomes) == {StaffMember: 1, EmailTaken: 4}


@pytest.mark.parametrize("password", ["short", "passwordpassword", "ida desk ida desk", "ida@practice.example"])
async def test_weak_password_is_refused_with_a_reason(practice: Practice, manager: StaffCaller, password: str) -> None:
    async with nothing_changes():
        with pytest.raises(WeakPassword) as refusal:
            await add(practice, manager, password=password)
    assert refusal.value.reasons


async def test_bad_name_and_address_are_told_together(practice: Practice, manager: StaffCaller) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await create_staff_member(manager, name="a\x00", email="ida", password=PASSWORD, services=practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["name", "email"]


async def test_permissions_are_replaced_as_a_whole_and_audited(practice: Practice, ida: StaffMember) -> None:
    manager = await practice.staff(*EVERY_PERMISSION)
    wanted = [Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL]
    member = await set_staff_permissions(manager, ida.id, wanted, practice.services)
    assert member.permissions == (await StaffMember.get(id=ida.id)).permissions == "MANAGE_CONTACTS WEB_PORTAL"
    await set_staff_permissions(manager, ida.id, [], practice.services)
    events = await AuditEvent.filter(action="staff_member.permissions_set").order_by("sequence")
    assert [event.details for event in events] == [
        '{"after": "MANAGE_CONTACTS WEB_PORTAL", "before": ""}',
        '{"after": "", "before": "MANAGE_CONTACTS WEB_PORTAL"}',
    ]
    async with nothing_changes():
        await set_staff_permissions(manager, ida.id, [], practice.services)


async def test_setting_permissions_needs_the_permission_and_a_member_of_ones_own(
    practice: Practice, other_practice: Practice, manager: StaffCaller, ida: StaffMember
) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_STAFF}))
    stranger = await other_practice.staff()
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await set_staff_permissions(others, ida.id, EVERY_PERMISSION, practice.services)
        with pytest.raises(NotPermitted):
            await set_staff_permissions(others, others.staff_member_id, EVERY_PERMISSION, practice.services)
        for member_id in (stranger.staff_member_id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await set_staff_permissions(manager, member_id, EVERY_PERMISSION, practice.services)
            assert refusal.value.field == "staffMemberId"
