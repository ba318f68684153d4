"""Registering uninvited: one letter whoever the address belongs to, and an account that owns nothing yet."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.actions import register_account
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, Invitation, PortalAccount, TokenPurpose
from clinic.portal_access.status import PortalState
from clinic.throttling.constant_time import STEP
from clinic.values.errors import InvalidInput, TooManyAttempts, WeakPassword
from clinic.values.passwords import password_matches
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import (
    BROWSER,
    EMAIL,
    account_at,
    confirm,
    next_token,
    register,
    sent_to,
    verified,
)
from tests.clinic.portal_access.journey import accept, deliver, invited, somewhere, state_of
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import token_in

OTHER_PASSWORD = "eleven brass lanterns hum"


async def test_unknown_address_gets_an_account_that_owns_nothing_and_a_letter(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=(EMAIL,))
    await register(practice, "Ana.Silva@Example.com", language="es-MX")
    await deliver(practice)
    account = await account_at(practice)
    assert (account.email, account.language, account.registered_at) == ("Ana.Silva@Example.com", "es", clock.now())
    assert account.email_verified_at is None
    assert await state_of(contact) is PortalState.NO_ACCOUNT
    assert sent_to(mailbox) == [("Ana.Silva@example.com", "verify")]
    token = await AccountToken.get()
    assert (token.purpose, token.expires_at) == (TokenPurpose.VERIFY_EMAIL, clock.now() + timedelta(hours=24))
    event = await AuditEvent.get(action="portal_account.self_registered")
    assert (event.subject_id, event.actor_kind) == (account.id, "anonymous")


async def test_registering_again_unverified_replaces_password_and_letter(practice: Practice, mailbox: Mailbox) -> None:
    await register(practice)
    first = await next_token(practice, mailbox)
    await register(practice, password=OTHER_PASSWORD)
    second = await next_token(practice, mailbox)
    assert sent_to(mailbox) == [(EMAIL, "verify")] * 2
    with pytest.raises(LinkNotUsable) as refusal:
        await confirm(practice, first)
    assert refusal.value.reason == "REPLACED"
    signed_in = await confirm(practice, second)
    assert await password_matches(signed_in.account.password_hash, OTHER_PASSWORD)
    assert await PortalAccount.all().count() == 1


async def test_known_address_gets_a_letter_that_says_so_and_nothing_changes(
    practice: Practice, mailbox: Mailbox
) -> None:
    before = (await verified(practice, mailbox)).account
    await register(practice, password=OTHER_PASSWORD)
    await deliver(practice)
    assert sent_to(mailbox) == [(EMAIL, "verify"), (EMAIL, "forgot")]
    after = await account_at(practice)
    assert (after.password_hash, after.id) == (before.password_hash, before.id)
    assert await AccountToken.filter(closed_at=None).count() == 0


async def test_invited_address_gets_its_invitation_again_and_the_old_link_still_works(
    practice: Practice, mailbox: Mailbox
) -> None:
    guest = await invited(practice, mailbox)
    await register(practice, guest.account.email)
    await deliver(practice)
    assert sent_to(mailbox) == [(guest.account.email, "register")] * 2
    account = await account_at(practice, guest.account.email)
    assert (account.id, account.registered_at, account.password_hash) == (guest.account.id, None, None)
    assert await Invitation.filter(closed_at=None).count() == 1
    await accept(practice, token_in(mailbox.letters[-1]))


async def test_invited_address_whose_link_ran_out_gets_a_fresh_one(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    guest = await invited(practice, mailbox)
    clock.advance(timedelta(days=11))
    await register(practice, guest.account.email)
    await deliver(practice)
    assert sent_to(mailbox) == [(guest.account.email, "register")] * 2
    await accept(practice, token_in(mailbox.letters[-1]))


async def test_each_kind_of_address_gets_exactly_one_letter(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    known = (await verified(practice, mailbox, "known@example.com")).account
    await register(practice, "waiting@example.com")
    already = await Letter.all().count()
    for address in ("new@example.com", known.email, "waiting@example.com", guest.account.email):
        await register(practice, address)
    assert await Letter.all().count() == already + 4


async def test_account_at_another_practice_is_not_known_here(
    practice: Practice, other_practice: Practice, mailbox: Mailbox
) -> None:
    await verified(other_practice, mailbox)
    await register(practice)
    await deliver(practice)
    assert sent_to(mailbox)[-1] == (EMAIL, "verify")
    assert await PortalAccount.filter(email=EMAIL).count() == 2


@pytest.mark.parametrize("password", ["short", "Willow Creek Counseling", f"{EMAIL} {EMAIL}", "aaaaaaaaaaaaaaaaaaaa"])
async def test_weak_password_is_refused_before_anything(practice: Practice, password: str) -> None:
    async with nothing_changes():
        with pytest.raises(WeakPassword):
            await register(practice, password=password)


@pytest.mark.parametrize("email", ["", "ana", "ana@", "ana@example.com\nBcc: eve@example.com"])
async def test_what_cannot_be_an_address_is_said_so(practice: Practice, email: str) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await register(practice, email)
    assert [problem.path for problem in refusal.value.problems] == ["email"]


async def test_fourth_letter_of_a_day_to_one_address_is_not_sent_and_nobody_can_tell(
    practice: Practice, clock: FixedClock
) -> None:
    for _ in range(3):
        await register(practice)
    async with nothing_changes():
        await register(practice, password=OTHER_PASSWORD)
    clock.advance(timedelta(hours=24))
    await register(practice)
    assert await Letter.all().count() == 4


async def test_one_place_may_not_register_without_end(practice: Practice) -> None:
    for number in range(30):
        await register(practice, f"person{number}@example.com")
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await register(practice)
    await register_account(somewhere(practice, "198.51.100.1"), EMAIL, PASSWORD, practice.services)


async def test_invitation_takes_over_what_nobody_verified(practice: Practice, mailbox: Mailbox) -> None:
    await register(practice)
    stale = await next_token(practice, mailbox)
    guest = await invited(practice, mailbox, await practice.contact(emails=(EMAIL,)))
    with pytest.raises(LinkNotUsable) as refusal:
        await confirm(practice, stale)
    assert refusal.value.reason == "WITHDRAWN"
    account = await account_at(practice)
    assert (account.id, account.registered_at, account.password_hash) == (guest.account.id, None, None)


async def test_several_at_once_make_one_account(practice: Practice) -> None:
    await asyncio.gather(*(register(practice) for _ in range(3)))
    assert await PortalAccount.all().count() == 1
    assert await AccountToken.filter(closed_at=None).count() == 1


@pytest.mark.usefixtures("real_hashes")
async def test_known_and_unknown_answer_on_the_same_beat(practice: Practice, mailbox: Mailbox) -> None:
    await verified(practice, mailbox)
    practice.services = replace(practice.services, wait=asyncio.sleep)
    for address in (EMAIL, "nobody@example.com"):
        began = time.monotonic()
        await register(practice, address, browser=BROWSER)
        assert time.monotonic() - began >= STEP
