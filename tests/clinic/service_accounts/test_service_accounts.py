"""A program's account: who adds and changes it, what it may do, and when it ends."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.service_accounts.access import Account
from clinic.service_accounts.actions import (
    OVERLAP,
    AccountChanges,
    AccountWithSecret,
    NewAccount,
    create_service_account,
    disable_service_account,
    update_service_account,
)
from clinic.service_accounts.models import ServiceAccount
from clinic.service_accounts.queries import service_accounts_of
from clinic.service_accounts.signing_in import sign_in_by_secret
from clinic.sessions.queries import caller_by_access_token
from clinic.staff.actions.create import create_staff_member
from clinic.staff.actions.disable import enable_staff_member
from clinic.staff.actions.permissions import set_staff_permissions
from clinic.staff.models import StaffMember
from clinic.staff.queries import colleagues
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, WrongCredentials
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import Practice, open_practice

INTEGRATIONS = Permission.MANAGE_INTEGRATIONS
BOTH = frozenset({Permission.VIEW_CONTACTS, Permission.MANAGE_CONTACTS})
ORIGIN = Origin(address="192.0.2.7")


async def made_by(manager: StaffCaller, practice: Practice, *permissions: Permission) -> AccountWithSecret:
    return await create_service_account(manager, NewAccount("EHR", frozenset(permissions)), practice.services)


async def caller_with(account: Account, secret: str | None, practice: Practice) -> StaffCaller:
    opened = await sign_in_by_secret(account.row.client_id, secret or "", ORIGIN, practice.services)
    assert opened.refresh_token is None
    caller = await caller_by_access_token(opened.access_token, ORIGIN, practice.services.clock.now())
    assert isinstance(caller, StaffCaller)
    return caller


async def test_a_program_signs_in_with_its_permissions_and_the_audit_names_it(practice: Practice) -> None:
    manager = await practice.staff(INTEGRATIONS, *BOTH)

    made = await made_by(manager, practice, *BOTH)
    caller = await caller_with(made.account, made.secret, practice)

    assert made.secret
    assert made.secret not in (await ServiceAccount.get(id=made.account.row.id)).secret_hash
    assert caller.permissions == BOTH
    assert (caller.organization_id, caller.staff_member_id) == (practice.organization.id, made.account.member.id)
    assert (await StaffMember.get(id=caller.staff_member_id)).name == "EHR"
    events = await AuditEvent.filter(subject_id=made.account.row.id).order_by("sequence")
    assert [event.action for event in events] == ["service_account.created", "service_account.signed_in"]


async def test_nobody_gives_a_program_more_than_they_have(practice: Practice) -> None:
    manager = await practice.staff(INTEGRATIONS)

    with pytest.raises(NotPermitted, match="MANAGE_CONTACTS"):
        await made_by(manager, practice, Permission.MANAGE_CONTACTS)
    assert not await ServiceAccount.all().exists()

    # A new secret is as good as every permission of the account.
    made = await made_by(await practice.staff(INTEGRATIONS, *BOTH), practice, *BOTH)
    with pytest.raises(NotPermitted, match="MANAGE_CONTACTS"):
        await update_service_account(manager, made.account.row.id, AccountChanges(new_secret=True), practice.services)
    await caller_with(made.account, made.secret, practice)


async def test_only_who_manages_integrations_and_signed_in_lately(practice: Practice, clock: FixedClock) -> None:
    with pytest.raises(NotPermitted, match="MANAGE_INTEGRATIONS"):
        await made_by(await practice.staff(Permission.MANAGE_STAFF), practice)
    manager = await practice.staff(INTEGRATIONS)
    made = await made_by(manager, practice)
    clock.advance(FRESH_FOR)
    with pytest.raises(FreshSignInNeeded):
        await made_by(manager, practice)
    with pytest.raises(FreshSignInNeeded):
        await update_service_account(manager, made.account.row.id, AccountChanges(name="New"), practice.services)
    assert await ServiceAccount.all().count() == 1


async def test_another_practice_finds_no_account(practice: Practice) -> None:
    made = await made_by(await practice.staff(INTEGRATIONS), practice)
    other = await open_practice(practice.services, slug="other")
    stranger = await other.staff(INTEGRATIONS)

    key: UUID
    for key in (made.account.row.id, uuid4()):
        with pytest.raises(NotFound):
            await update_service_account(stranger, key, AccountChanges(new_secret=True), practice.services)
        with pytest.raises(NotFound):
            await disable_service_account(stranger, key, practice.services)
    assert await service_accounts_of(stranger) == []


async def test_permissions_apply_to_tokens_that_are_out(practice: Practice, clock: FixedClock) -> None:
    manager = await practice.staff(INTEGRATIONS, *BOTH)
    made = await made_by(manager, practice, *BOTH)
    opened = await sign_in_by_secret(made.account.row.client_id, made.secret or "", ORIGIN, practice.services)

    await update_service_account(
        manager, made.account.row.id, AccountChanges(permissions=frozenset()), practice.services
    )

    caller = await caller_by_access_token(opened.access_token, ORIGIN, clock.now())
    assert isinstance(caller, StaffCaller)
    assert caller.permissions == frozenset()


async def test_disabling_ends_tokens_and_secrets_at_once(practice: Practice, clock: FixedClock) -> None:
    manager = await practice.staff(INTEGRATIONS)
    made = await made_by(manager, practice)
    opened = await sign_in_by_secret(made.account.row.client_id, made.secret or "", ORIGIN, practice.services)

    await disable_service_account(manager, made.account.row.id, practice.services)

    assert await caller_by_access_token(opened.access_token, ORIGIN, clock.now()) is None
    with pytest.raises(WrongCredentials):
        await caller_with(made.account, made.secret, practice)
    with pytest.raises(InvalidInput, match="SERVICE_ACCOUNT_DISABLED"):
        await update_service_account(manager, made.account.row.id, AccountChanges(new_secret=True), practice.services)


async def test_the_old_secret_works_for_a_day_or_ends_at_once(practice: Practice, clock: FixedClock) -> None:
    manager = await practice.staff(INTEGRATIONS)
    first = await made_by(manager, practice)
    key = first.account.row.id
    second = await update_service_account(manager, key, AccountChanges(new_secret=True), practice.services)
    await caller_with(first.account, first.secret, practice)
    await caller_with(first.account, second.secret, practice)
    with pytest.raises(InvalidInput, match="ROTATED_LATELY"):
        await update_service_account(manager, key, AccountChanges(new_secret=True), practice.services)

    third = await update_service_account(
        manager, key, AccountChanges(new_secret=True, end_old_now=True), practice.services
    )
    for ended in (first.secret, second.secret):
        with pytest.raises(WrongCredentials):
            await caller_with(first.account, ended, practice)

    fresh = await practice.staff(INTEGRATIONS)
    await update_service_account(fresh, key, AccountChanges(new_secret=True), practice.services)
    clock.advance(OVERLAP)
    with pytest.raises(WrongCredentials):
        await caller_with(first.account, third.secret, practice)


async def test_a_token_lives_minutes(practice: Practice, clock: FixedClock) -> None:
    made = await made_by(await practice.staff(INTEGRATIONS), practice)
    opened = await sign_in_by_secret(made.account.row.client_id, made.secret or "", ORIGIN, practice.services)

    clock.advance(timedelta(minutes=15))

    assert await caller_by_access_token(opened.access_token, ORIGIN, clock.now()) is None


async def test_a_program_is_no_colleague(practice: Practice) -> None:
    manager = await practice.staff(INTEGRATIONS, Permission.MANAGE_STAFF)
    made = await made_by(manager, practice)
    member_id = made.account.member.id

    assert member_id not in {member.id for member in await colleagues(manager)}
    with pytest.raises(NotFound):
        await set_staff_permissions(manager, member_id, Permission, practice.services)
    with pytest.raises(NotFound):
        await enable_staff_member(manager, member_id, practice.services)
    # Its name as an address leads nowhere.
    with pytest.raises(InvalidInput):
        await create_staff_member(manager, name="X", email=made.account.member.email_normal, services=practice.services)


@pytest.mark.parametrize("client_id", ["", "sa_", f"sa_{'0' * 32}", "sa_" + "\x00" * 32, "ß" * 500])
async def test_an_unknown_client_is_refused(practice: Practice, client_id: str) -> None:
    with pytest.raises(WrongCredentials):
        await sign_in_by_secret(client_id, "secret", ORIGIN, practice.services)
