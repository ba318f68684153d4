"""Inviting with an idempotency key (contract.graphql), and inviting while somebody else changes the ground."""

import asyncio
from datetime import timedelta

import pytest

from clinic.mail.models import Letter
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.errors import ContactHasNoEmail, PortalAccountExists
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.status import PortalState
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotPermitted
from clinic.work.idempotency import IdempotencyKey
from clinic.work.models import RequestOnce
from tests.clinic.portal_access.journey import self_registered, state_of
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.overtaking import overtaken

KEY = IdempotencyKey("createPortalAccount", "key-1", "body-1")
OTHER_BODY = IdempotencyKey("createPortalAccount", "key-1", "body-2")


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL)


async def test_same_key_answers_what_the_first_call_answered_even_after_registration(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    first = await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    await PortalAccount.filter(id=first.id).update(registered_at=clock.now(), password_hash="!")
    async with nothing_changes():
        again = await invite_contact(desk, contact.id, practice.services, request_key=KEY)
        with pytest.raises(PortalAccountExists):
            await invite_contact(desk, contact.id, practice.services)
    assert again.id == first.id


async def test_same_key_with_another_body_is_invalid(practice: Practice, desk: StaffCaller) -> None:
    contact, second = await practice.contact(), await practice.contact("Rosa", emails=("rosa@example.com",))
    await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await invite_contact(desk, second.id, practice.services, request_key=OTHER_BODY)
    assert [problem.path for problem in refusal.value.problems] == ["idempotencyKey"]


async def test_key_is_forgotten_after_a_day(practice: Practice, desk: StaffCaller, clock: FixedClock) -> None:
    contact, second = await practice.contact(), await practice.contact("Rosa", emails=("rosa@example.com",))
    await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    clock.advance(timedelta(hours=24))
    with pytest.raises(InvalidInput):
        await invite_contact(desk, second.id, practice.services, request_key=OTHER_BODY)
    clock.advance(timedelta(seconds=1))
    account = await invite_contact(desk, second.id, practice.services, request_key=OTHER_BODY)
    assert account.email == "rosa@example.com"


async def test_key_is_each_callers_own(practice: Practice, desk: StaffCaller) -> None:
    contact, second = await practice.contact(), await practice.contact("Rosa", emails=("rosa@example.com",))
    colleague = await practice.staff(Permission.WEB_PORTAL)
    first = await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    other = await invite_contact(colleague, second.id, practice.services, request_key=OTHER_BODY)
    assert first.id != other.id


async def test_refused_request_gives_its_key_back(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=())
    with pytest.raises(ContactHasNoEmail):
        await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    assert await RequestOnce.all().count() == 0
    await update_contact(practice.system, contact.id, ContactChanges(emails=["omar@example.com"]), practice.services)
    assert (await invite_contact(desk, contact.id, practice.services, request_key=KEY)).email == "omar@example.com"


async def test_twenty_at_once_with_one_key_answer_alike(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    answers = await asyncio.gather(
        *(invite_contact(desk, contact.id, practice.services, request_key=KEY) for _ in range(20))
    )
    assert len({answer.id for answer in answers}) == 1
    assert await Letter.all().count() == 1
    [kept] = await RequestOnce.all()
    assert kept.result_id == answers[0].id


async def test_key_opens_nothing_once_the_permission_is_gone(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await invite_contact(desk, contact.id, practice.services, request_key=KEY)
    without = StaffCaller(desk.organization_id, desk.staff_member_id, desk.session_id, frozenset())
    with pytest.raises(NotPermitted):
        await invite_contact(without, contact.id, practice.services, request_key=KEY)


async def test_stranger_who_verifies_meanwhile_is_not_taken_over(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    stranger = await self_registered(practice, "omar.reyes@example.com", verified=False)

    async def verify() -> None:
        await PortalAccount.filter(id=stranger.id).update(email_verified_at=clock.now())

    with pytest.raises(PortalAccountExists) as refusal:
        await overtaken(verify, invite_contact(desk, contact.id, practice.services))

    assert refusal.value.account_id == stranger.id
    account = await PortalAccount.get(id=stranger.id)
    assert (account.password_hash, account.registered_at) == (stranger.password_hash, stranger.registered_at)
    assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED


async def test_address_changed_meanwhile_is_the_one_invited(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("old@example.com",))
    changing = ContactChanges(emails=["new@example.com"])

    async def change() -> None:
        await update_contact(practice.system, contact.id, changing, practice.services)

    account = await overtaken(change, invite_contact(desk, contact.id, practice.services))
    assert account.email == "new@example.com"
    assert await state_of(contact) is PortalState.INVITED
