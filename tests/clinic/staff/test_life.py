"""A staff member's life: invited, active, disabled and back; who may change it, and that one manager is always left."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.sessions.actions import refresh_session
from clinic.sessions.models import StaffSession
from clinic.sessions.queries import caller_by_access_token, caller_of_session
from clinic.staff.actions import (
    StaffSignedIn,
    create_staff_member,
    disable_staff_member,
    enable_staff_member,
    end_staff_sessions,
    print_password_link,
    recover_manager,
    resend_staff_invitation,
    set_staff_permissions,
    sign_in_staff,
)
from clinic.staff.errors import LastManager
from clinic.staff.models import StaffMember, StaffState, StaffToken
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import (
    AccountClosed,
    InvalidInput,
    NotFound,
    NotPermitted,
    SessionEnded,
    TooManyAttempts,
    WrongCredentials,
)
from clinic.values.limits import LONGEST_REASON
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

HERE = Origin("203.0.113.7", "agent", "request-1")
IDA = "ida@practice.example"


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_STAFF)


async def invite(practice: Practice, caller: StaffCaller, email: str = IDA) -> StaffMember:
    return await create_staff_member(caller, name="Ida Desk", email=email, services=practice.services)


async def test_invited_member_has_no_password_and_no_permission(practice: Practice, manager: StaffCaller) -> None:
    member = await invite(practice, manager)
    assert (member.state, member.password_hash, member.granted) == (StaffState.INVITED, "", frozenset())
    letter = await Letter.get()
    assert (letter.kind, letter.to_address, letter.status) == ("staff_welcome", IDA, LetterStatus.QUEUED)
    token = await StaffToken.get()
    assert (token.staff_member_id, token.email, token.token_hash) == (member.id, IDA, None)
    assert token.expires_at - token.created_at == timedelta(days=10)
    event = await AuditEvent.get(action="staff_member.invited")
    assert (event.subject_id, event.actor_id) == (member.id, manager.staff_member_id)


async def test_newer_invitation_replaces_the_older_one(
    practice: Practice, manager: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    member = await invite(practice, manager)
    await deliver_due_letters(practice.services, worker_name="w")
    clock.advance(timedelta(days=11))
    await resend_staff_invitation(manager, member.id, practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    assert len(mailbox.letters) == 2
    assert [token.closed_why for token in await StaffToken.all().order_by("created_at")] == ["REPLACED", None]


async def test_letter_of_a_replaced_invitation_is_not_sent(
    practice: Practice, manager: StaffCaller, mailbox: Mailbox
) -> None:
    member = await invite(practice, manager)
    await resend_staff_invitation(manager, member.id, practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    assert len(mailbox.letters) == 1


async def test_only_an_invited_member_is_invited_again_and_not_for_ever(
    practice: Practice, manager: StaffCaller, other_practice: Practice
) -> None:
    active = await practice.staff()
    with pytest.raises(InvalidInput) as refusal:
        await resend_staff_invitation(manager, active.staff_member_id, practice.services)
    assert str(refusal.value) == "INVALID_INPUT staffMemberId:NOT_INVITED"
    stranger = await invite(other_practice, await other_practice.staff(Permission.MANAGE_STAFF))
    for unknown in (stranger.id, None):
        with pytest.raises(NotFound):
            await resend_staff_invitation(manager, unknown, practice.services)
    member = await invite(practice, manager)
    for _ in range(5):
        await resend_staff_invitation(manager, member.id, practice.services)
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await resend_staff_invitation(manager, member.id, practice.services)


async def test_disabling_ends_every_session_of_the_member(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    leaver, session = await practice.signed_in(*EVERY_PERMISSION)
    _, bystander = await practice.signed_in()
    member = await disable_staff_member(manager, leaver.staff_member_id, " Left the practice ", practice.services)
    assert (member.state, member.disabled_at, member.disabled_reason) == (
        StaffState.DISABLED,
        clock.now(),
        "Left the practice",
    )
    assert await caller_by_access_token(session.access_token, HERE, clock.now()) is None
    assert await caller_of_session(leaver.session_id, HERE, clock.now()) is None
    with pytest.raises(SessionEnded):
        await refresh_session(str(session.refresh_token), HERE, practice.services)
    assert await caller_by_access_token(bystander.access_token, HERE, clock.now()) is not None
    ended = await StaffSession.get(id=leaver.session_id)
    assert (ended.ended_at, ended.end_reason) == (clock.now(), "member disabled")
    event = await AuditEvent.get(action="staff_member.disabled")
    assert (event.subject_id, event.reason, event.actor_id) == (
        leaver.staff_member_id,
        "Left the practice",
        manager.staff_member_id,
    )
    async with nothing_changes():
        await disable_staff_member(manager, leaver.staff_member_id, "Left the practice", practice.services)


async def test_no_session_outlives_the_disabling_however_they_race(practice: Practice, manager: StaffCaller) -> None:
    member = await create_staff_member(
        practice.system, name="Ida Desk", email=IDA, password=PASSWORD, services=practice.services
    )
    signing_in = [sign_in_staff("willow-creek", IDA, PASSWORD, HERE, practice.services) for _ in range(5)]
    disabling = disable_staff_member(manager, member.id, "Left.", practice.services)
    outcomes = await asyncio.gather(*signing_in, disabling, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes[:-1]} <= {StaffSignedIn, WrongCredentials, AccountClosed}
    assert isinstance(outcomes[-1], StaffMember)
    assert await StaffSession.filter(staff_member_id=member.id, ended_at=None).count() == 0


async def test_disabling_withdraws_an_invitation(practice: Practice, manager: StaffCaller, mailbox: Mailbox) -> None:
    member = await invite(practice, manager)
    await disable_staff_member(manager, member.id, "The wrong person.", practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    assert mailbox.letters == []
    assert (await StaffToken.get()).closed_why == "WITHDRAWN"


async def test_enabled_member_has_what_they_had_but_no_session(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    leaver, session = await practice.signed_in(Permission.WEB_PORTAL)
    await disable_staff_member(manager, leaver.staff_member_id, "On leave.", practice.services)
    member = await enable_staff_member(manager, leaver.staff_member_id, practice.services, reason="Back again.")
    assert (member.state, member.disabled_reason, member.granted) == (
        StaffState.ACTIVE,
        "",
        leaver.permissions,
    )
    assert await caller_by_access_token(session.access_token, HERE, clock.now()) is None
    assert (await AuditEvent.get(action="staff_member.enabled")).reason == "Back again."
    async with nothing_changes():
        await enable_staff_member(manager, leaver.staff_member_id, practice.services)


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * (LONGEST_REASON + 1)])
async def test_disabling_needs_a_reason_of_one_line(practice: Practice, manager: StaffCaller, reason: str) -> None:
    leaver = await practice.staff()
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await disable_staff_member(manager, leaver.staff_member_id, reason, practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["reason"]


async def test_managers_end_sessions_and_the_member_may_sign_in_again(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    colleague, session = await practice.signed_in()
    member = await end_staff_sessions(manager, colleague.staff_member_id, practice.services)
    assert member.state is StaffState.ACTIVE
    assert await caller_by_access_token(session.access_token, HERE, clock.now()) is None
    assert await AuditEvent.filter(action="staff_member.sessions_ended").count() == 1
    async with nothing_changes():
        await end_staff_sessions(manager, colleague.staff_member_id, practice.services)


async def test_each_needs_the_permission_and_a_member_of_ones_own(
    practice: Practice, other_practice: Practice, manager: StaffCaller
) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_STAFF}))
    colleague = await practice.staff()
    stranger = await other_practice.staff()
    async with nothing_changes():
        for caller, member_id, expected in (
            (others, colleague.staff_member_id, NotPermitted),
            (manager, stranger.staff_member_id, NotFound),
            (manager, None, NotFound),
        ):
            with pytest.raises(expected):
                await disable_staff_member(caller, member_id, "Left.", practice.services)
            with pytest.raises(expected):
                await enable_staff_member(caller, member_id, practice.services)
            with pytest.raises(expected):
                await end_staff_sessions(caller, member_id, practice.services)
            with pytest.raises(expected):
                await resend_staff_invitation(caller, member_id, practice.services)


async def test_nobody_grants_what_they_do_not_have(practice: Practice, manager: StaffCaller) -> None:
    colleague = await practice.staff(Permission.VIEW_AUDIT)
    async with nothing_changes():
        for member_id in (colleague.staff_member_id, manager.staff_member_id):
            with pytest.raises(NotPermitted) as refusal:
                await set_staff_permissions(manager, member_id, EVERY_PERMISSION, practice.services)
            assert refusal.value.permission == "MANAGE_CONTACTS"
    kept_and_given = [Permission.VIEW_AUDIT, Permission.MANAGE_STAFF]
    member = await set_staff_permissions(manager, colleague.staff_member_id, kept_and_given, practice.services)
    assert member.permissions == "MANAGE_STAFF VIEW_AUDIT"
    member = await set_staff_permissions(manager, colleague.staff_member_id, [], practice.services)
    assert member.permissions == ""


async def test_what_was_taken_since_the_request_began_is_not_passed_on(
    practice: Practice, manager: StaffCaller
) -> None:
    stale = await practice.staff(Permission.MANAGE_STAFF, Permission.VIEW_AUDIT)
    colleague = await practice.staff()
    await StaffMember.filter(id=stale.staff_member_id).update(permissions="MANAGE_STAFF")
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await set_staff_permissions(stale, colleague.staff_member_id, [Permission.VIEW_AUDIT], practice.services)
    assert refusal.value.permission == "VIEW_AUDIT"


async def test_last_active_manager_is_kept(practice: Practice, manager: StaffCaller) -> None:
    # Neither an invited manager nor a disabled one counts.
    await create_staff_member(
        practice.system, name="Ada", email="ada@x.example", services=practice.services, permissions=EVERY_PERMISSION
    )
    gone = await practice.staff(Permission.MANAGE_STAFF)
    await disable_staff_member(manager, gone.staff_member_id, "Left.", practice.services)
    me = manager.staff_member_id
    async with nothing_changes():
        with pytest.raises(LastManager):
            await set_staff_permissions(manager, me, [], practice.services)
        for caller in (manager, practice.system):
            with pytest.raises(LastManager):
                await disable_staff_member(caller, me, "Left.", practice.services)
    await practice.staff(Permission.MANAGE_STAFF)
    assert (await disable_staff_member(manager, me, "Left.", practice.services)).state is StaffState.DISABLED


@pytest.mark.parametrize("disabling", [True, False])
async def test_of_two_managers_who_remove_each_other_one_is_left(practice: Practice, *, disabling: bool) -> None:
    one, two = await practice.staff(Permission.MANAGE_STAFF), await practice.staff(Permission.MANAGE_STAFF)

    async def remove(caller: StaffCaller, other: StaffCaller) -> StaffMember:
        if disabling:
            return await disable_staff_member(caller, other.staff_member_id, "Left.", practice.services)
        return await set_staff_permissions(caller, other.staff_member_id, [], practice.services)

    outcomes = await asyncio.gather(remove(one, two), remove(two, one), return_exceptions=True)
    assert Counter(type(outcome) for outcome in outcomes) == {StaffMember: 1, NotPermitted: 1}
    active = await StaffMember.filter(disabled_at=None)
    assert [member.id for member in active if Permission.MANAGE_STAFF in member.granted] in (
        [one.staff_member_id],
        [two.staff_member_id],
    )


async def test_operator_prints_a_link_for_whoever_may_sign_in(practice: Practice, manager: StaffCaller) -> None:
    await invite(practice, manager)
    printed = await print_password_link(practice.system, " IDA@practice.example ", practice.services)
    assert printed.link.startswith("https://api.vestibule.example/staff/#/welcome/")
    active = await StaffMember.get(id=manager.staff_member_id)
    printed = await print_password_link(practice.system, active.email, practice.services)
    assert printed.link.startswith("https://api.vestibule.example/staff/#/reset/")
    assert printed.link.rpartition("/")[2] not in repr(printed)
    with pytest.raises(NotFound):
        await print_password_link(practice.system, "nobody@practice.example", practice.services)
    await StaffMember.filter(email=IDA).update(disabled_at=practice.services.clock.now())
    with pytest.raises(InvalidInput):
        await print_password_link(practice.system, IDA, practice.services)


async def test_operator_recovers_a_manager_whatever_happened(practice: Practice, clock: FixedClock) -> None:
    lost = await practice.staff(Permission.VIEW_AUDIT)
    await StaffMember.filter(id=lost.staff_member_id).update(disabled_at=clock.now(), disabled_reason="A mistake.")
    email = (await StaffMember.get(id=lost.staff_member_id)).email
    recovered = await recover_manager(
        practice.system, email, practice.services, permissions=[Permission.MANAGE_ORGANIZATION]
    )
    assert recovered.member.state is StaffState.ACTIVE
    assert recovered.member.permissions == "MANAGE_ORGANIZATION MANAGE_STAFF VIEW_AUDIT VIEW_CONTACTS"
    assert "/staff/#/reset/" in recovered.link
    event = await AuditEvent.get(action="staff_member.recovered")
    assert (event.actor_kind, event.actor_name, event.subject_id) == ("system", "test", lost.staff_member_id)


async def test_password_that_was_set_by_a_manager_still_works(practice: Practice, manager: StaffCaller) -> None:
    member = await create_staff_member(
        manager, name="Ida Desk", email=IDA, password=PASSWORD, services=practice.services
    )
    assert member.state is StaffState.ACTIVE
    assert await StaffToken.all().count() == await Letter.all().count() == 0


async def test_disabled_member_who_knows_the_password_learns_whom_to_call(
    practice: Practice, manager: StaffCaller
) -> None:
    member = await create_staff_member(
        practice.system, name="Ida Desk", email=IDA, password=PASSWORD, services=practice.services
    )
    await disable_staff_member(manager, member.id, "Left.", practice.services)
    async with nothing_changes():
        with pytest.raises(AccountClosed) as closed:
            await sign_in_staff("willow-creek", IDA, PASSWORD, HERE, practice.services)
        for email, password in ((IDA, "not the password"), ("nobody@practice.example", PASSWORD)):
            with pytest.raises(WrongCredentials) as wrong:
                await sign_in_staff("willow-creek", email, password, HERE, practice.services)
            assert type(wrong.value) is WrongCredentials
    assert (closed.value.organization, closed.value.phone) == (practice.organization.name, practice.organization.phone)
