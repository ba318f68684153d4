"""How staff come to a password: by the invitation, by a letter when it is forgotten, and on their own account page."""

import asyncio
import re
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

import pytest

from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.sessions.actions import end_own_session
from clinic.sessions.models import StaffSession
from clinic.sessions.queries import active_sessions_of, caller_by_access_token
from clinic.staff.actions import (
    accept_staff_invitation,
    change_staff_password,
    create_staff_member,
    disable_staff_member,
    print_password_link,
    request_staff_password_reset,
    reset_staff_password,
    sign_in_staff,
)
from clinic.staff.models import StaffMember, StaffState, StaffToken
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import (
    InvalidInput,
    InvitationNotUsable,
    LinkNotUsable,
    NotFound,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from clinic.values.tokens import hash_token
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes, rows_of
from tests.factories.letters import html_of, text_of

IDA = "ida@practice.example"
HERE = Origin("203.0.113.7", "agent", "request-1")
NEW = "nine green lanterns hum"


def token_of(letter: EmailMessage, path: str) -> str:
    [token] = set(re.findall(rf"https://api\.vestibule\.example/staff/#/{path}/([\w-]+)", text_of(letter)))
    assert token in html_of(letter)
    return str(token)


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_STAFF)


async def invited(practice: Practice, mailbox: Mailbox, manager: StaffCaller) -> str:
    await create_staff_member(manager, name="Ida Desk", email=IDA, services=practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    return token_of(mailbox.letters[-1], "welcome")


async def ida(practice: Practice) -> StaffMember:
    return await create_staff_member(
        practice.system, name="Ida Desk", email=IDA, password=PASSWORD, services=practice.services
    )


async def reset_token(practice: Practice, mailbox: Mailbox) -> str:
    await request_staff_password_reset("willow-creek", IDA, HERE, practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    return token_of(mailbox.letters[-1], "reset")


async def signed_in(practice: Practice, password: str) -> StaffCaller:
    session = (await sign_in_staff("willow-creek", IDA, password, HERE, practice.services)).session
    caller = await caller_by_access_token(session.access_token, HERE, practice.services.clock.now())
    assert isinstance(caller, StaffCaller)
    return caller


async def test_invited_person_chooses_a_password_and_signs_in(
    practice: Practice, mailbox: Mailbox, manager: StaffCaller, clock: FixedClock
) -> None:
    token = await invited(practice, mailbox, manager)
    assert (await StaffToken.get()).token_hash == hash_token(token)
    with pytest.raises(WrongCredentials):
        await signed_in(practice, "")
    member = await accept_staff_invitation(token, PASSWORD, HERE, practice.services)
    assert (member.state, member.email) == (StaffState.ACTIVE, IDA)
    assert await StaffSession.filter(staff_member_id=member.id).count() == 0
    clock.advance(timedelta(minutes=1))
    assert (await signed_in(practice, PASSWORD)).staff_member_id == member.id
    assert (await StaffMember.get(id=member.id)).last_signed_in_at == clock.now()
    event = await AuditEvent.get(action="staff_member.joined")
    assert (event.subject_id, event.address, event.actor_id) == (member.id, "203.0.113.7", None)
    stored = str(await rows_of("staff_token") + await rows_of("letter") + await rows_of("audit_event"))
    assert token not in stored


async def test_invitation_works_once(practice: Practice, mailbox: Mailbox, manager: StaffCaller) -> None:
    token = await invited(practice, mailbox, manager)
    tries = [accept_staff_invitation(token, f"{PASSWORD} {n}", HERE, practice.services) for n in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert Counter(type(outcome) for outcome in outcomes) == {StaffMember: 1, InvitationNotUsable: 4}
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, InvitationNotUsable)} == {"USED"}
    assert await AuditEvent.filter(action="staff_member.joined").count() == 1


async def test_invitation_that_ran_out_was_taken_back_or_never_given_out(
    practice: Practice, mailbox: Mailbox, manager: StaffCaller, clock: FixedClock
) -> None:
    token = await invited(practice, mailbox, manager)

    async def reason(token: str) -> str:
        async with nothing_changes():
            with pytest.raises(InvitationNotUsable) as refusal:
                await accept_staff_invitation(token, PASSWORD, HERE, practice.services)
        return refusal.value.reason

    assert await reason("made-up") == await reason("") == await reason("\ud800") == "UNKNOWN"
    clock.advance(timedelta(days=10))
    assert await reason(token) == "EXPIRED"
    clock.advance(-timedelta(days=1))
    member = await StaffMember.get(email=IDA)
    fresh = await practice.staff(Permission.MANAGE_STAFF)
    await disable_staff_member(fresh, member.id, "The wrong person.", practice.services)
    assert await reason(token) == "REVOKED"


async def test_weak_password_uses_no_invitation(practice: Practice, mailbox: Mailbox, manager: StaffCaller) -> None:
    token = await invited(practice, mailbox, manager)
    async with nothing_changes():
        for password in ("short", "ida desk ida desk", "willow creek counseling"):
            with pytest.raises(WeakPassword):
                await accept_staff_invitation(token, password, HERE, practice.services)


async def test_tokens_are_bound_to_their_purpose(practice: Practice, mailbox: Mailbox, manager: StaffCaller) -> None:
    welcome = await invited(practice, mailbox, manager)
    with pytest.raises(LinkNotUsable):
        await reset_staff_password(welcome, PASSWORD, HERE, practice.services)
    await accept_staff_invitation(welcome, PASSWORD, HERE, practice.services)
    reset = await reset_token(practice, mailbox)
    with pytest.raises(InvitationNotUsable):
        await accept_staff_invitation(reset, NEW, HERE, practice.services)


async def test_forgotten_password_is_replaced_by_a_letter(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    member = await ida(practice)
    elsewhere = await signed_in(practice, PASSWORD)
    token = await reset_token(practice, mailbox)
    await reset_staff_password(token, NEW, HERE, practice.services)
    ended = await StaffSession.get(id=elsewhere.session_id)
    assert (ended.ended_at, ended.end_reason) == (clock.now(), "password reset")
    assert await StaffSession.filter(staff_member_id=member.id, ended_at=None).count() == 0
    with pytest.raises(WrongCredentials):
        await signed_in(practice, PASSWORD)
    await signed_in(practice, NEW)
    await deliver_due_letters(practice.services, worker_name="w")
    told = mailbox.letters[-1]
    assert (told["To"], told["Subject"]) == (IDA, "Willow Creek Counseling: your staff password was changed")
    assert "https://api.vestibule.example/staff/#/forgot" in text_of(told)
    with pytest.raises(LinkNotUsable) as refusal:
        await reset_staff_password(token, PASSWORD, HERE, practice.services)
    assert refusal.value.reason == "USED"


async def test_guesses_do_not_close_the_way_by_mail(practice: Practice, mailbox: Mailbox) -> None:
    await ida(practice)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await signed_in(practice, "a wrong guess")
    with pytest.raises(TooManyAttempts):
        await signed_in(practice, PASSWORD)
    await reset_staff_password(await reset_token(practice, mailbox), NEW, HERE, practice.services)
    await signed_in(practice, NEW)


async def test_newer_link_replaces_the_older_one_and_runs_out_after_an_hour(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await ida(practice)
    older = await reset_token(practice, mailbox)
    newer = await reset_token(practice, mailbox)
    with pytest.raises(LinkNotUsable) as refusal:
        await reset_staff_password(older, NEW, HERE, practice.services)
    assert refusal.value.reason == "REPLACED"
    clock.advance(timedelta(hours=1))
    with pytest.raises(LinkNotUsable) as refusal:
        await reset_staff_password(newer, NEW, HERE, practice.services)
    assert refusal.value.reason == "EXPIRED"


async def test_only_an_active_member_gets_a_letter_and_the_stored_address_does(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, manager: StaffCaller
) -> None:
    member = await ida(practice)
    await create_staff_member(manager, name="Ada", email="ada@practice.example", services=practice.services)
    gone = await practice.staff()
    await disable_staff_member(manager, gone.staff_member_id, "Left.", practice.services)
    left = await StaffMember.get(id=gone.staff_member_id)
    async with nothing_changes():
        for slug, email in (
            ("willow-creek", "nobody@practice.example"),
            ("willow-creek", "ada@practice.example"),
            ("willow-creek", left.email),
            ("harbor-house", IDA),
            ("nowhere", IDA),
            ("\x00", IDA),
        ):
            await request_staff_password_reset(slug, email, HERE, practice.services)
        with pytest.raises(InvalidInput):
            await request_staff_password_reset("willow-creek", "no address", HERE, practice.services)
    await request_staff_password_reset("willow-creek", "IDA@PRACTICE.example", HERE, practice.services)
    letter = await Letter.get(kind="staff_reset_password")
    assert letter.to_address == member.email == IDA


async def test_letters_to_one_address_are_bounded(practice: Practice) -> None:
    await ida(practice)
    for _ in range(9):
        await request_staff_password_reset("willow-creek", IDA, HERE, practice.services)
    # Five a day, and then one an hour: whoever else asks, the member always has a way back in.
    assert await Letter.all().count() == 6


async def test_letter_is_not_sent_to_a_member_who_was_disabled_meanwhile(
    practice: Practice, mailbox: Mailbox, manager: StaffCaller
) -> None:
    member = await ida(practice)
    await request_staff_password_reset("willow-creek", IDA, HERE, practice.services)
    await disable_staff_member(manager, member.id, "Left.", practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    assert mailbox.letters == []


async def test_printed_link_works_like_a_mailed_one(practice: Practice) -> None:
    await ida(practice)
    link = (await print_password_link(practice.system, IDA, practice.services)).link
    await reset_staff_password(link.rpartition("/")[2], NEW, HERE, practice.services)
    await signed_in(practice, NEW)


async def test_own_password_is_changed_with_the_current_one(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await ida(practice)
    here, elsewhere = await signed_in(practice, PASSWORD), await signed_in(practice, PASSWORD)
    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await change_staff_password(here, "a wrong one", NEW, practice.services)
        with pytest.raises(WeakPassword):
            await change_staff_password(here, PASSWORD, "short", practice.services)
    await change_staff_password(here, PASSWORD, NEW, practice.services)
    assert (await StaffSession.get(id=here.session_id)).ended_at is None
    assert (await StaffSession.get(id=elsewhere.session_id)).ended_at == clock.now()
    await deliver_due_letters(practice.services, worker_name="w")
    assert mailbox.letters[-1]["Subject"] == "Willow Creek Counseling: your staff password was changed"
    await signed_in(practice, NEW)


async def test_one_of_two_changes_at_once_holds(practice: Practice) -> None:
    await ida(practice)
    here = await signed_in(practice, PASSWORD)
    tries = [change_staff_password(here, PASSWORD, f"{NEW} {n}", practice.services) for n in range(3)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, WrongCredentials: 2}


async def test_own_sessions_are_listed_and_ended(practice: Practice, manager: StaffCaller) -> None:
    await ida(practice)
    here, elsewhere = await signed_in(practice, PASSWORD), await signed_in(practice, PASSWORD)
    listed = await active_sessions_of(here, practice.services)
    assert {view.id: view.current for view in listed} == {here.session_id: True, elsewhere.session_id: False}
    await end_own_session(here, elsewhere.session_id, practice.services)
    assert [view.id for view in await active_sessions_of(here, practice.services)] == [here.session_id]
    async with nothing_changes():
        for other in (manager.session_id, None):
            with pytest.raises(NotFound):
                await end_own_session(here, other, practice.services)


async def test_letters_in_spanish_where_the_practice_speaks_it(
    practice: Practice, mailbox: Mailbox, manager: StaffCaller
) -> None:
    practice.organization.languages = "es en"
    await practice.organization.save()
    await create_staff_member(manager, name="Ida Desk", email=IDA, services=practice.services)
    await deliver_due_letters(practice.services, worker_name="w")
    [letter] = mailbox.letters
    assert (letter["Subject"], letter["Content-Language"]) == ("Willow Creek Counseling: su cuenta de personal", "es")
