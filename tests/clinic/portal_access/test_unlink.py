"""Ending a link: access is over at the next request, with all that came of it (product §2, Unlink)."""

import asyncio
from collections import Counter

import pytest

from clinic.portal_access.account_tokens import issue_token
from clinic.portal_access.actions import unlink_account
from clinic.portal_access.errors import InvitationNotUsable, NotLinked
from clinic.portal_access.models import AccountToken, Invitation, PortalAccount, PortalLink, TokenPurpose
from clinic.portal_access.queries import sheet_to_render
from clinic.portal_access.status import PortalState
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.work.unit_of_work import unit_of_work
from tests.clinic.portal_access.journey import BORN_THEN, accept, invited, state_of
from tests.clinic.portal_access.ways import account_now, desk_of, events, opens, pin_of, printed_token, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


async def test_link_sessions_and_pin_end_together(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact, signed_in = await registered(practice, mailbox)
    old_pin = await pin_of(practice, contact)
    assert await opens(practice, signed_in)

    await unlink_account(desk, contact.id, "  moved away ", practice.services)

    [link] = await PortalLink.all()
    assert (link.unlinked_at, link.unlinked_by_id, link.unlink_reason) == (
        clock.now(),
        desk.staff_member_id,
        "moved away",
    )
    assert not await opens(practice, signed_in)
    assert await pin_of(practice, contact) != old_pin
    account = await account_now(signed_in.account)
    assert (account.withdrawn_at, account.password_hash) == (None, signed_in.account.password_hash)
    assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED
    [event] = await events("portal_account.unlinked")
    assert (event["actor"], event["subject"], event["reason"]) == (desk.staff_member_id, account.id, "moved away")


async def test_addresses_of_printed_sheets_open_nothing_any_more(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact, _ = await registered(practice, mailbox)
    other = await practice.contact("Rosa", emails=())
    sheet, others_sheet = await printed_token(practice, desk, contact), await printed_token(practice, desk, other)
    assert await sheet_to_render(sheet, practice.services)

    await unlink_account(desk, contact.id, "moved away", practice.services)

    assert await sheet_to_render(sheet, practice.services) is None
    assert await sheet_to_render(others_sheet, practice.services)


async def test_mailed_links_that_let_in_are_closed_and_the_objection_stays_open(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact, signed_in = await registered(practice, mailbox)
    async with unit_of_work(practice.system, practice.services) as work:
        for purpose in TokenPurpose:
            await issue_token(signed_in.account, purpose, work, practice.services)

    await unlink_account(desk, contact.id, "moved away", practice.services)

    still_open = await AccountToken.filter(closed_at=None)
    assert [token.purpose for token in still_open] == [TokenPurpose.KEEP_EMAIL]


async def test_an_account_nobody_registered_is_withdrawn_with_its_letter(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)

    await unlink_account(desk, there.contact.id, "wrong person", practice.services)

    assert await state_of(there.contact) is PortalState.NO_ACCOUNT
    assert (await account_now(there.account)).withdrawn_at is not None
    assert (await PortalLink.get(account_id=there.account.id)).unlinked_by_id == desk.staff_member_id
    with pytest.raises(InvitationNotUsable) as refusal:
        await accept(practice, there.token)
    assert refusal.value.reason == "REVOKED"
    assert (await PortalAccount.get(id=there.account.id)).registered_at is None


async def test_done_again_there_is_no_link_and_nothing_changes(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact, _ = await registered(practice, mailbox)
    await unlink_account(desk, contact.id, "moved away", practice.services)
    never = await practice.contact("Rosa", emails=())
    async with nothing_changes():
        for without in (contact, never):
            with pytest.raises(NotLinked):
                await unlink_account(desk, without.id, "moved away", practice.services)


async def test_twenty_at_once_end_it_once(practice: Practice, desk: StaffCaller, mailbox: Mailbox) -> None:
    contact, _ = await registered(practice, mailbox)

    answers = await asyncio.gather(
        *(unlink_account(desk, contact.id, "moved away", practice.services) for _ in range(20)),
        return_exceptions=True,
    )

    assert Counter(type(answer) for answer in answers) == {PortalAccount: 1, NotLinked: 19}
    assert len(await events("portal_account.unlinked")) == 1
    assert len(await events("portal_pin.renewed")) == 1


async def test_registering_and_unlinking_at_once_never_leaves_a_session_behind(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    for number in range(4):
        contact = await practice.contact(emails=(f"omar{number}@example.com",))
        there = await invited(practice, mailbox, contact)
        entering = accept(practice, there.token)
        leaving = unlink_account(desk, contact.id, "wrong person", practice.services)
        answers = await asyncio.gather(entering, leaving, return_exceptions=True)
        assert isinstance(answers[1], PortalAccount)
        if isinstance(answers[0], InvitationNotUsable):
            assert await state_of(contact) is PortalState.NO_ACCOUNT
        else:
            assert not isinstance(answers[0], BaseException)
            assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED
            assert not await opens(practice, answers[0])


@pytest.mark.parametrize("reason", ["", "   ", "two\nlines", "x" * 201])
async def test_a_reason_is_needed_in_one_line(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, reason: str
) -> None:
    contact, _ = await registered(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await unlink_account(desk, contact.id, reason, practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["reason"]


async def test_without_web_portal_or_from_another_organization_nothing_happens(
    practice: Practice, other_practice: Practice, mailbox: Mailbox
) -> None:
    contact, signed_in = await registered(practice, mailbox)
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await unlink_account(staff, contact.id, "moved away", practice.services)
        with pytest.raises(NotFound):
            await unlink_account(stranger, contact.id, "moved away", practice.services)
    assert await opens(practice, signed_in)


async def test_the_used_invitation_does_not_come_back_to_life(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)
    await accept(practice, there.token)
    await unlink_account(desk, there.contact.id, "moved away", practice.services)
    with pytest.raises(InvitationNotUsable) as refusal:
        await accept(practice, there.token, BORN_THEN)
    assert refusal.value.reason == "USED"
    assert await Invitation.filter(closed_at=None).count() == 0
