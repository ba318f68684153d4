"""A fresh link for one that ran out: to the same address only, and not too often."""

import asyncio
from datetime import timedelta

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.actions import invite_contact, request_fresh_invitation
from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed, LetterSender, PortalAccount
from clinic.portal_access.queries import find_invitation
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.values.errors import TooManyAttempts
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import Invited, accept, deliver, invited, somewhere
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import token_in

RUN_OUT = timedelta(days=10)


@pytest.fixture
async def late(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> Invited:
    """Somebody whose invitation ran out."""
    guest = await invited(practice, mailbox)
    clock.advance(RUN_OUT)
    return guest


async def ask(practice: Practice, token: str, *, address: str = "203.0.113.7") -> None:
    await request_fresh_invitation(somewhere(practice, address), token, practice.services)


async def test_expired_link_brings_a_fresh_one_to_the_same_address(
    practice: Practice, mailbox: Mailbox, late: Invited, clock: FixedClock
) -> None:
    view = await find_invitation(practice.organization.id, late.token, practice.services)
    assert view is not None
    assert (view.not_usable, view.can_be_renewed) == ("EXPIRED", True)

    await ask(practice, late.token)
    await deliver(practice)

    assert [letter["To"] for letter in mailbox.letters] == ["omar.reyes@example.com"] * 2
    fresh = await Invitation.get(closed_at=None)
    assert (fresh.account_id, fresh.invited_by_id) == (late.account.id, late.caller.staff_member_id)
    assert fresh.expires_at == clock.now() + timedelta(days=10)
    old = await Invitation.exclude(id=fresh.id).get()
    assert (old.closed_at, old.closed_why) == (clock.now(), InvitationClosed.REPLACED)
    event = await AuditEvent.get(action="invitation.renewed")
    assert (event.subject_id, event.actor_kind) == (fresh.id, "anonymous")
    with pytest.raises(InvitationNotUsable) as refusal:
        await accept(practice, late.token)
    assert refusal.value.reason == "REPLACED"
    assert (await accept(practice, token_in(mailbox.letters[-1]))).account.id == late.account.id


async def test_replaced_link_brings_the_newest_anew(
    practice: Practice, mailbox: Mailbox, late: Invited, clock: FixedClock
) -> None:
    await ask(practice, late.token)
    clock.advance(timedelta(minutes=1))
    await ask(practice, late.token)
    await deliver(practice)
    # The letter that was replaced before it left never leaves.
    assert len(mailbox.letters) == 2
    assert await Invitation.filter(closed_at=None).count() == 1
    await accept(practice, token_in(mailbox.letters[-1]))


async def test_discreet_letter_is_followed_by_a_discreet_one(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services, sender=LetterSender.DISCREET)
    await deliver(practice)
    clock.advance(RUN_OUT)
    await ask(practice, token_in(mailbox.letters[0]))
    assert (await Invitation.get(closed_at=None)).sender is LetterSender.DISCREET


async def test_link_that_still_works_brings_nothing(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    async with nothing_changes():
        await ask(practice, guest.token)


async def test_used_link_brings_nothing(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    await accept(practice, guest.token)
    async with nothing_changes():
        await ask(practice, guest.token)


async def test_replaced_link_brings_nothing_once_its_person_registered(
    practice: Practice, mailbox: Mailbox, late: Invited
) -> None:
    await ask(practice, late.token)
    await deliver(practice)
    await accept(practice, token_in(mailbox.letters[-1]))
    async with nothing_changes():
        await ask(practice, late.token)
    view = await find_invitation(practice.organization.id, late.token, practice.services)
    assert view is not None
    assert (view.not_usable, view.can_be_renewed) == ("REPLACED", False)


async def test_what_staff_took_back_stays_taken_back(
    practice: Practice, mailbox: Mailbox, late: Invited, clock: FixedClock
) -> None:
    await ask(practice, late.token)
    clock.advance(timedelta(minutes=1))
    await Invitation.filter(closed_at=None).update(closed_at=clock.now(), closed_why=InvitationClosed.REVOKED)
    async with nothing_changes():
        await ask(practice, late.token)


async def test_link_to_an_address_given_up_brings_nothing(practice: Practice, late: Invited) -> None:
    changed = ContactChanges(emails=["new@example.com"])
    await update_contact(late.caller, late.contact.id, changed, practice.services)
    async with nothing_changes():
        await ask(practice, late.token)


@pytest.mark.parametrize("token", ["never-given-out", "", "\x00"], ids=ascii)
async def test_unknown_link_is_answered_alike_and_brings_nothing(practice: Practice, late: Invited, token: str) -> None:
    async with nothing_changes():
        await ask(practice, token)


async def test_another_practice_sends_no_fresh_link(
    practice: Practice, other_practice: Practice, late: Invited
) -> None:
    async with nothing_changes():
        await ask(other_practice, late.token)


async def test_six_in_a_day_are_one_too_many(practice: Practice, late: Invited, clock: FixedClock) -> None:
    for number in range(5):
        await ask(practice, late.token, address=f"203.0.113.{number}")
        clock.advance(timedelta(minutes=1))
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await ask(practice, late.token, address="203.0.113.99")
    assert refusal.value.retry_after == timedelta(hours=23, minutes=55)
    clock.advance(timedelta(hours=23, minutes=55))
    await ask(practice, late.token)
    assert await Letter.all().count() == 7


async def test_one_place_may_not_try_links_without_end(practice: Practice, late: Invited) -> None:
    for number in range(30):
        await ask(practice, f"guess-{number}")
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await ask(practice, late.token)
    await ask(practice, late.token, address="198.51.100.1")
    assert await Letter.all().count() == 2


async def test_five_at_once_leave_one_open_invitation(practice: Practice, late: Invited) -> None:
    await asyncio.gather(*(ask(practice, late.token) for _ in range(5)))
    assert await Invitation.filter(closed_at=None).count() == 1
    assert await PortalAccount.all().count() == 1
