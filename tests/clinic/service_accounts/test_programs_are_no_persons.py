"""What no program does, by itself or for somebody: be a second person, prove itself anew, or manage people."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from clinic.charts.actions import approve_merge, decline_merge, request_merge, withdraw_merge
from clinic.portal_access.actions import (
    approve_transfer,
    decline_transfer,
    request_transfer,
    withdraw_transfer,
)
from clinic.portal_access.errors import NotYourRequest, SecondPersonNeeded, WhyNotSecond
from clinic.portal_access.models import TransferRequest
from clinic.records.actions.views import record_views
from clinic.records.models import Contact
from clinic.service_accounts.actions import (
    AccountChanges,
    NewAccount,
    create_service_account,
    disable_service_account,
    update_service_account,
)
from clinic.service_accounts.signing_in import sign_in_by_secret
from clinic.sessions.actions import MOST_SESSIONS, end_own_session, open_program_session, open_staff_session
from clinic.sessions.queries import active_sessions_of, caller_by_access_token, member_known_from
from clinic.staff.actions import change_staff_password
from clinic.staff.models import StaffMember
from clinic.throttling.throttle import MACHINE_PER_ADDRESS, MACHINE_PER_CLIENT
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.errors import (
    FreshSignInNeeded,
    InvalidInput,
    NotFound,
    TooManyAttempts,
    WrongCredentials,
)
from clinic.values.passwords import hash_password
from clinic.work.fresh_sign_in import mark_fresh, require_fresh
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.ways import registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.programs import ORIGIN, acting_for, add_program, caller_of, program_of

DECIDES = (Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS, Permission.VIEW_CONTACTS)
Actor = Callable[[Practice], Awaitable[StaffCaller]]


@pytest.fixture
async def contact(practice: Practice, mailbox: Mailbox) -> Contact:
    """A contact whose address is that of somebody else's account."""
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    await registered(practice, mailbox, holder)
    return await practice.contact(emails=("family@example.com",))


async def by_itself(practice: Practice) -> StaffCaller:
    return await program_of(practice, *DECIDES)


async def for_somebody(practice: Practice) -> StaffCaller:
    return await acting_for(practice, await practice.staff(*EVERY_PERMISSION), *DECIDES)


BOTH_WAYS = pytest.mark.parametrize("actor", [by_itself, for_somebody])


@BOTH_WAYS
async def test_a_program_neither_asks_for_a_transfer_nor_decides(
    practice: Practice, contact: Contact, actor: Actor
) -> None:
    program = await actor(practice)
    transfer = await request_transfer(await practice.staff(*DECIDES), contact.id, "passport", practice.services)
    services = practice.services

    async with nothing_changes():
        for act in (
            request_transfer(program, contact.id, "passport", services),
            approve_transfer(program, transfer.id, services),
            decline_transfer(program, transfer.id, services),
        ):
            with pytest.raises(SecondPersonNeeded) as refusal:
                await act
            assert refusal.value.reason == WhyNotSecond.IS_PROGRAM
        with pytest.raises(NotYourRequest):
            await withdraw_transfer(program, transfer.id, services)


@BOTH_WAYS
async def test_a_program_neither_asks_for_a_merge_nor_decides(practice: Practice, actor: Actor) -> None:
    program = await actor(practice)
    services = practice.services
    kept, duplicate = await practice.contact("Ines"), await practice.contact("Inez")
    merge = await request_merge(await practice.staff(*DECIDES), kept.id, duplicate.id, "one person", services)

    async with nothing_changes():
        for act in (
            request_merge(program, duplicate.id, kept.id, "one person", services),
            approve_merge(program, merge.id, services),
            decline_merge(program, merge.id, services),
        ):
            with pytest.raises(SecondPersonNeeded) as refusal:
                await act
            assert refusal.value.reason == WhyNotSecond.IS_PROGRAM
        with pytest.raises(NotYourRequest):
            await withdraw_merge(program, merge.id, services)


async def test_what_a_program_asked_for_is_never_approved(practice: Practice, contact: Contact) -> None:
    program = await program_of(practice, *DECIDES)
    transfer = await request_transfer(await practice.staff(*DECIDES), contact.id, "passport", practice.services)
    await TransferRequest.filter(id=transfer.id).update(asked_by_id=program.staff_member_id)
    decider = await practice.staff(*DECIDES)

    async with nothing_changes():
        with pytest.raises(SecondPersonNeeded) as refusal:
            await approve_transfer(decider, transfer.id, practice.services)
    assert refusal.value.reason == WhyNotSecond.REQUESTED_BY_PROGRAM
    await decline_transfer(decider, transfer.id, practice.services)


async def test_a_request_that_a_person_made_is_not_withdrawn_for_them(practice: Practice, contact: Contact) -> None:
    person = await practice.staff(*DECIDES)
    transfer = await request_transfer(person, contact.id, "passport", practice.services)
    program = await acting_for(practice, person, *DECIDES)

    with pytest.raises(NotYourRequest):
        await withdraw_transfer(program, transfer.id, practice.services)
    assert (await TransferRequest.get(id=transfer.id)).decided_at is None


@pytest.mark.parametrize("permission", [Permission.MANAGE_STAFF, Permission.MANAGE_INTEGRATIONS])
async def test_no_program_manages_people_or_programs(practice: Practice, permission: Permission) -> None:
    manager = await practice.staff(*EVERY_PERMISSION, Permission.MANAGE_INTEGRATIONS)
    account, _ = await add_program(practice, Permission.VIEW_CONTACTS)
    changes = AccountChanges(permissions=frozenset({permission}))
    async with nothing_changes():
        for act in (
            create_service_account(manager, NewAccount("EHR", frozenset({permission})), practice.services),
            update_service_account(manager, account.row.id, changes, practice.services),
        ):
            with pytest.raises(InvalidInput) as refusal:
                await act
            [problem] = refusal.value.problems
            assert (problem.path, problem.values) == ("permissions", {"permission": permission.value})
    # Whatever our code may do one day.
    with pytest.raises(IntegrityError, match="program_manages_nobody"):
        await StaffMember.filter(id=account.member.id).update(permissions=permission.value)


async def test_a_program_for_somebody_has_what_both_have(practice: Practice, clock: FixedClock) -> None:
    person = await practice.staff(*EVERY_PERMISSION, Permission.MANAGE_INTEGRATIONS)
    program = await acting_for(practice, person, Permission.VIEW_AUDIT, Permission.VIEW_CONTACTS)
    assert program.permissions == {Permission.VIEW_AUDIT, Permission.VIEW_CONTACTS}
    assert program.staff_member_id == person.staff_member_id
    little = await acting_for(practice, await practice.staff(), *DECIDES)
    assert little.permissions == {Permission.VIEW_CONTACTS}


@BOTH_WAYS
async def test_a_program_never_signs_in_freshly(practice: Practice, actor: Actor, clock: FixedClock) -> None:
    program = await actor(practice)
    with pytest.raises(FreshSignInNeeded):
        await require_fresh(program, clock.now())
    await mark_fresh(program, clock.now())
    with pytest.raises(FreshSignInNeeded):
        await require_fresh(program, clock.now())
    right = await hash_password("the right passphrase of old")
    await StaffMember.filter(id=program.staff_member_id).update(password_hash=right)
    with pytest.raises(WrongCredentials):
        await change_staff_password(
            program, "the right passphrase of old", "vivid-otter-plinth-93-mango", practice.services
        )


async def test_disabling_a_program_is_a_sensitive_act(practice: Practice, clock: FixedClock) -> None:
    manager = await practice.staff(Permission.MANAGE_INTEGRATIONS)
    account, _ = await add_program(practice)
    clock.advance(timedelta(minutes=15))
    async with nothing_changes():
        with pytest.raises(FreshSignInNeeded):
            await disable_service_account(manager, account.row.id, practice.services)


async def test_no_number_of_tokens_cuts_off_another(practice: Practice, clock: FixedClock) -> None:
    account, secret = await add_program(practice)
    person = await practice.staff()
    member = await StaffMember.get(id=person.staff_member_id)
    own = await open_staff_session(practice.organization.id, member.id, ORIGIN, clock.now())
    first = await sign_in_by_secret(account.row.client_id, secret, ORIGIN, practice.services)
    for _ in range(MOST_SESSIONS + 1):
        clock.advance(timedelta(seconds=1))
        await sign_in_by_secret(account.row.client_id, secret, ORIGIN, practice.services)
        await acting_for_again(practice, account.member, member, clock)

    assert await caller_of(practice, first.access_token)
    assert await caller_of(practice, own.access_token)


async def acting_for_again(practice: Practice, program: StaffMember, member: StaffMember, clock: FixedClock) -> None:

    await open_program_session(program, member, timedelta(minutes=5), ORIGIN, clock.now())


async def test_failures_alone_are_counted_and_only_for_their_network(practice: Practice) -> None:
    account, secret = await add_program(practice)
    for _ in range(MACHINE_PER_CLIENT.limit + 1):
        await sign_in_by_secret(account.row.client_id, secret, Origin("2001:db8::1"), practice.services)
    for place in range(MACHINE_PER_CLIENT.limit):
        with pytest.raises(WrongCredentials):
            # One customer has all addresses of such a network.
            await sign_in_by_secret(account.row.client_id, "x", Origin(f"2001:db8::{place:x}"), practice.services)
    with pytest.raises(TooManyAttempts):
        await sign_in_by_secret(account.row.client_id, secret, Origin("2001:db8::ffff"), practice.services)
    await sign_in_by_secret(account.row.client_id, secret, Origin("2001:db8:1::1"), practice.services)


async def test_an_unknown_address_is_not_one_network_for_everybody(practice: Practice) -> None:
    account, secret = await add_program(practice)
    for _ in range(MACHINE_PER_ADDRESS.limit + 1):
        with pytest.raises(WrongCredentials):
            await sign_in_by_secret("sa_unknown", "x", Origin(), practice.services)
    await sign_in_by_secret(account.row.client_id, secret, Origin(), practice.services)


async def test_the_audit_names_the_person_and_the_program(practice: Practice, contact: Contact) -> None:
    person = await practice.staff(*DECIDES)
    program = await acting_for(practice, person, *DECIDES)

    await record_views(person, [contact.id], practice.services)
    await record_views(program, [contact.id], practice.services)
    await record_views(program, [contact.id], practice.services)

    events = await AuditEvent.filter(subject_id=contact.id, action="contact.viewed").order_by("sequence")
    assert [event.actor_id for event in events] == [person.staff_member_id] * 2
    assert program.program_id is not None
    assert [event.details for event in events] == ["{}", f'{{"via": "{program.program_id}"}}']


async def test_a_program_sees_and_ends_no_session_of_the_person(practice: Practice) -> None:
    person = await practice.staff(*DECIDES)
    program = await acting_for(practice, person, *DECIDES)

    assert [view.id for view in await active_sessions_of(program, practice.services)] == [program.session_id]
    assert len(await active_sessions_of(person, practice.services)) == 2
    with pytest.raises(NotFound):
        await end_own_session(program, person.session_id, practice.services)
    await end_own_session(person, program.session_id, practice.services)
    assert [view.id for view in await active_sessions_of(person, practice.services)] == [person.session_id]


async def test_where_a_program_is_the_person_is_not_known(practice: Practice, clock: FixedClock) -> None:
    person = await practice.staff()
    await acting_for(practice, person)
    member = await StaffMember.get(id=person.staff_member_id)
    assert not await member_known_from(member, ORIGIN.address, clock.now())
    assert await member_known_from(member, "127.0.0.1", clock.now())


@pytest.mark.parametrize("ended", ["person", "program"])
async def test_a_token_for_somebody_ends_with_either(practice: Practice, clock: FixedClock, ended: str) -> None:
    person = await practice.staff(*DECIDES)
    account, _ = await add_program(practice, *DECIDES)

    member = await StaffMember.get(id=person.staff_member_id)
    opened = await open_program_session(account.member, member, timedelta(minutes=5), ORIGIN, clock.now())
    assert opened.refresh_token is None
    assert await caller_of(practice, opened.access_token)

    key: UUID = member.id if ended == "person" else account.member.id
    await StaffMember.filter(id=key).update(disabled_at=clock.now())
    assert await caller_by_access_token(opened.access_token, ORIGIN, clock.now()) is None
