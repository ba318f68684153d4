"""A forgotten password: the same answer for everybody, a letter for those who can sign in, and a clean start."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.actions import (
    SignedIn,
    request_email_change,
    request_password_reset,
    reset_password,
    sign_in_patient,
)
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, PortalAccount, TokenPurpose
from clinic.sessions.models import PatientSession, SessionKind
from clinic.throttling.constant_time import STEP
from clinic.values.callers import Anonymous
from clinic.values.errors import InvalidInput, TooManyAttempts, WeakPassword, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import (
    EMAIL,
    account_at,
    caller_of,
    confirm,
    next_token,
    register,
    sent_to,
    verified,
)
from tests.clinic.portal_access.journey import accept, deliver, invited, somewhere
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

NEW_PASSWORD = "eleven brass lanterns hum"


@pytest.fixture
async def person(practice: Practice, mailbox: Mailbox) -> SignedIn:
    return await verified(practice, mailbox)


async def forget(practice: Practice, email: str = EMAIL, *, address: str = "203.0.113.7") -> None:
    await request_password_reset(somewhere(practice, address), email, practice.services)


async def reset(practice: Practice, token: str, password: str = NEW_PASSWORD) -> SignedIn:
    return await reset_password(practice.anonymous, token, password, practice.services, kind=SessionKind.BROWSER)


async def sign_in(practice: Practice, password: str, email: str = EMAIL) -> SignedIn:
    return await sign_in_patient(practice.anonymous, email, password, practice.services, kind=SessionKind.BROWSER)


async def test_new_password_signs_in_and_ends_every_other_session(
    practice: Practice, mailbox: Mailbox, person: SignedIn, clock: FixedClock
) -> None:
    await sign_in(practice, PASSWORD)
    await forget(practice, "ANA.SILVA@example.com")
    signed_in = await reset(practice, await next_token(practice, mailbox, room="reset"))
    alive = await PatientSession.filter(ended_at=None)
    assert [session.id for session in alive] == [signed_in.session.session_id]
    with pytest.raises(WrongCredentials):
        await sign_in(practice, PASSWORD)
    await sign_in(practice, NEW_PASSWORD)
    await deliver(practice)
    assert sent_to(mailbox)[1:] == [(EMAIL, "reset"), (EMAIL, "forgot")]
    event = await AuditEvent.get(action="portal_account.password_reset")
    assert (event.subject_id, event.actor_kind) == (person.account.id, "anonymous")


async def test_letter_goes_to_the_address_as_the_account_has_it(
    practice: Practice, mailbox: Mailbox, person: SignedIn
) -> None:
    await forget(practice, "\uff41na.silva@EXAMPLE.com.")
    await deliver(practice)
    assert sent_to(mailbox)[-1] == (EMAIL, "reset")


async def test_addresses_that_cannot_sign_in_get_no_letter(
    practice: Practice, other_practice: Practice, mailbox: Mailbox
) -> None:
    await register(practice, "unverified@example.com")
    guest = await invited(practice, mailbox)
    disabled = (await verified(practice, mailbox, "disabled@example.com")).account
    await PortalAccount.filter(id=disabled.id).update(disabled_at=practice.services.clock.now())
    await verified(other_practice, mailbox, "elsewhere@example.com")
    async with nothing_changes():
        for email in (
            "nobody@example.com",
            "unverified@example.com",
            guest.account.email,
            disabled.email,
            "elsewhere@example.com",
        ):
            await forget(practice, email)


@pytest.mark.usefixtures("real_hashes")
async def test_known_and_unknown_answer_on_the_same_beat(practice: Practice, person: SignedIn) -> None:
    practice.services = replace(practice.services, wait=asyncio.sleep)
    for email in (EMAIL, "nobody@example.com"):
        began = time.monotonic()
        await forget(practice, email)
        assert time.monotonic() - began >= STEP


async def test_after_five_letters_a_day_one_an_hour_is_sent_and_nobody_can_tell(
    practice: Practice, person: SignedIn, clock: FixedClock
) -> None:
    already = await Letter.all().count()
    for number in range(6):
        await forget(practice, address=f"198.51.100.{number}")
    async with nothing_changes():
        await forget(practice)
    clock.advance(timedelta(hours=1))
    await forget(practice)
    async with nothing_changes():
        await forget(practice)
    assert await Letter.all().count() == already + 7


async def test_one_place_may_not_ask_without_end(practice: Practice, person: SignedIn) -> None:
    for number in range(30):
        await forget(practice, f"person{number}@example.com")
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await forget(practice)


async def test_what_cannot_be_an_address_is_said_so(practice: Practice) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await forget(practice, "ana")
    assert [problem.path for problem in refusal.value.problems] == ["email"]


async def test_link_works_once_and_for_an_hour(
    practice: Practice, mailbox: Mailbox, person: SignedIn, clock: FixedClock
) -> None:
    await forget(practice)
    first = await next_token(practice, mailbox)
    await forget(practice)
    second = await next_token(practice, mailbox)
    for token, reason in ((first, "REPLACED"), ("never-given-out", "UNKNOWN")):
        with pytest.raises(LinkNotUsable) as refusal:
            await reset(practice, token)
        assert refusal.value.reason == reason
    await reset(practice, second)
    with pytest.raises(LinkNotUsable) as refusal:
        await reset(practice, second)
    assert refusal.value.reason == "USED"
    await forget(practice)
    third = await next_token(practice, mailbox, room="reset")
    clock.advance(timedelta(hours=1))
    with pytest.raises(LinkNotUsable) as refusal:
        await reset(practice, third)
    assert refusal.value.reason == "EXPIRED"


async def test_link_for_another_purpose_resets_nothing(practice: Practice, mailbox: Mailbox, person: SignedIn) -> None:
    await forget(practice)
    token = await next_token(practice, mailbox)
    with pytest.raises(LinkNotUsable):
        await confirm(practice, token, new_password=NEW_PASSWORD)
    await register(practice, "other@example.com")
    verify = await next_token(practice, mailbox)
    with pytest.raises(LinkNotUsable):
        await reset(practice, verify)


async def test_link_opens_nothing_at_another_practice(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, person: SignedIn
) -> None:
    await forget(practice)
    token = await next_token(practice, mailbox)
    with pytest.raises(LinkNotUsable):
        await reset_password(
            Anonymous(other_practice.organization.id), token, NEW_PASSWORD, practice.services, kind=SessionKind.API
        )


async def test_password_about_its_person_is_refused_and_the_link_stays_usable(
    practice: Practice, mailbox: Mailbox
) -> None:
    guest = await invited(practice, mailbox)
    await accept(practice, guest.token)
    await forget(practice, guest.account.email)
    token = await next_token(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(WeakPassword):
            await reset(practice, token, "Omar Reyes 1980-05-04")
    await reset(practice, token)


async def test_owner_gets_in_by_reset_while_somebody_guesses(
    practice: Practice, mailbox: Mailbox, person: SignedIn
) -> None:
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, "not the right password")
    with pytest.raises(TooManyAttempts):
        await sign_in(practice, PASSWORD)
    await forget(practice)
    await reset(practice, await next_token(practice, mailbox, room="reset"))
    await sign_in(practice, NEW_PASSWORD)


async def test_change_of_address_begun_with_the_old_password_ends_with_it(
    practice: Practice, mailbox: Mailbox, person: SignedIn
) -> None:
    await request_email_change(caller_of(person), PASSWORD, "new@example.com", practice.services)
    await forget(practice)
    await reset(practice, await next_token(practice, mailbox, room="reset"))
    assert await AccountToken.filter(purpose=TokenPurpose.CONFIRM_NEW_EMAIL, closed_at=None).count() == 0
    assert await AccountToken.filter(purpose=TokenPurpose.KEEP_EMAIL, closed_at=None).count() == 1


async def test_account_disabled_meanwhile_stays_closed(
    practice: Practice, mailbox: Mailbox, person: SignedIn, clock: FixedClock
) -> None:
    await forget(practice)
    token = await next_token(practice, mailbox)
    await PortalAccount.all().update(disabled_at=clock.now())
    async with nothing_changes():
        with pytest.raises(LinkNotUsable):
            await reset(practice, token)
    assert (await account_at(practice)).password_hash == person.account.password_hash
