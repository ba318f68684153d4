"""The two persons of a transfer are two (product §6): the requester has not made the approver."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.factors.models import Totp
from clinic.factors.person import person_of
from clinic.organizations.models import Organization
from clinic.portal_access.actions import approve_transfer, request_transfer
from clinic.portal_access.errors import SecondPersonNeeded, WhyNotSecond
from clinic.portal_access.models import TransferRequest
from clinic.portal_access.status import PortalState
from clinic.records.models import Contact
from clinic.sessions.actions import open_staff_session
from clinic.staff.actions import create_staff_member, set_staff_permissions
from clinic.values.callers import Origin, Permission, StaffCaller
from tests.clinic.portal_access.journey import state_of
from tests.clinic.portal_access.ways import registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes

DECIDES = (Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS, Permission.VIEW_CONTACTS)


@pytest.fixture
async def contact(practice: Practice, mailbox: Mailbox) -> Contact:
    """A contact whose address is that of somebody else's account."""
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    await registered(practice, mailbox, holder)
    return await practice.contact(emails=("family@example.com",))


@pytest.fixture
async def asker(practice: Practice) -> StaffCaller:
    return await practice.staff(*EVERY_PERMISSION)


async def asked(practice: Practice, asker: StaffCaller, contact: Contact) -> TransferRequest:
    return await request_transfer(asker, contact.id, "showed her passport", practice.services)


async def granted(practice: Practice, by: StaffCaller, member: StaffCaller, *permissions: Permission) -> StaffCaller:
    await set_staff_permissions(by, member.staff_member_id, permissions, practice.services)
    return replace(member, permissions=frozenset(permissions))


async def refused(practice: Practice, decider: StaffCaller, transfer: TransferRequest) -> WhyNotSecond:
    async with nothing_changes():
        with pytest.raises(SecondPersonNeeded) as refusal:
            await approve_transfer(decider, transfer.id, practice.services)
    return WhyNotSecond(refusal.value.reason)


async def test_an_account_that_is_younger_than_the_request_does_not_approve(
    practice: Practice, contact: Contact, asker: StaffCaller, clock: FixedClock
) -> None:
    transfer = await asked(practice, asker, contact)
    clock.advance(timedelta(seconds=1))
    newcomer = await practice.staff(*DECIDES)
    assert await refused(practice, newcomer, transfer) is WhyNotSecond.ACCOUNT_TOO_NEW


async def test_whom_the_requester_created_does_not_approve(
    practice: Practice, contact: Contact, asker: StaffCaller
) -> None:
    """Whoever granted the permissions: the requester may know the first password."""
    created = await create_staff_member(
        asker, name="Ida", email="ida@practice.example", services=practice.services, password="ten blue whales sing"
    )
    now = practice.services.clock.now()
    session = await open_staff_session(practice.organization.id, created.id, Origin("127.0.0.1"), now)
    ida = StaffCaller(practice.organization.id, created.id, session.session_id, frozenset())
    ida = await granted(practice, await practice.staff(*EVERY_PERMISSION), ida, *DECIDES)
    transfer = await asked(practice, asker, contact)
    assert await refused(practice, ida, transfer) is WhyNotSecond.CREATED_BY_REQUESTER


@pytest.mark.parametrize("permission", DECIDES)
async def test_whom_the_requester_granted_one_of_the_permissions_does_not_approve(
    practice: Practice, contact: Contact, asker: StaffCaller, permission: Permission
) -> None:
    before, _ = await practice.signed_in(*(set(DECIDES) - {permission}), reads_contacts=False)
    decider = await granted(practice, asker, before, *DECIDES)
    # A later change by somebody else that leaves the permission as it was grants nothing.
    decider = await granted(practice, await practice.staff(*EVERY_PERMISSION), decider, *DECIDES, Permission.VIEW_AUDIT)
    transfer = await asked(practice, asker, contact)
    assert await refused(practice, decider, transfer) is WhyNotSecond.PERMISSION_FROM_REQUESTER


async def test_a_permission_that_somebody_else_took_and_granted_again_is_theirs(
    practice: Practice, contact: Contact, asker: StaffCaller
) -> None:
    manager = await practice.staff(*EVERY_PERMISSION)
    decider = await granted(practice, asker, await practice.staff(), *DECIDES)
    await granted(practice, manager, decider)
    decider = await granted(practice, manager, decider, *DECIDES)
    transfer = await asked(practice, asker, contact)
    await approve_transfer(decider, transfer.id, practice.services)
    assert await state_of(contact) is PortalState.LINKED


async def test_another_permission_from_the_requester_does_no_harm(
    practice: Practice, contact: Contact, asker: StaffCaller
) -> None:
    decider = await granted(practice, asker, await practice.staff(*DECIDES), *DECIDES, Permission.VIEW_AUDIT)
    transfer = await asked(practice, asker, contact)
    await approve_transfer(decider, transfer.id, practice.services)
    assert await state_of(contact) is PortalState.LINKED


async def test_where_the_practice_asks_for_a_second_factor_the_approver_has_one(
    practice: Practice, contact: Contact, asker: StaffCaller
) -> None:
    await Organization.filter(id=practice.organization.id).update(require_staff_second_factor=True)
    decider = await practice.staff(*DECIDES)
    transfer = await asked(practice, asker, contact)
    assert await refused(practice, decider, transfer) is WhyNotSecond.NO_SECOND_FACTOR
    now = practice.services.clock.now()
    await Totp.create(**person_of(decider).rows, created_at=now, secret_encrypted="-", last_step=0)
    await approve_transfer(decider, transfer.id, practice.services)
    assert await state_of(contact) is PortalState.LINKED
