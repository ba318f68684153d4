"""Linking an account that came alone, or came back, to the record that bears its address (product §2, Link)."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest

from clinic.portal_access.actions import invite_contact, link_account, unlink_account
from clinic.portal_access.errors import AlreadyLinked, EmailConflict, NoMatchingAccount, SeveralAccounts
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink
from clinic.portal_access.previous_accounts import previous_accounts
from clinic.portal_access.status import PortalState
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted
from clinic.work.idempotency import IdempotencyKey
from tests.clinic.portal_access.journey import self_registered, state_of
from tests.clinic.portal_access.ways import account_now, desk_of, events, opens, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL)


async def test_the_one_account_is_linked_and_its_person_is_still_to_be_asked(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=("first@example.com", "omar@example.com"))
    waiting = await self_registered(practice, "omar@example.com", verified=True)
    assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED

    account = await link_account(desk, contact.id, practice.services)

    assert account.id == waiting.id
    [link] = await PortalLink.all()
    assert (link.account_id, link.contact_id, link.email) == (waiting.id, contact.id, "omar@example.com")
    assert (link.linked_how, link.linked_by_id, link.linked_at) == (LinkedHow.STAFF, desk.staff_member_id, clock.now())
    assert link.identity_confirmed_at is None
    assert await state_of(contact) is PortalState.LINKED
    [event] = await events("portal_account.linked")
    assert (event["actor"], event["subject"]) == (desk.staff_member_id, waiting.id)
    assert str(contact.id) in event["details"]


async def test_several_accounts_are_named_to_choose_from(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("first@example.com", "second@example.com"))
    second = await self_registered(practice, "second@example.com", verified=True)
    first = await self_registered(practice, "first@example.com", verified=True)
    async with nothing_changes():
        with pytest.raises(SeveralAccounts) as refusal:
            await link_account(desk, contact.id, practice.services)
    assert refusal.value.account_ids == (first.id, second.id)

    chosen = await link_account(desk, contact.id, practice.services, account_id=second.id, account_named=True)

    assert chosen.id == second.id
    assert (await PortalLink.get(contact_id=contact.id)).account_id == second.id


async def test_nothing_to_link_is_refused(practice: Practice, desk: StaffCaller) -> None:
    without, unverified = await practice.contact(), await practice.contact(emails=("ana@example.com",))
    await self_registered(practice, "ana@example.com", verified=False)
    nobody = await practice.contact(emails=())
    async with nothing_changes():
        for contact in (without, unverified, nobody):
            with pytest.raises(NoMatchingAccount):
                await link_account(desk, contact.id, practice.services)


async def test_an_account_with_another_address_is_no_choice(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await self_registered(practice, "omar.reyes@example.com", verified=True)
    stranger = await self_registered(practice, "stranger@example.com", verified=True)
    async with nothing_changes():
        with pytest.raises(NoMatchingAccount):
            await link_account(desk, contact.id, practice.services, account_id=stranger.id, account_named=True)


async def test_invited_and_linked_contacts_are_linked_already(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    invited = await practice.contact("Ines", emails=("ines@example.com",))
    await invite_contact(desk, invited.id, practice.services)
    linked, _ = await registered(practice, mailbox)
    async with nothing_changes():
        for contact in (invited, linked):
            with pytest.raises(AlreadyLinked):
                await link_account(desk, contact.id, practice.services)


async def test_an_account_of_another_record_is_a_conflict_that_names_nobody(
    practice: Practice, mailbox: Mailbox
) -> None:
    holder, signed_in = await registered(
        practice, mailbox, await practice.contact("Rosa", emails=("family@example.com",))
    )
    contact = await practice.contact(emails=("family@example.com",))
    desk = await desk_of(practice)
    async with nothing_changes():
        with pytest.raises(EmailConflict) as refusal:
            await link_account(desk, contact.id, practice.services)
        with pytest.raises(EmailConflict):
            await link_account(desk, contact.id, practice.services, account_id=signed_in.account.id, account_named=True)
    told = f"{refusal.value} {vars(refusal.value)}"
    assert "Rosa" not in told
    assert str(holder.id) not in told


async def test_a_returning_person_is_relinked_in_one_action_and_the_history_stays(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    desk = await desk_of(practice)
    contact, signed_in = await registered(practice, mailbox)
    await unlink_account(desk, contact.id, "moved away", practice.services)
    assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED

    account = await link_account(desk, contact.id, practice.services)

    assert account.id == signed_in.account.id
    history = await PortalLink.filter(contact_id=contact.id)
    assert Counter((link.linked_how, link.unlink_reason) for link in history) == {
        (LinkedHow.INVITATION, "moved away"): 1,
        (LinkedHow.STAFF, ""): 1,
    }
    [live] = [link for link in history if link.unlinked_at is None]
    assert live.identity_confirmed_at is None
    assert not await opens(practice, signed_in)
    assert (await account_now(signed_in.account)).password_hash == signed_in.account.password_hash


@pytest.fixture
async def moved(practice: Practice, mailbox: Mailbox) -> tuple[Contact, PortalAccount]:
    """Somebody who left: unlinked, and the account bears an address that the record does not know."""
    contact, signed_in = await registered(practice, mailbox)
    await unlink_account(await desk_of(practice), contact.id, "moved away", practice.services)
    account = signed_in.account
    account.email = account.email_normal = "omar@elsewhere.example"
    await account.save(update_fields=["email", "email_normal"])
    return contact, account


async def former_of(practice: Practice, contact: Contact) -> list[UUID]:
    """The accounts a screen may offer, in order."""
    found = await previous_accounts(practice.organization.id, [contact.id])
    return [account.id for account in found[contact.id]]


async def test_whoever_returns_with_another_address_is_relinked_by_naming_the_account_they_had(
    practice: Practice, desk: StaffCaller, moved: tuple[Contact, PortalAccount]
) -> None:
    contact, account = moved
    assert await state_of(contact) is PortalState.NO_ACCOUNT
    assert await former_of(practice, contact) == [account.id]
    async with nothing_changes():
        with pytest.raises(NoMatchingAccount):
            await link_account(desk, contact.id, practice.services)

    linked = await link_account(desk, contact.id, practice.services, account_id=account.id, account_named=True)

    assert linked.id == account.id
    assert await state_of(contact) is PortalState.LINKED
    live = await PortalLink.get(contact_id=contact.id, unlinked_at=None)
    assert (live.email, live.linked_how) == ("omar@elsewhere.example", LinkedHow.STAFF)
    assert live.identity_confirmed_at is None
    assert await PortalLink.filter(contact_id=contact.id).count() == 2
    assert await former_of(practice, contact) == []


async def test_the_account_of_before_can_be_named_in_a_conflict_too(
    practice: Practice, desk: StaffCaller, moved: tuple[Contact, PortalAccount]
) -> None:
    """Somebody else has the record's address by now: their account stays theirs."""
    contact, account = moved
    taker = await practice.contact("Rosa", emails=("omar.reyes@example.com",))
    await invite_contact(desk, taker.id, practice.services)
    assert await state_of(contact) is PortalState.EMAIL_CONFLICT
    await link_account(desk, contact.id, practice.services, account_id=account.id, account_named=True)
    assert await state_of(contact) is PortalState.LINKED
    assert await state_of(taker) is PortalState.INVITED


async def test_former_accounts_that_are_not_free_are_neither_offered_nor_linked(
    practice: Practice, desk: StaffCaller, moved: tuple[Contact, PortalAccount]
) -> None:
    contact, account = moved
    stored = PortalAccount.filter(id=account.id)
    now = practice.services.clock.now()
    for spoilt in ({"withdrawn_at": now}, {"email_verified_at": None}):
        kept = {name: getattr(account, name) for name in spoilt}
        await stored.update(**spoilt)
        assert await former_of(practice, contact) == []
        async with nothing_changes():
            with pytest.raises((NoMatchingAccount, NotFound)):
                await link_account(desk, contact.id, practice.services, account_id=account.id, account_named=True)
        await stored.update(**kept)

    other = await practice.contact("Rosa", emails=("omar@elsewhere.example",))
    await link_account(desk, other.id, practice.services)
    assert await former_of(practice, contact) == []
    async with nothing_changes():
        with pytest.raises(NoMatchingAccount):
            await link_account(desk, contact.id, practice.services, account_id=account.id, account_named=True)
    assert await state_of(other) is PortalState.LINKED


async def test_two_records_naming_one_former_account_at_once_make_one_link(
    practice: Practice, desk: StaffCaller, moved: tuple[Contact, PortalAccount]
) -> None:
    contact, account = moved
    other = await practice.contact("Rosa", emails=("omar@elsewhere.example",))
    answers = await asyncio.gather(
        link_account(desk, contact.id, practice.services, account_id=account.id, account_named=True),
        link_account(desk, other.id, practice.services),
        return_exceptions=True,
    )
    assert [isinstance(answer, PortalAccount) for answer in answers].count(True) == 1
    assert await PortalLink.filter(unlinked_at=None).count() == 1


async def test_twenty_at_once_make_one_link(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await self_registered(practice, "omar.reyes@example.com", verified=True)

    answers = await asyncio.gather(
        *(link_account(desk, contact.id, practice.services) for _ in range(20)), return_exceptions=True
    )

    assert Counter(type(answer) for answer in answers) == {PortalAccount: 1, AlreadyLinked: 19}
    assert await PortalLink.all().count() == 1


async def test_two_records_with_one_address_at_once_make_one_link(practice: Practice, desk: StaffCaller) -> None:
    contacts = [await practice.contact(name, emails=("family@example.com",)) for name in ("Omar", "Rosa", "Mia")]
    await self_registered(practice, "family@example.com", verified=True)

    answers = await asyncio.gather(
        *(link_account(desk, contact.id, practice.services) for contact in contacts), return_exceptions=True
    )

    assert Counter(type(answer) for answer in answers) == {PortalAccount: 1, EmailConflict: 2}
    assert await PortalLink.all().count() == 1


async def test_the_same_key_answers_the_same_and_links_once(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await self_registered(practice, "omar.reyes@example.com", verified=True)
    request_key = IdempotencyKey("linkPortalAccount", "key-1", "body")
    first = await link_account(desk, contact.id, practice.services, request_key=request_key)
    async with nothing_changes():
        again = await link_account(desk, contact.id, practice.services, request_key=request_key)
    assert again.id == first.id


async def test_without_web_portal_nothing_happens(practice: Practice) -> None:
    contact = await practice.contact()
    await self_registered(practice, "omar.reyes@example.com", verified=True)
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await link_account(staff, contact.id, practice.services)


async def test_records_and_accounts_of_another_organization_do_not_exist(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    ours, theirs = await practice.contact(), await other_practice.contact()
    await self_registered(practice, "omar.reyes@example.com", verified=True)
    elsewhere = await self_registered(other_practice, "omar.reyes@example.com", verified=True)
    async with nothing_changes():
        for contact_id in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await link_account(desk, contact_id, practice.services)
            assert refusal.value.field == "contactId"
        for account_id in (elsewhere.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await link_account(desk, ours.id, practice.services, account_id=account_id, account_named=True)
            assert refusal.value.field == "accountId"
