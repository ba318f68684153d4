"""Closing an account to its person, and opening it again."""

from uuid import uuid4

import pytest

from clinic.charts.contact_rows import viewer_of
from clinic.portal_access.actions import DisableReason, disable_account, enable_account, sign_in_patient
from clinic.portal_access.facts import status_facts
from clinic.portal_access.status import PortalAction, PortalState, portal_status
from clinic.sessions.models import SessionKind
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted, WrongCredentials
from tests.clinic.portal_access.journey import invited, state_of
from tests.clinic.portal_access.ways import account_now, desk_of, events, opens, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await desk_of(practice)


@pytest.mark.parametrize(
    ("reason", "note", "shown"),
    [
        (DisableReason.DECEASED, "", "deceased"),
        (DisableReason.DISCHARGED, "", "discharged"),
        (DisableReason.REQUESTED, " by phone ", "requested: by phone"),
        (DisableReason.OTHER, "a custody dispute", "other: a custody dispute"),
    ],
)
async def test_sessions_end_at_once_and_the_state_says_why(
    practice: Practice,
    desk: StaffCaller,
    mailbox: Mailbox,
    clock: FixedClock,
    reason: DisableReason,
    note: str,
    shown: str,
) -> None:
    contact, signed_in = await registered(practice, mailbox)

    account = await disable_account(desk, signed_in.account.id, reason, practice.services, note=note)

    assert (account.disabled_at, account.disabled_reason) == (clock.now(), shown)
    assert not await opens(practice, signed_in)
    with pytest.raises(WrongCredentials):
        await sign_in_patient(practice.anonymous, account.email, PASSWORD, practice.services, kind=SessionKind.BROWSER)
    facts = (await status_facts([contact.id]))[contact.id]
    status = portal_status(facts, viewer_of(desk, clock.now()))
    assert status.state is PortalState.LINKED
    assert status.summary.endswith(f" Disabled: {shown}.")
    assert PortalAction.ENABLE_ACCOUNT in status.also_allowed
    assert PortalAction.DISABLE_ACCOUNT not in status.also_allowed
    [event] = await events("portal_account.disabled")
    assert (event["actor"], event["reason"]) == (desk.staff_member_id, shown)


async def test_enabled_again_the_person_signs_in_and_old_sessions_stay_ended(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact, signed_in = await registered(practice, mailbox)
    await disable_account(desk, signed_in.account.id, DisableReason.REQUESTED, practice.services)

    account = await enable_account(desk, signed_in.account.id, "asked to come back", practice.services)

    assert (account.disabled_at, account.disabled_reason) == (None, "")
    assert not await opens(practice, signed_in)
    again = await sign_in_patient(practice.anonymous, account.email, PASSWORD, practice.services, kind=SessionKind.API)
    assert await opens(practice, again)
    assert await state_of(contact) is PortalState.LINKED


async def test_done_again_nothing_changes_but_a_newer_reason_counts(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    _, signed_in = await registered(practice, mailbox)
    account_id = signed_in.account.id
    first = await disable_account(desk, account_id, DisableReason.REQUESTED, practice.services)
    async with nothing_changes():
        await disable_account(desk, account_id, DisableReason.REQUESTED, practice.services)
    newer = await disable_account(desk, account_id, DisableReason.DECEASED, practice.services)
    assert (newer.disabled_at, newer.disabled_reason) == (first.disabled_at, "deceased")
    await enable_account(desk, account_id, "a mistake", practice.services)
    async with nothing_changes():
        await enable_account(desk, account_id, "a mistake", practice.services)


async def test_an_account_nobody_registered_is_for_revoking(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    there = await invited(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await disable_account(desk, there.account.id, DisableReason.DECEASED, practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["accountId"]


async def test_refused_nothing_changes(
    practice: Practice, other_practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    _, signed_in = await registered(practice, mailbox)
    account_id = signed_in.account.id
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.WEB_PORTAL}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        for caller, target, expected in [
            (staff, account_id, NotPermitted),
            (stranger, account_id, NotFound),
            (desk, uuid4(), NotFound),
            (desk, None, NotFound),
        ]:
            with pytest.raises(expected):
                await disable_account(caller, target, DisableReason.DECEASED, practice.services)
            with pytest.raises(expected):
                await enable_account(caller, target, "a mistake", practice.services)
        with pytest.raises(InvalidInput):
            await disable_account(desk, account_id, DisableReason.OTHER, practice.services)
    assert (await account_now(signed_in.account)).disabled_at is None
    assert await opens(practice, signed_in)
