"""One more letter for an invitation that stands: nobody is ever left without a working link."""

import asyncio
from datetime import timedelta

import pytest

from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact, resend_invitation
from clinic.portal_access.errors import InvitationNotUsable, NotLinked, PortalAccountExists
from clinic.portal_access.models import Invitation, LetterSender
from clinic.portal_access.queries import find_invitation
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted, TooManyAttempts
from clinic.values.ports import MailRefused, MailUnavailable
from clinic.work.idempotency import IdempotencyKey
from tests.clinic.portal_access.journey import accept, deliver, invited
from tests.clinic.portal_access.ways import desk_of, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import text_of, token_in

DAY = timedelta(days=1)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


async def reason_of(practice: Practice, token: str) -> str | None:
    view = await find_invitation(practice.organization.id, token, practice.services)
    assert view is not None
    return view.not_usable


async def test_the_same_invitation_gets_a_new_term_and_one_more_letter(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(3 * DAY)

    account = await resend_invitation(desk, there.contact.id, practice.services)
    await deliver(practice)

    assert account.id == there.account.id
    [invitation] = await Invitation.all()
    assert (invitation.closed_at, invitation.expires_at) == (None, clock.now() + timedelta(days=10))
    assert len(mailbox.letters) == 2
    assert token_in(mailbox.letters[1]) != there.token
    await accept(practice, token_in(mailbox.letters[1]))


async def test_the_old_link_works_until_the_new_letter_has_left(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(DAY)
    await resend_invitation(desk, there.contact.id, practice.services)
    assert await reason_of(practice, there.token) is None
    mailbox.trouble = MailUnavailable("busy")
    await deliver(practice)
    assert await reason_of(practice, there.token) is None

    mailbox.trouble = None
    clock.advance(timedelta(minutes=1))
    await deliver(practice)

    assert len(mailbox.letters) == 2
    assert await reason_of(practice, there.token) == "REPLACED"
    with pytest.raises(InvitationNotUsable) as refusal:
        await accept(practice, there.token)
    assert refusal.value.reason == "REPLACED"
    assert await reason_of(practice, token_in(mailbox.letters[1])) is None


async def test_the_newest_letter_counts_also_after_the_clock_stepped_back(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(timedelta(hours=-3))
    await resend_invitation(desk, there.contact.id, practice.services)
    await deliver(practice)
    assert len(mailbox.letters) == 2
    assert await reason_of(practice, there.token) == "REPLACED"
    await accept(practice, token_in(mailbox.letters[1]))


async def test_a_letter_that_bounces_takes_no_working_link_away(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(DAY)
    await resend_invitation(desk, there.contact.id, practice.services)
    mailbox.trouble = MailRefused("no such mailbox")
    await deliver(practice)
    await accept(practice, there.token)


async def test_an_old_link_can_ask_for_a_fresh_one(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(DAY)
    await resend_invitation(desk, there.contact.id, practice.services)
    await deliver(practice)
    view = await find_invitation(practice.organization.id, there.token, practice.services)
    assert view is not None
    assert (view.not_usable, view.can_be_renewed) == ("REPLACED", True)


async def test_an_invitation_that_ran_out_can_be_sent_again(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    clock.advance(11 * DAY)
    assert await reason_of(practice, there.token) == "EXPIRED"
    await resend_invitation(desk, there.contact.id, practice.services)
    await deliver(practice)
    await accept(practice, token_in(mailbox.letters[1]))


async def test_a_letter_still_waiting_stays_here_and_only_the_newer_one_leaves(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await invite_contact(desk, contact.id, practice.services)
    clock.advance(timedelta(minutes=1))
    await resend_invitation(desk, contact.id, practice.services)
    await deliver(practice)
    letters = await Letter.all().order_by("created_at")
    assert [letter.status for letter in letters] == [LetterStatus.CANCELLED, LetterStatus.SENT]
    assert len(mailbox.letters) == 1
    await accept(practice, token_in(mailbox.letters[0]))


async def test_the_sender_stays_unless_another_is_chosen(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await invite_contact(desk, contact.id, practice.services, sender=LetterSender.DISCREET)
    await deliver(practice)
    for chosen, expected in [(None, LetterSender.DISCREET), (LetterSender.ORGANIZATION, LetterSender.ORGANIZATION)]:
        clock.advance(timedelta(minutes=1))
        await resend_invitation(desk, contact.id, practice.services, sender=chosen)
        assert (await Invitation.get(contact_id=contact.id)).sender is expected
    await deliver(practice)
    assert "Willow Creek Counseling" in text_of(mailbox.letters[-1])


async def test_five_a_day_and_no_more(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    for _ in range(5):
        clock.advance(timedelta(minutes=1))
        await resend_invitation(desk, there.contact.id, practice.services)
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await resend_invitation(desk, there.contact.id, practice.services)
    assert refusal.value.retry_after == DAY - timedelta(minutes=4)
    clock.advance(DAY)
    await resend_invitation(desk, there.contact.id, practice.services)


async def test_the_same_key_sends_one_letter(practice: Practice, desk: StaffCaller, mailbox: Mailbox) -> None:
    there = await invited(practice, mailbox)
    request_key = IdempotencyKey("resendPortalInvitation", "key-1", "body")
    answers = await asyncio.gather(
        *(resend_invitation(desk, there.contact.id, practice.services, request_key=request_key) for _ in range(10))
    )
    assert {answer.id for answer in answers} == {there.account.id}
    assert await Letter.all().count() == 2


async def test_who_has_registered_or_was_never_invited_gets_no_letter(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact, signed_in = await registered(practice, mailbox)
    never = await practice.contact("Rosa", emails=("rosa@example.com",))
    async with nothing_changes():
        with pytest.raises(PortalAccountExists) as refusal:
            await resend_invitation(desk, contact.id, practice.services)
        with pytest.raises(NotLinked):
            await resend_invitation(desk, never.id, practice.services)
    assert refusal.value.account_id == signed_in.account.id


async def test_without_web_portal_or_from_another_organization_nothing_happens(
    practice: Practice, other_practice: Practice, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await resend_invitation(staff, there.contact.id, practice.services)
        with pytest.raises(NotFound):
            await resend_invitation(stranger, there.contact.id, practice.services)
