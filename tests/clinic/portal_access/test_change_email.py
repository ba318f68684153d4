"""Another address for an account: confirmed at the new one, told to the old one, which may object for 72 hours."""

from datetime import timedelta

import pytest

from clinic.charts.contacts import contacts_by_id
from clinic.mail.models import Letter
from clinic.portal_access.actions import (
    confirm_identity,
    connect_with_pin,
    keep_email,
    request_email_change,
    request_password_reset,
    sign_in_patient,
)
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import LinkNotUsable, PasswordNeeded
from clinic.portal_access.models import AccountToken, PortalAccount, PortalLink, TokenPurpose
from clinic.records.models import ContactEmail
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import PatientCaller
from clinic.values.errors import InvalidInput, TooManyAttempts, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import (
    BROWSER,
    EMAIL,
    account_at,
    caller_of,
    confirm,
    register,
    room_in,
    sent_to,
    verified,
)
from tests.clinic.portal_access.journey import deliver, invited
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

NEW = "ana.new@example.com"
KIND = SessionKind.BROWSER


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    return caller_of(await verified(practice, mailbox))


async def ask(practice: Practice, patient: PatientCaller, new: str = NEW, password: str = PASSWORD) -> None:
    await request_email_change(patient, password, new, practice.services, browser_token=BROWSER)


async def letters(practice: Practice, mailbox: Mailbox) -> tuple[str, str]:
    """Deliver; the tokens of the letter to the new address and of the one to the old."""
    await deliver(practice)
    tokens = dict(room_in(letter) for letter in mailbox.letters[-2:])
    return tokens["verify"], tokens["keep"]


async def keep(practice: Practice, token: str) -> None:
    await keep_email(practice.anonymous, token, practice.services)


async def test_change_takes_effect_when_confirmed_and_keeps_link_and_record(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    contact = await practice.contact(emails=(EMAIL,))
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    link = await connect_with_pin(patient, pin, BORN, practice.services)
    await ask(practice, patient, "Ana.New@example.com")
    assert (await account_at(practice)).id == patient.account_id
    confirming, _ = await letters(practice, mailbox)
    assert sorted(sent_to(mailbox)[-2:]) == [("Ana.New@example.com", "verify"), (EMAIL, "keep")]
    signed_in = await confirm(practice, confirming)
    account = await account_at(practice, NEW)
    assert (account.id, account.email) == (patient.account_id, "Ana.New@example.com")
    assert (await PortalLink.get(unlinked_at=None)).id == link.id
    assert (await ContactEmail.get()).address == EMAIL
    alive = [session.id for session in await PatientSession.filter(ended_at=None)]
    assert alive == [signed_in.session.session_id]
    with pytest.raises(WrongCredentials):
        await sign_in_patient(practice.anonymous, EMAIL, PASSWORD, practice.services, kind=KIND)
    await sign_in_patient(practice.anonymous, NEW, PASSWORD, practice.services, kind=KIND)
    assert (await AuditEvent.get(action="portal_account.email_changed")).subject_id == account.id


async def test_reader_of_a_mistyped_address_cannot_take_the_account(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await ask(practice, patient)
    confirming, _ = await letters(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(PasswordNeeded):
            await confirm(practice, confirming, browser="a-stranger's")
        with pytest.raises(WrongCredentials):
            await confirm(practice, confirming, browser=None, password="a stranger's guess")
        with pytest.raises(PasswordNeeded):
            await confirm(practice, confirming, browser=None, new_password="eleven brass lanterns hum")
    await confirm(practice, confirming, browser=None, password=PASSWORD)
    assert (await account_at(practice, NEW)).id == patient.account_id


async def test_wrong_password_asks_for_nothing(practice: Practice, patient: PatientCaller) -> None:
    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await ask(practice, patient, password="not the right password")


@pytest.mark.parametrize("new", ["ana", "ANA.silva@example.com"])
async def test_what_cannot_be_the_new_address_is_said_so(practice: Practice, patient: PatientCaller, new: str) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await ask(practice, patient, new)
    assert [problem.path for problem in refusal.value.problems] == ["newEmail"]


async def test_address_of_another_account_is_answered_alike_and_told_to_its_owner(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await verified(practice, mailbox, NEW)
    await ask(practice, patient)
    await deliver(practice)
    assert sorted(sent_to(mailbox)[-2:]) == [(NEW, "forgot"), (EMAIL, "keep")]
    assert await AccountToken.filter(purpose=TokenPurpose.CONFIRM_NEW_EMAIL).count() == 0


async def test_address_of_an_invited_person_is_answered_alike_without_a_letter_to_it(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    guest = await invited(practice, mailbox)
    await ask(practice, patient, guest.account.email)
    await deliver(practice)
    assert sent_to(mailbox)[-1] == (EMAIL, "keep")
    assert await AccountToken.filter(purpose=TokenPurpose.CONFIRM_NEW_EMAIL).count() == 0


async def test_address_taken_before_the_button_was_pressed_stays_its_owners(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await ask(practice, patient)
    confirming, _ = await letters(practice, mailbox)
    await invited(practice, mailbox, await practice.contact(emails=(NEW,)))
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await confirm(practice, confirming)
    assert refusal.value.reason == "WITHDRAWN"


async def test_unverified_account_at_the_new_address_gives_way(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await register(practice, NEW)
    squatter = await account_at(practice, NEW)
    await ask(practice, patient)
    confirming, _ = await letters(practice, mailbox)
    await confirm(practice, confirming)
    assert (await account_at(practice, NEW)).id == patient.account_id
    assert (await PortalAccount.get(id=squatter.id)).withdrawn_at is not None


async def test_objection_before_the_change_withdraws_it_and_shuts_the_asker_out(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    await keep(practice, keeping)
    with pytest.raises(LinkNotUsable) as refusal:
        await confirm(practice, confirming)
    assert refusal.value.reason == "WITHDRAWN"
    assert (await account_at(practice)).id == patient.account_id
    assert await PatientSession.filter(ended_at=None).count() == 0
    with pytest.raises(WrongCredentials):
        await sign_in_patient(practice.anonymous, EMAIL, PASSWORD, practice.services, kind=KIND)
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await deliver(practice)
    assert sent_to(mailbox)[-1] == (EMAIL, "reset")


async def test_objection_after_the_change_undoes_it_within_72_hours(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller, clock: FixedClock
) -> None:
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    await confirm(practice, confirming)
    await request_password_reset(practice.anonymous, NEW, practice.services)
    clock.advance(timedelta(hours=72, microseconds=-1))
    await keep(practice, keeping)
    account = await account_at(practice)
    assert (account.id, account.email) == (patient.account_id, EMAIL)
    assert await PortalAccount.filter(email_normal=NEW).count() == 0
    assert await AccountToken.filter(closed_at=None).count() == 0
    assert await PatientSession.filter(ended_at=None).count() == 0
    assert (await AuditEvent.get(action="portal_account.email_kept")).subject_id == account.id
    with pytest.raises(LinkNotUsable) as refusal:
        await keep(practice, keeping)
    assert refusal.value.reason == "USED"


async def test_after_an_undone_change_identity_is_asked_again_before_the_record_is_shown(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=(EMAIL,))
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    await connect_with_pin(patient, pin, BORN, practice.services)
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    await confirm(practice, confirming)
    assert set(await contacts_by_id(patient, [contact.id], clock.now())) == {contact.id}
    await keep(practice, keeping)
    assert await contacts_by_id(patient, [contact.id], clock.now()) == {}
    await confirm_identity(patient, IdentityClaim(date_of_birth=BORN), practice.services)
    assert set(await contacts_by_id(patient, [contact.id], clock.now())) == {contact.id}


async def test_after_72_hours_the_change_stands(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller, clock: FixedClock
) -> None:
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    await confirm(practice, confirming)
    clock.advance(timedelta(hours=72))
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await keep(practice, keeping)
    assert refusal.value.reason == "EXPIRED"


async def test_second_change_cannot_silence_the_objection_to_the_first(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller, clock: FixedClock
) -> None:
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    thief = caller_of(await confirm(practice, confirming))
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await ask(practice, thief, "third@example.com")
    await keep(practice, keeping)
    assert (await account_at(practice)).id == patient.account_id


async def test_asking_for_another_address_replaces_what_was_asked_before(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await ask(practice, patient)
    first, _ = await letters(practice, mailbox)
    await ask(practice, patient, "third@example.com")
    second, keeping = await letters(practice, mailbox)
    with pytest.raises(LinkNotUsable) as refusal:
        await confirm(practice, first)
    assert refusal.value.reason == "REPLACED"
    await confirm(practice, second)
    await keep(practice, keeping)
    assert (await account_at(practice)).id == patient.account_id


async def test_kept_address_that_another_person_has_meanwhile_closes_the_account(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await ask(practice, patient)
    confirming, keeping = await letters(practice, mailbox)
    await confirm(practice, confirming)
    await invited(practice, mailbox, await practice.contact(emails=(EMAIL,)))
    await keep(practice, keeping)
    account = await PortalAccount.get(id=patient.account_id)
    assert (account.email, account.disabled_reason) == (NEW, "two people claim the account's email address")
    assert account.disabled_at is not None
    assert await PatientSession.filter(ended_at=None).count() == 0


async def test_strangers_address_is_not_bombed_through_changes(
    practice: Practice, patient: PatientCaller, clock: FixedClock
) -> None:
    for _ in range(5):
        await ask(practice, patient)
    assert await Letter.filter(to_address=NEW).count() == 3
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await ask(practice, patient)
