"""Taking an invitation back before anybody used it."""

import asyncio

import pytest

from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact, revoke_invitation
from clinic.portal_access.errors import InvitationNotUsable, NotLinked, PortalAccountExists
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink
from clinic.portal_access.status import PortalState
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from tests.clinic.portal_access.journey import accept, deliver, invited, state_of
from tests.clinic.portal_access.ways import account_now, desk_of, events, pin_of, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


async def test_the_link_opens_nothing_and_the_address_is_free_again(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    there = await invited(practice, mailbox)
    old_pin = await pin_of(practice, there.contact)

    await revoke_invitation(desk, there.contact.id, "wrong address", practice.services)

    [invitation] = await Invitation.all()
    assert (invitation.closed_at, invitation.closed_why) == (clock.now(), InvitationClosed.REVOKED)
    assert (await account_now(there.account)).withdrawn_at == clock.now()
    [link] = await PortalLink.all()
    assert (link.unlink_reason, link.unlinked_by_id) == ("wrong address", desk.staff_member_id)
    assert await state_of(there.contact) is PortalState.NO_ACCOUNT
    assert await pin_of(practice, there.contact) != old_pin
    with pytest.raises(InvitationNotUsable) as refusal:
        await accept(practice, there.token)
    assert refusal.value.reason == "REVOKED"
    [event] = await events("portal_account.withdrawn")
    assert (event["actor"], event["reason"]) == (desk.staff_member_id, "wrong address")


async def test_a_letter_that_waits_never_leaves(practice: Practice, desk: StaffCaller, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    await invite_contact(desk, contact.id, practice.services)
    await revoke_invitation(desk, contact.id, "wrong address", practice.services)
    await deliver(practice)
    assert mailbox.letters == []
    assert [letter.status for letter in await Letter.all()] == [LetterStatus.CANCELLED]


async def test_invited_again_the_person_gets_a_letter_of_a_new_account(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)
    await revoke_invitation(desk, there.contact.id, "too early", practice.services)
    again = await invited(practice, mailbox, there.contact)
    assert again.account.id != there.account.id
    await accept(practice, again.token)
    assert await state_of(there.contact) is PortalState.LINKED


async def test_who_has_registered_is_unlinked_instead(practice: Practice, desk: StaffCaller, mailbox: Mailbox) -> None:
    contact, signed_in = await registered(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(PortalAccountExists) as refusal:
            await revoke_invitation(desk, contact.id, "too late", practice.services)
    assert refusal.value.account_id == signed_in.account.id


async def test_done_again_or_never_invited_there_is_nothing_to_take_back(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there, never = await invited(practice, mailbox), await practice.contact("Rosa", emails=())
    await revoke_invitation(desk, there.contact.id, "wrong address", practice.services)
    async with nothing_changes():
        for contact in (there.contact, never):
            with pytest.raises(NotLinked):
                await revoke_invitation(desk, contact.id, "wrong address", practice.services)


async def test_registering_and_revoking_at_once_one_of_them_wins(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    for number in range(4):
        contact = await practice.contact(emails=(f"omar{number}@example.com",))
        there = await invited(practice, mailbox, contact)
        entered, revoked = await asyncio.gather(
            accept(practice, there.token),
            revoke_invitation(desk, contact.id, "wrong address", practice.services),
            return_exceptions=True,
        )
        if isinstance(revoked, PortalAccount):
            assert isinstance(entered, InvitationNotUsable)
            assert await state_of(contact) is PortalState.NO_ACCOUNT
        else:
            assert isinstance(revoked, PortalAccountExists)
            assert await state_of(contact) is PortalState.LINKED


async def test_refused_nothing_changes(
    practice: Practice, other_practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await revoke_invitation(staff, there.contact.id, "wrong address", practice.services)
        with pytest.raises(NotFound):
            await revoke_invitation(stranger, there.contact.id, "wrong address", practice.services)
        with pytest.raises(InvalidInput):
            await revoke_invitation(desk, there.contact.id, " ", practice.services)
