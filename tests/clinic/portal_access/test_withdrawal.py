"""What a change of address does to an invitation (product §2): before registration all, afterwards nothing."""

import asyncio
from datetime import timedelta

import pytest

from clinic.charts.contacts import contacts_by_id
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import SignedIn, invite_contact
from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink
from clinic.portal_access.status import PortalState, decide
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import Invited, accept, deliver, invited, state_of
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.overtaking import overtaken

NEW = ContactChanges(emails=["new@example.com"])


async def change(practice: Practice, guest: Invited, changes: ContactChanges = NEW) -> None:
    await update_contact(guest.caller, guest.contact.id, changes, practice.services)


@pytest.fixture
async def guest(practice: Practice, mailbox: Mailbox) -> Invited:
    return await invited(practice, mailbox)


async def test_before_registration_account_link_and_invitation_are_withdrawn(
    practice: Practice, guest: Invited, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    await change(practice, guest)

    assert await state_of(guest.contact) is PortalState.NO_ACCOUNT
    account = await PortalAccount.get(id=guest.account.id)
    assert account.withdrawn_at == clock.now()
    link = await PortalLink.get(account_id=account.id)
    assert (link.unlinked_at, link.unlink_reason) == (clock.now(), "the contact's address changed")
    invitation = await Invitation.get(account_id=account.id)
    assert (invitation.closed_at, invitation.closed_why) == (clock.now(), InvitationClosed.WITHDRAWN)
    event = await AuditEvent.get(action="portal_account.withdrawn")
    assert (event.subject_id, event.actor_id) == (account.id, guest.caller.staff_member_id)


@pytest.mark.parametrize(
    ("emails", "state"),
    [
        (["new@example.com"], PortalState.NO_ACCOUNT),
        ([], PortalState.NO_EMAIL),
        # The address invited is still the person's, as another one or in other letters.
        (["new@example.com", "omar.reyes@example.com"], PortalState.INVITED),
        (["Omar.Reyes@EXAMPLE.com"], PortalState.INVITED),
        (["omar.reyes@example.com."], PortalState.INVITED),
    ],
)
async def test_state_is_that_of_the_new_addresses(
    practice: Practice, guest: Invited, emails: list[str], state: PortalState
) -> None:
    await change(practice, guest, ContactChanges(emails=emails))
    assert await state_of(guest.contact) is state


@pytest.mark.parametrize(
    "changes",
    [
        ContactChanges(given_name="Omar Luis"),
        ContactChanges(phones=["+1 208 555 0100"]),
        ContactChanges(clear_date_of_birth=True),
        ContactChanges(language="es"),
    ],
)
async def test_other_changes_withdraw_nothing(practice: Practice, guest: Invited, changes: ContactChanges) -> None:
    await change(practice, guest, changes)
    assert await state_of(guest.contact) is PortalState.INVITED


async def test_letter_still_queued_never_leaves(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)
    await update_contact(practice.system, contact.id, NEW, practice.services)
    await deliver(practice)
    assert mailbox.letters == []
    letter = await Letter.get()
    assert (letter.status, letter.sent_at) == (LetterStatus.CANCELLED, None)


async def test_letter_being_written_while_its_invitation_is_withdrawn_never_leaves(
    practice: Practice, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)

    async def withdraw() -> None:
        await update_contact(practice.system, contact.id, NEW, practice.services)

    await overtaken(withdraw, deliver(practice))
    assert mailbox.letters == []
    assert (await Letter.get()).status is LetterStatus.CANCELLED


async def test_address_given_up_is_free_for_anybody(practice: Practice, guest: Invited) -> None:
    await change(practice, guest)
    relative = await practice.contact("Rosa", emails=("omar.reyes@example.com",))
    assert await state_of(relative) is PortalState.NO_ACCOUNT
    account = await invite_contact(guest.caller, relative.id, practice.services)
    assert account.id != guest.account.id
    assert await state_of(guest.contact) is PortalState.NO_ACCOUNT


async def test_new_address_can_be_invited_at_once_and_the_old_one_again_later(
    practice: Practice, guest: Invited
) -> None:
    await change(practice, guest)
    second = await invite_contact(guest.caller, guest.contact.id, practice.services)
    assert second.email == "new@example.com"
    await change(practice, guest, ContactChanges(emails=["omar.reyes@example.com"]))
    third = await invite_contact(guest.caller, guest.contact.id, practice.services)
    assert third.email == "omar.reyes@example.com"
    assert len({guest.account.id, second.id, third.id}) == 3
    assert await PortalLink.filter(contact_id=guest.contact.id, unlinked_at=None).count() == 1
    assert await PortalLink.filter(contact_id=guest.contact.id).count() == 3


async def test_after_registration_a_change_moves_nothing_and_staff_see_the_difference(
    practice: Practice, guest: Invited, clock: FixedClock
) -> None:
    await accept(practice, guest.token)
    await change(practice, guest)

    assert await state_of(guest.contact) is PortalState.LINKED
    account = await PortalAccount.get(id=guest.account.id)
    assert (account.email, account.withdrawn_at) == ("omar.reyes@example.com", None)
    row = (await contacts_by_id(guest.caller, [guest.contact.id], clock.now()))[guest.contact.id]
    assert row.portal_status.summary == (
        "Portal account omar.reyes@example.com is linked. Registered on Mar 2, 2026. "
        "Last signed in on Mar 2, 2026. The record has another address."
    )
    await change(practice, guest, ContactChanges(emails=[]))
    assert await state_of(guest.contact) is PortalState.LINKED


async def test_registering_and_changing_the_address_at_once_leave_no_half_state(
    practice: Practice, mailbox: Mailbox
) -> None:
    for number in range(6):
        contact = await practice.contact(emails=(f"omar{number}@example.com",))
        guest = await invited(practice, mailbox, contact)
        registered, _ = await asyncio.gather(
            accept(practice, guest.token), change(practice, guest), return_exceptions=True
        )
        state, account = decide((await status_facts([contact.id]))[contact.id])
        if isinstance(registered, SignedIn):
            assert state is PortalState.LINKED
            assert account is not None
            assert account.email == f"omar{number}@example.com"
        else:
            assert isinstance(registered, InvitationNotUsable)
            assert state is PortalState.NO_ACCOUNT
