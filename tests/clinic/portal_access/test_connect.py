"""Connecting one's records with PIN and date of birth: the same words for every miss, few tries, then a pause."""

import asyncio
from datetime import date, timedelta

import pytest

from clinic.portal_access.actions import connect_with_pin
from clinic.portal_access.errors import AlreadyLinked, IdentityNotConfirmed, InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed, LinkedHow, PortalAccount, PortalLink
from clinic.portal_access.queries import own_account
from clinic.portal_access.status import PortalState
from clinic.records.actions.archive import archive_contact
from clinic.records.models import Contact
from clinic.records.pin import renew_pin
from clinic.values.callers import Origin, PatientCaller
from clinic.values.errors import TooManyAttempts
from clinic.values.pin import grouped_pin
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import caller_of, verified
from tests.clinic.portal_access.journey import accept, invited, self_registered, state_of
from tests.clock import FixedClock
from tests.factories import BORN, Mailbox, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    """Somebody signed in who has nothing to see yet."""
    return caller_of(await verified(practice, mailbox))


def pin_of(practice: Practice, contact: Contact) -> str:
    return practice.services.secrets.decrypt(contact.pin_encrypted)


async def connect(practice: Practice, patient: PatientCaller, pin: str, born: date | None = BORN) -> PortalLink:
    return await connect_with_pin(patient, pin, born, practice.services)


async def someone(practice: Practice, number: int) -> PatientCaller:
    """Another signed-in person, at another network address."""
    account = await self_registered(practice, f"person{number}@example.com", verified=True)
    return PatientCaller(practice.organization.id, account.id, account.id, Origin(f"198.51.100.{number % 250}"))


async def test_pin_and_date_of_birth_connect(practice: Practice, patient: PatientCaller, clock: FixedClock) -> None:
    contact = await practice.contact()
    typed = grouped_pin(pin_of(practice, contact)).lower()
    link = await connect(practice, patient, f" {typed} ")
    assert (link.account_id, link.contact_id, link.linked_how) == (patient.account_id, contact.id, LinkedHow.PIN)
    assert (await PortalLink.get()).identity_confirmed_at == clock.now()
    assert await state_of(contact) is PortalState.LINKED
    assert (await own_account(patient)).contact_id == contact.id
    event = await AuditEvent.get(action="portal_account.linked")
    assert (event.subject_id, event.actor_kind, event.actor_id) == (patient.account_id, "patient", patient.account_id)


async def test_pin_of_an_archived_record_connects_nobody(practice: Practice, patient: PatientCaller) -> None:
    contact = await practice.contact()
    await archive_contact(practice.system, contact.id, practice.services)
    async with nothing_changes():
        with pytest.raises(IdentityNotConfirmed):
            await connect(practice, patient, pin_of(practice, contact))


@pytest.mark.parametrize("born", [None, BORN], ids=["none given", "any date"])
async def test_record_without_date_of_birth_is_proved_by_its_pin_alone(
    practice: Practice, patient: PatientCaller, born: date | None
) -> None:
    contact = await practice.contact(date_of_birth=None)
    await connect(practice, patient, pin_of(practice, contact), born)
    assert await state_of(contact) is PortalState.LINKED


async def test_every_miss_is_refused_in_the_same_words_and_changes_nothing(
    practice: Practice, other_practice: Practice, patient: PatientCaller, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    taken = await invited(practice, mailbox, await practice.contact("Luz", emails=("luz@example.com",)))
    await accept(practice, taken.token)
    elsewhere = await other_practice.contact("Elsa", emails=("elsa@example.com",))
    misses = [
        ("22222222", BORN),
        (pin_of(practice, contact), date(1980, 4, 5)),
        (pin_of(practice, contact), None),
        (pin_of(practice, taken.contact), BORN),
        (pin_of(practice, elsewhere), BORN),
    ]
    async with nothing_changes():
        for pin, born in misses:
            with pytest.raises(IdentityNotConfirmed) as refusal:
                await connect(practice, patient, pin, born)
            assert str(refusal.value) == "IDENTITY_NOT_CONFIRMED"


async def test_account_connects_to_one_record_only(practice: Practice, patient: PatientCaller) -> None:
    first = await practice.contact()
    second = await practice.contact("Luz", emails=())
    await connect(practice, patient, pin_of(practice, first))
    async with nothing_changes():
        with pytest.raises(AlreadyLinked):
            await connect(practice, patient, pin_of(practice, second))


async def test_invitation_nobody_used_gives_way_to_the_pin(
    practice: Practice, patient: PatientCaller, mailbox: Mailbox
) -> None:
    guest = await invited(practice, mailbox)
    await connect(practice, patient, pin_of(practice, guest.contact))
    assert await state_of(guest.contact) is PortalState.LINKED
    assert (await Invitation.get()).closed_why is InvitationClosed.WITHDRAWN
    assert (await PortalAccount.get(id=guest.account.id)).withdrawn_at is not None
    with pytest.raises(InvitationNotUsable):
        await accept(practice, guest.token)


async def test_sixth_try_of_an_account_in_an_hour_is_too_many(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    for number in range(5):
        with pytest.raises(IdentityNotConfirmed):
            await connect(practice, patient, f"2222222{number + 2}")
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await connect(practice, patient, pin_of(practice, contact))
    assert refusal.value.retry_after == timedelta(hours=1)
    clock.advance(timedelta(hours=1))
    await connect(practice, patient, pin_of(practice, contact))


async def test_record_closes_after_ten_wrong_dates_of_birth_by_anybody_and_says_nothing(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    contact = await practice.contact()
    pin = pin_of(practice, contact)
    for number in range(10):
        with pytest.raises(IdentityNotConfirmed):
            await connect(practice, await someone(practice, number), pin, date(1970, 1, 1 + number))
    async with nothing_changes():
        with pytest.raises(IdentityNotConfirmed):
            await connect(practice, patient, pin)
    clock.advance(timedelta(hours=24))
    await connect(practice, patient, pin)


async def test_one_place_may_not_guess_without_end(practice: Practice, patient: PatientCaller) -> None:
    account = await self_registered(practice, "eve@example.com", verified=True)
    guessers = [await self_registered(practice, f"eve{number}@example.com", verified=True) for number in range(6)]
    origin = Origin("198.51.100.9")
    for guesser in guessers:
        for number in range(5):
            eve = PatientCaller(practice.organization.id, guesser.id, guesser.id, origin)
            with pytest.raises(IdentityNotConfirmed):
                await connect(practice, eve, f"3333333{number + 2}")
    with pytest.raises(TooManyAttempts):
        await connect(practice, PatientCaller(practice.organization.id, account.id, account.id, origin), "22222222")
    # Somebody else, born on another day than the one that was tried, and somewhere else.
    contact = await practice.contact(date_of_birth=date(1951, 1, 1))
    await connect(practice, patient, pin_of(practice, contact), date(1951, 1, 1))


async def test_renewed_pin_counts_and_the_old_one_does_not(practice: Practice, patient: PatientCaller) -> None:
    contact = await practice.contact()
    old = pin_of(practice, contact)
    renew_pin(contact, practice.services)
    await contact.save(update_fields=["pin_encrypted", "pin_hash"])
    with pytest.raises(IdentityNotConfirmed):
        await connect(practice, patient, old)
    await connect(practice, patient, pin_of(practice, contact))


async def test_of_two_people_with_one_sheet_one_connects(practice: Practice) -> None:
    contact = await practice.contact()
    people = [await someone(practice, number) for number in range(4)]
    answers = await asyncio.gather(
        *(connect(practice, one, pin_of(practice, contact)) for one in people), return_exceptions=True
    )
    assert sum(isinstance(answer, PortalLink) for answer in answers) == 1
    assert {type(answer) for answer in answers} == {PortalLink, IdentityNotConfirmed}
    assert await PortalLink.filter(unlinked_at=None).count() == 1
