"""Inviting a list: a result for each, in order; one bad contact never stops the rest; safe to repeat."""

from uuid import uuid4

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.actions import InviteOutcome, invite_contact, invite_contacts
from clinic.portal_access.errors import ContactHasNoEmail, EmailConflict, PortalAccountExists
from clinic.portal_access.models import Invitation, LetterSender, PortalAccount
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.work.idempotency import IdempotencyKey
from tests.clinic.portal_access.journey import self_registered
from tests.clinic.portal_access.ways import desk_of, registered
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


def shape(outcome: InviteOutcome) -> type | None:
    return type(outcome.refusal) if outcome.refusal else type(outcome.account)


async def test_each_gets_what_is_possible_in_the_order_asked(
    practice: Practice, other_practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    good = [await practice.contact(emails=(f"good{number}@example.com",)) for number in range(6)]
    without = await practice.contact(emails=())
    there, _ = await registered(practice, mailbox, await practice.contact("Leo", emails=("leo@example.com",)))
    conflict = await practice.contact("Mia", emails=("leo@example.com",))
    found = await practice.contact("Ana", emails=("ana@example.com",))
    waiting = await self_registered(practice, "ana@example.com", verified=True)
    foreign = await other_practice.contact()
    asked = [good[0].id, without.id, good[1].id, conflict.id, there.id, found.id, foreign.id, None]
    asked += [contact.id for contact in good[2:]] + [good[0].id]

    outcomes = await invite_contacts(desk, asked, practice.services, sender=LetterSender.DISCREET)

    assert [outcome.contact_id for outcome in outcomes] == asked
    assert [shape(outcome) for outcome in outcomes] == [
        PortalAccount,
        ContactHasNoEmail,
        PortalAccount,
        EmailConflict,
        PortalAccountExists,
        PortalAccountExists,
        NotFound,
        NotFound,
        *[PortalAccount] * 5,
    ]
    exists = outcomes[5].refusal
    assert isinstance(exists, PortalAccountExists)
    assert exists.account_id == waiting.id
    first, last = outcomes[0].account, outcomes[-1].account
    assert first is not None
    assert last is not None
    assert first.id == last.id
    assert await Invitation.filter(sender=LetterSender.DISCREET).count() == 6


async def test_sent_again_it_goes_on_where_it_was(practice: Practice, desk: StaffCaller) -> None:
    contacts = [await practice.contact(emails=(f"omar{number}@example.com",)) for number in range(8)]
    request_key = IdempotencyKey("createPortalAccounts", "key-1", "body")
    for contact in contacts[:3]:
        await invite_contact(desk, contact.id, practice.services)
    first = await invite_contacts(
        desk, [contact.id for contact in contacts], practice.services, request_key=request_key
    )
    async with nothing_changes():
        again = await invite_contacts(
            desk, [contact.id for contact in contacts], practice.services, request_key=request_key
        )
    assert [o.account and o.account.id for o in again] == [o.account and o.account.id for o in first]
    assert await Letter.all().count() == 8


async def test_a_key_bound_to_another_list_is_refused_before_anybody_is_invited(
    practice: Practice, desk: StaffCaller
) -> None:
    one = await practice.contact()
    two = await practice.contact("Rosa", emails=("rosa@example.com",))
    await invite_contacts(
        desk, [one.id], practice.services, request_key=IdempotencyKey("createPortalAccounts", "key-1", "one")
    )
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await invite_contacts(
                desk,
                [two.id],
                practice.services,
                request_key=IdempotencyKey("createPortalAccounts", "key-1", "two"),
            )
    assert [problem.path for problem in refusal.value.problems] == ["idempotencyKey"]


async def test_five_hundred_at_most(practice: Practice, desk: StaffCaller) -> None:
    assert await invite_contacts(desk, [], practice.services) == []
    assert len(await invite_contacts(desk, [None] * 500, practice.services)) == 500
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await invite_contacts(desk, [uuid4()] * 501, practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["contactIds"]


async def test_without_web_portal_nobody_is_invited(practice: Practice) -> None:
    contact = await practice.contact()
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await invite_contacts(staff, [contact.id], practice.services)
