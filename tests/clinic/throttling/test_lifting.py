"""Staff see that somebody is being tried, and open the way again: who may, how often, and what the audit keeps."""

import asyncio
from datetime import timedelta

import pytest

from clinic.portal_access.actions import connect_with_pin, lift_portal_throttle, sign_in_patient
from clinic.portal_access.errors import IdentityNotConfirmed
from clinic.portal_access.throttles import portal_throttles
from clinic.records.models import Contact
from clinic.sessions.models import SessionKind
from clinic.staff.actions import create_staff_member, lift_staff_throttle, sign_in_staff
from clinic.staff.models import StaffMember
from clinic.staff.throttles import staff_throttles
from clinic.throttling.closed import ClosedThrottle, ClosedWay
from clinic.throttling.throttle import (
    CONNECT_PER_BIRTHDAY_ANYWHERE,
    IDENTITY_PER_CONTACT,
    INVITED_PER_CONTACT,
    SIGN_IN_PER_ACCOUNT,
    SIGN_IN_PER_ACCOUNT_ANYWHERE,
    Throttle,
    attempt_allowed,
)
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted, TooManyAttempts, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import accept, invited, self_registered, somewhere
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice, open_practice
from tests.factories.contents import nothing_changes

OMAR = "omar.reyes@example.com"
IDA = "ida@practice.example"
HOME = "203.0.113.7"


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_STAFF)


async def registered(practice: Practice, mailbox: Mailbox) -> Contact:
    """Omar, who registered by invitation and signed in from `HOME`."""
    invitation = await invited(practice, mailbox)
    await accept(practice, invitation.token)
    return invitation.contact


async def sign_in(practice: Practice, address: str = "198.51.100.1", password: str = "a wrong guess") -> None:
    await sign_in_patient(somewhere(practice, address), OMAR, password, practice.services, kind=SessionKind.BROWSER)


async def guess_everywhere(practice: Practice) -> None:
    """Strangers use up what all networks together may guess."""
    for number in range(SIGN_IN_PER_ACCOUNT_ANYWHERE.limit):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, f"198.51.100.{number // 9}")


async def use_up(throttle: Throttle, subject: str, clock: FixedClock) -> None:
    for _ in range(throttle.limit):
        assert await attempt_allowed(throttle, subject, clock)


async def ways(practice: Practice, caller: StaffCaller, contact: Contact) -> list[ClosedThrottle]:
    found = await portal_throttles(caller, [contact.id], practice.services.clock.now())
    return found.get(contact.id, [])


async def test_guessed_account_is_shown_and_opened_again(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await registered(practice, mailbox)
    assert await ways(practice, desk, contact) == []
    await guess_everywhere(practice)
    with pytest.raises(TooManyAttempts):
        await sign_in(practice, "192.0.2.9", PASSWORD)
    assert await ways(practice, desk, contact) == [ClosedThrottle(ClosedWay.SIGN_IN, clock.now() + timedelta(hours=1))]

    await lift_portal_throttle(desk, contact.id, practice.services)

    assert await ways(practice, desk, contact) == []
    await sign_in(practice, "192.0.2.9", PASSWORD)
    event = await AuditEvent.get(action="portal_throttle.lifted")
    assert (event.subject_id, event.actor_id, event.details) == (
        contact.id,
        desk.staff_member_id,
        '{"ways": "SIGN_IN"}',
    )


async def test_person_who_mistyped_at_home_is_let_in_again(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller
) -> None:
    contact = await registered(practice, mailbox)
    for _ in range(SIGN_IN_PER_ACCOUNT.limit):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, HOME)
    with pytest.raises(TooManyAttempts):
        await sign_in(practice, HOME, PASSWORD)
    assert [one.way for one in await ways(practice, desk, contact)] == [ClosedWay.SIGN_IN]

    await lift_portal_throttle(desk, contact.id, practice.services)

    await sign_in(practice, HOME, PASSWORD)


async def test_identity_invitation_and_birthday_are_shown_and_opened_again(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = (await invited(practice, mailbox)).contact
    await use_up(INVITED_PER_CONTACT, str(contact.id), clock)
    await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
    await use_up(CONNECT_PER_BIRTHDAY_ANYWHERE, f"{practice.organization.id} {BORN}", clock)
    assert [one.way for one in await ways(practice, desk, contact)] == [
        ClosedWay.IDENTITY,
        ClosedWay.INVITATION,
        ClosedWay.CONNECTING,
    ]

    await lift_portal_throttle(desk, contact.id, practice.services)

    assert await ways(practice, desk, contact) == []


async def test_guessed_birthday_is_the_one_that_connecting_counts(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    account = await self_registered(practice, "rosa@example.com", verified=True)
    caller = PatientCaller(practice.organization.id, account.id, account.id, Origin(HOME, "test", "request-1"))
    for _ in range(CONNECT_PER_BIRTHDAY_ANYWHERE.limit - 1):
        await attempt_allowed(CONNECT_PER_BIRTHDAY_ANYWHERE, f"{practice.organization.id} {BORN}", clock)
    assert await ways(practice, desk, contact) == []
    with pytest.raises(IdentityNotConfirmed):
        await connect_with_pin(caller, pin="2222-2222", date_of_birth=BORN, services=practice.services)
    assert [one.way for one in await ways(practice, desk, contact)] == [ClosedWay.CONNECTING]


async def test_window_that_ended_closes_nothing(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = (await invited(practice, mailbox)).contact
    await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
    clock.advance(IDENTITY_PER_CONTACT.window)
    assert await ways(practice, desk, contact) == []
    async with nothing_changes():
        await lift_portal_throttle(desk, contact.id, practice.services)


async def test_lifting_needs_the_permission_and_ones_own_practice(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = (await invited(practice, mailbox)).contact
    member = await StaffMember.get(id=(await practice.staff()).staff_member_id)
    await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
    await use_up(SIGN_IN_PER_ACCOUNT_ANYWHERE, f"staff willow-creek {member.email}", clock)
    helper = await practice.staff(Permission.MANAGE_CONTACTS)
    other = await (await open_practice(practice.services, "alder")).staff(
        Permission.WEB_PORTAL, Permission.MANAGE_STAFF
    )
    for caller, refusal in ((helper, NotPermitted), (other, NotFound)):
        assert await ways(practice, caller, contact) == []
        assert (await staff_throttles(caller, [member.id], clock.now())).get(member.id, []) == []
        async with nothing_changes():
            with pytest.raises(refusal):
                await lift_portal_throttle(caller, contact.id, practice.services)
            with pytest.raises(refusal):
                await lift_staff_throttle(caller, member.id, practice.services)


async def test_three_lifts_a_day_even_at_once(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = (await invited(practice, mailbox)).contact

    async def lift() -> None:
        await lift_portal_throttle(desk, contact.id, practice.services)

    for _ in range(3):
        await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
        # Of several at once, one finds something to lift.
        await asyncio.gather(lift(), lift(), lift())
    assert await AuditEvent.filter(action="portal_throttle.lifted").count() == 3
    await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
    with pytest.raises(TooManyAttempts):
        await lift()
    assert [one.way for one in await ways(practice, desk, contact)] == [ClosedWay.IDENTITY]
    clock.advance(timedelta(hours=24))
    await use_up(IDENTITY_PER_CONTACT, str(contact.id), clock)
    await lift()
    assert await ways(practice, desk, contact) == []


async def test_staff_member_who_was_guessed_at_is_let_in_again(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    member = await create_staff_member(
        practice.system, name="Ida Desk", email=IDA, password=PASSWORD, services=practice.services
    )

    async def enter(password: str, address: str) -> None:
        await sign_in_staff("willow-creek", IDA, password, Origin(address, "agent", "request-1"), practice.services)

    for number in range(SIGN_IN_PER_ACCOUNT_ANYWHERE.limit):
        with pytest.raises(WrongCredentials):
            await enter("a wrong guess", f"198.51.100.{number // 9}")
    with pytest.raises(TooManyAttempts):
        await enter(PASSWORD, HOME)
    assert await staff_throttles(desk, [member.id], clock.now()) == {
        member.id: [ClosedThrottle(ClosedWay.SIGN_IN, clock.now() + timedelta(hours=1))]
    }

    await lift_staff_throttle(desk, member.id, practice.services)

    await enter(PASSWORD, HOME)
    event = await AuditEvent.get(action="staff_throttle.lifted")
    assert (event.subject_id, event.actor_id) == (member.id, desk.staff_member_id)
