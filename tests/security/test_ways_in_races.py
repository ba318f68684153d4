"""Two at once on the ways in and back: whatever the order, the wrong person is left with nothing."""

import asyncio
from datetime import date

import pytest

from clinic.portal_access.actions import (
    DisableReason,
    approve_transfer,
    confirm_identity,
    connect_with_pin,
    disable_account,
    invite_contact,
    keep_email,
    link_account,
    request_email_change,
    request_password_reset,
    request_transfer,
    resend_invitation,
    reset_password,
    unlink_account,
)
from clinic.portal_access.actions.accept import IdentityClaim, accept_invitation
from clinic.portal_access.errors import IdentityNotConfirmed
from clinic.portal_access.models import AccountToken, Invitation, PortalAccount, PortalLink
from clinic.records.models import Contact
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import PatientCaller
from clinic.values.errors import WrongCredentials
from tests.clinic.portal_access.account_letters import BROWSER, EMAIL, caller_of, confirm, room_in, verified
from tests.clinic.portal_access.journey import deliver
from tests.factories import BORN, EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.overtaking import overtaken
from tests.security.people import invited

NEW = "ana.new@example.com"
ANOTHER = "four brown ponies trot"
RIGHT = IdentityClaim(date_of_birth=BORN)


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    return caller_of(await verified(practice, mailbox))


def pin_of(practice: Practice, contact: Contact) -> str:
    return practice.services.secrets.decrypt(contact.pin_encrypted)


@pytest.mark.parametrize("how", ["new password", "disabled"])
async def test_who_is_shut_out_meanwhile_does_not_walk_out_with_the_account(
    practice: Practice, patient: PatientCaller, how: str
) -> None:
    """The thief's request was judged by the old password, and comes to its turn after the owner's reset."""
    account = PortalAccount.filter(id=patient.account_id)
    desk = await practice.staff(*EVERY_PERMISSION)

    async def shut_out() -> None:
        if how == "new password":
            await account.update(password_hash="somebody else's")
        else:
            await disable_account(desk, patient.account_id, DisableReason.REQUESTED, practice.services)

    asking = request_email_change(patient, PASSWORD, NEW, practice.services, browser_token=BROWSER)
    with pytest.raises(WrongCredentials):
        await overtaken(shut_out, asking)
    assert not await AccountToken.exists(closed_at=None)


async def test_objection_wins_against_confirming_and_resetting_at_once(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await request_email_change(patient, PASSWORD, NEW, practice.services, browser_token=BROWSER)
    await deliver(practice)
    tokens = dict(room_in(letter) for letter in mailbox.letters[-3:])
    _, _, kept = await asyncio.gather(
        confirm(practice, tokens["verify"]),
        reset_password(practice.anonymous, tokens["reset"], ANOTHER, practice.services, kind=SessionKind.API),
        keep_email(practice.anonymous, tokens["keep"], practice.services),
        return_exceptions=True,
    )
    assert kept is None
    account = await PortalAccount.get(id=patient.account_id)
    assert (account.email, account.disabled_at) == (EMAIL, None)
    assert not await PatientSession.exists(ended_at=None)
    assert not await AccountToken.exists(closed_at=None)


async def test_old_pin_opens_nothing_once_the_link_is_ended(practice: Practice, patient: PatientCaller) -> None:
    contact = await practice.contact()
    pin = pin_of(practice, contact)

    async def renew() -> None:
        await Contact.filter(id=contact.id).update(pin_hash="0" * 64)

    with pytest.raises(IdentityNotConfirmed):
        await overtaken(renew, connect_with_pin(patient, pin, BORN, practice.services))
    assert not await PortalLink.exists(unlinked_at=None)


async def test_linking_connecting_and_inviting_at_once_make_one_link(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    contact = await practice.contact(emails=("omar@example.com", EMAIL))
    other = caller_of(await verified(practice, mailbox, "other@example.com"))
    desk, pin = await practice.staff(*EVERY_PERMISSION), pin_of(practice, contact)
    await asyncio.gather(
        link_account(desk, contact.id, practice.services),
        connect_with_pin(patient, pin, BORN, practice.services),
        connect_with_pin(other, pin, BORN, practice.services),
        invite_contact(desk, contact.id, practice.services),
        return_exceptions=True,
    )
    [link] = await PortalLink.filter(unlinked_at=None)
    assert link.contact_id == contact.id
    assert (link.identity_confirmed_at is None) == (link.linked_how.value != "PIN")


async def test_confirming_while_the_link_ends_opens_nothing(practice: Practice, patient: PatientCaller) -> None:
    contact = await practice.contact(emails=(EMAIL,))
    desk = await practice.staff(*EVERY_PERMISSION)
    await link_account(desk, contact.id, practice.services)
    await asyncio.gather(
        confirm_identity(patient, RIGHT, practice.services),
        unlink_account(desk, contact.id, "wrong person", practice.services),
        return_exceptions=True,
    )
    await link_account(desk, contact.id, practice.services)
    assert (await PortalLink.get(unlinked_at=None)).identity_confirmed_at is None
    assert not await PatientSession.exists(ended_at=None)


async def test_transfer_against_the_holder_who_confirms_and_staff_who_unlink_gives_one_unopened_link(
    practice: Practice, patient: PatientCaller
) -> None:
    holder = await practice.contact("Rosa", emails=(EMAIL,), date_of_birth=date(1944, 2, 3))
    asker, decider = await practice.staff(*EVERY_PERMISSION), await practice.staff(*EVERY_PERMISSION)
    await link_account(asker, holder.id, practice.services)
    contact = await practice.contact(emails=(EMAIL,))
    transfer = await request_transfer(asker, contact.id, "passport", practice.services)
    approved, *_ = await asyncio.gather(
        approve_transfer(decider, transfer.id, practice.services),
        confirm_identity(patient, IdentityClaim(date_of_birth=date(1944, 2, 3)), practice.services),
        unlink_account(asker, holder.id, "left", practice.services),
        return_exceptions=True,
    )
    links = await PortalLink.filter(unlinked_at=None)
    given = not isinstance(approved, BaseException)
    assert [(link.contact_id, link.identity_confirmed_at) for link in links] == ([(contact.id, None)] if given else [])
    assert not await PatientSession.exists(ended_at=None)


async def test_accepting_while_the_letter_is_written_again_registers_once(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    token = await invited(practice, mailbox, contact)
    desk = await practice.staff(*EVERY_PERMISSION)
    accepted, _ = await asyncio.gather(
        accept_invitation(practice.anonymous, token, RIGHT, PASSWORD, practice.services, kind=SessionKind.API),
        resend_invitation(desk, contact.id, practice.services),
        return_exceptions=True,
    )
    assert not isinstance(accepted, BaseException)
    sent = len(mailbox.letters)
    await deliver(practice)
    assert len(mailbox.letters) == sent
    assert await Invitation.filter(closed_at=None).count() == 0
