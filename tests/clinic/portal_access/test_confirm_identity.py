"""After staff linked an account: who it is must be confirmed once before anything is shown."""

from datetime import date, timedelta

import pytest

from clinic.portal_access.actions import confirm_identity
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import IdentityNotConfirmed, NotLinked
from clinic.portal_access.models import LinkedHow, PortalLink
from clinic.portal_access.queries import IdentityProof, own_account
from clinic.records.models import Contact
from clinic.values.callers import PatientCaller
from clinic.values.errors import TooManyAttempts
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import caller_of, verified
from tests.clock import FixedClock
from tests.factories import BORN, Mailbox, Practice
from tests.factories.contents import nothing_changes

WRONG = IdentityClaim(date_of_birth=date(1980, 4, 5))
RIGHT = IdentityClaim(date_of_birth=BORN)


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    return caller_of(await verified(practice, mailbox))


async def linked_by_staff(practice: Practice, patient: PatientCaller, contact: Contact) -> PortalLink:
    """What staff's linking leaves behind."""
    return await PortalLink.create(
        organization_id=practice.organization.id,
        account_id=patient.account_id,
        contact_id=contact.id,
        email="ana.silva@example.com",
        linked_at=practice.services.clock.now(),
        linked_how=LinkedHow.STAFF,
    )


async def test_date_of_birth_opens_the_record_once_and_for_all(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    link = await linked_by_staff(practice, patient, contact)
    before = await own_account(patient)
    assert (before.linked, before.must_confirm_by, before.contact_id) == (True, IdentityProof.DATE_OF_BIRTH, None)
    await confirm_identity(patient, RIGHT, practice.services)
    assert (await PortalLink.get(id=link.id)).identity_confirmed_at == clock.now()
    after = await own_account(patient)
    assert (after.must_confirm_by, after.contact_id) == (None, contact.id)
    event = await AuditEvent.get(action="portal_account.identity_confirmed")
    assert (event.subject_id, event.actor_id) == (link.id, patient.account_id)
    async with nothing_changes():
        await confirm_identity(patient, WRONG, practice.services)


async def test_pin_is_asked_where_the_record_has_no_date_of_birth(practice: Practice, patient: PatientCaller) -> None:
    contact = await practice.contact(date_of_birth=None)
    await linked_by_staff(practice, patient, contact)
    assert (await own_account(patient)).must_confirm_by is IdentityProof.PIN
    with pytest.raises(IdentityNotConfirmed):
        await confirm_identity(patient, RIGHT, practice.services)
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    await confirm_identity(patient, IdentityClaim(pin=pin), practice.services)
    assert (await own_account(patient)).contact_id == contact.id


async def test_wrong_answers_are_few_and_then_the_right_one_waits_too(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    await linked_by_staff(practice, patient, await practice.contact())
    async with nothing_changes():
        for _ in range(5):
            with pytest.raises(IdentityNotConfirmed):
                await confirm_identity(patient, WRONG, practice.services)
        with pytest.raises(TooManyAttempts):
            await confirm_identity(patient, RIGHT, practice.services)
    clock.advance(timedelta(minutes=30))
    await confirm_identity(patient, RIGHT, practice.services)


async def test_linking_anew_does_not_give_ten_more_tries(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    for _ in range(2):
        link = await linked_by_staff(practice, patient, contact)
        for _ in range(5):
            with pytest.raises(IdentityNotConfirmed):
                await confirm_identity(patient, WRONG, practice.services)
        await PortalLink.filter(id=link.id).update(unlinked_at=clock.now())
    await linked_by_staff(practice, patient, contact)
    with pytest.raises(TooManyAttempts):
        await confirm_identity(patient, RIGHT, practice.services)


async def test_without_a_link_there_is_nothing_to_confirm(practice: Practice, patient: PatientCaller) -> None:
    async with nothing_changes():
        with pytest.raises(NotLinked):
            await confirm_identity(patient, RIGHT, practice.services)
    assert (await own_account(patient)).linked is False
