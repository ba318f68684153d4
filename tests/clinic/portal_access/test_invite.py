"""The click on the gray globe (product §2, Create): what it makes, for whom, and what it refuses."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.errors import ContactHasNoEmail, EmailConflict, PortalAccountExists
from clinic.portal_access.models import Invitation, LetterSender, LinkedHow, PortalAccount, PortalLink
from clinic.portal_access.status import PortalState
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import deliver, invited, self_registered, state_of
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes, rows_of


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL)


async def test_one_click_makes_account_link_invitation_letter_and_audit_event(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=("Omar.Reyes@Example.com", "omar@work.example"), language="es")

    account = await invite_contact(desk, contact.id, practice.services)

    [account] = await PortalAccount.all()
    assert (account.email, account.email_normal) == ("Omar.Reyes@Example.com", "omar.reyes@example.com")
    assert (account.password_hash, account.registered_at, account.email_verified_at) == (None, None, None)
    [link] = await PortalLink.all()
    assert (link.account_id, link.contact_id, link.unlinked_at) == (account.id, contact.id, None)
    assert (link.linked_how, link.linked_by_id, link.linked_at) == (
        LinkedHow.INVITATION,
        desk.staff_member_id,
        clock.now(),
    )
    assert link.identity_confirmed_at is None
    [invitation] = await Invitation.all()
    assert (invitation.account_id, invitation.contact_id) == (account.id, contact.id)
    assert (invitation.invited_by_id, invitation.language) == (desk.staff_member_id, "es")
    assert invitation.expires_at == clock.now() + timedelta(days=10)
    assert invitation.closed_at is None
    [letter] = await Letter.all()
    assert letter.token_hash is None
    assert (letter.invitation_id, letter.to_address) == (invitation.id, "Omar.Reyes@Example.com")
    assert (letter.status, letter.next_attempt_at) == (LetterStatus.QUEUED, clock.now())
    event = await AuditEvent.get(action="portal_account.created")
    assert (event.actor_kind, event.actor_id) == ("staff", desk.staff_member_id)
    assert (event.subject_kind, event.subject_id) == ("PortalAccount", account.id)
    assert event.details == f'{{"contact_id": "{contact.id}", "sender": "AUTOMATIC"}}'
    assert await state_of(contact) is PortalState.INVITED


async def test_audit_names_nobody(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await invite_contact(desk, contact.id, practice.services)
    written = str(await rows_of("audit_event"))
    assert "Omar" not in written
    assert "Reyes" not in written
    assert "@example.com" not in written


@pytest.mark.parametrize("permissions", [(), tuple(set(Permission) - {Permission.WEB_PORTAL})])
async def test_without_web_portal_nothing_happens(practice: Practice, permissions: tuple[Permission, ...]) -> None:
    contact, staff = await practice.contact(), await practice.staff(*permissions)
    async with nothing_changes():
        with pytest.raises(NotPermitted) as refusal:
            await invite_contact(staff, contact.id, practice.services)
        with pytest.raises(NotPermitted):
            await invite_contact(staff, uuid4(), practice.services)
    assert refusal.value.permission == "WEB_PORTAL"


async def test_other_organizations_contact_is_as_unknown_as_one_never_made(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    theirs = await other_practice.contact()
    async with nothing_changes():
        for contact_id in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await invite_contact(desk, contact_id, practice.services)
            assert refusal.value.field == "contactId"


async def test_contact_without_address_is_refused(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=())
    async with nothing_changes():
        with pytest.raises(ContactHasNoEmail):
            await invite_contact(desk, contact.id, practice.services)


async def test_address_taken_by_another_record_is_refused_without_saying_whose(
    practice: Practice, desk: StaffCaller
) -> None:
    holder = await practice.contact("Rosa", "Reyes", emails=("Family@Example.com",))
    contact = await practice.contact(emails=("family@example.com",))
    await invite_contact(desk, holder.id, practice.services)
    async with nothing_changes():
        with pytest.raises(EmailConflict) as refusal:
            await invite_contact(desk, contact.id, practice.services)
    told = f"{refusal.value} {vars(refusal.value)}"
    assert "Rosa" not in told
    assert str(holder.id) not in told


async def test_account_waiting_to_be_linked_is_named_instead_of_invited(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("first@example.com", "omar@example.com"))
    waiting = await self_registered(practice, "omar@example.com", verified=True)
    async with nothing_changes():
        with pytest.raises(PortalAccountExists) as refusal:
            await invite_contact(desk, contact.id, practice.services)
    assert refusal.value.account_id == waiting.id


async def test_registered_person_is_not_invited_again(practice: Practice, desk: StaffCaller, clock: FixedClock) -> None:
    contact = await practice.contact()
    account = await invite_contact(desk, contact.id, practice.services)
    await PortalAccount.filter(id=account.id).update(registered_at=clock.now(), password_hash="!")
    async with nothing_changes():
        with pytest.raises(PortalAccountExists) as refusal:
            await invite_contact(desk, contact.id, practice.services)
    assert refusal.value.account_id == account.id


async def test_repeated_after_a_lost_answer_it_answers_the_same_and_sends_nothing(
    practice: Practice, desk: StaffCaller, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    first = await invite_contact(desk, contact.id, practice.services)
    await deliver(practice)
    async with nothing_changes():
        again = await invite_contact(desk, contact.id, practice.services)
        await deliver(practice)
    assert again.id == first.id
    assert len(mailbox.letters) == 1


async def test_two_practices_know_nothing_of_each_others_accounts(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    ours, theirs = await practice.contact(), await other_practice.contact()
    here = await invite_contact(desk, ours.id, practice.services)
    colleague = await other_practice.staff(Permission.WEB_PORTAL)
    assert await state_of(theirs) is PortalState.NO_ACCOUNT
    there = await invite_contact(colleague, theirs.id, practice.services)
    assert here.id != there.id
    assert here.email_normal == there.email_normal


async def test_command_line_invites_for_its_organization_only(practice: Practice, other_practice: Practice) -> None:
    contact = await practice.contact()
    with pytest.raises(NotFound):
        await invite_contact(other_practice.system, contact.id, practice.services)
    await invite_contact(practice.system, contact.id, practice.services)
    assert (await Invitation.get(contact_id=contact.id)).invited_by_id is None


async def test_fifty_at_once_make_one_account_and_one_letter(
    practice: Practice, mailbox: Mailbox, desk: StaffCaller
) -> None:
    contact = await practice.contact()

    answers = await asyncio.gather(*(invite_contact(desk, contact.id, practice.services) for _ in range(50)))

    assert len({answer.id for answer in answers}) == 1
    assert {(answer.email, answer.registered_at) for answer in answers} == {("omar.reyes@example.com", None)}
    for model in (PortalAccount, PortalLink, Invitation, Letter):
        assert await model.all().count() == 1
    assert await AuditEvent.filter(action="portal_account.created").count() == 1
    workers = (f"worker {number}" for number in range(4))
    await asyncio.gather(*(deliver_due_letters(practice.services, worker_name=worker) for worker in workers))
    assert len(mailbox.letters) == 1


async def test_two_contacts_with_one_address_at_once_make_one_winner(practice: Practice, desk: StaffCaller) -> None:
    for round_number in range(5):
        email = f"family{round_number}@example.com"
        contacts = [await practice.contact(name, emails=(email,)) for name in ("Omar", "Rosa", "Inés")]
        outcomes = await asyncio.gather(
            *(invite_contact(desk, contact.id, practice.services) for contact in contacts), return_exceptions=True
        )
        assert Counter(type(outcome) for outcome in outcomes) == {PortalAccount: 1, EmailConflict: 2}
        states = Counter([await state_of(contact) for contact in contacts])
        assert states == {PortalState.INVITED: 1, PortalState.EMAIL_CONFLICT: 2}
        assert await Letter.filter(to_address=email).count() == 1


async def test_until_somebody_is_invited_a_shared_address_is_free_for_all(practice: Practice) -> None:
    contacts = [await practice.contact(name, emails=("family@example.com",)) for name in ("Omar", "Rosa")]
    assert [await state_of(contact) for contact in contacts] == [PortalState.NO_ACCOUNT, PortalState.NO_ACCOUNT]


async def test_unverified_stranger_is_taken_over_with_password_and_sessions(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    stranger = await self_registered(practice, "omar.reyes@example.com", verified=False)
    await open_patient_session(
        practice.organization.id, stranger.id, SessionKind.API, practice.anonymous.origin, clock.now()
    )
    contact = await practice.contact(emails=("Omar.Reyes@example.com",))

    account = await invite_contact(desk, contact.id, practice.services)

    assert account.id == stranger.id
    [stored] = await PortalAccount.all()
    assert stored.email == "Omar.Reyes@example.com"
    assert (stored.password_hash, stored.registered_at, stored.email_verified_at) == (None, None, None)
    [session] = await PatientSession.all()
    assert (session.ended_at, session.end_reason) == (clock.now(), "taken over by an invitation")
    assert await state_of(contact) is PortalState.INVITED
    taken = await AuditEvent.get(action="portal_account.taken_over")
    assert (taken.subject_id, taken.actor_id) == (account.id, desk.staff_member_id)


async def test_stranger_taken_over_by_two_at_once_goes_to_one(practice: Practice, desk: StaffCaller) -> None:
    await self_registered(practice, "family@example.com", verified=False)
    contacts = [await practice.contact(name, emails=("family@example.com",)) for name in ("Omar", "Rosa")]
    outcomes = await asyncio.gather(
        *(invite_contact(desk, contact.id, practice.services) for contact in contacts), return_exceptions=True
    )
    assert Counter(type(outcome) for outcome in outcomes) == {PortalAccount: 1, EmailConflict: 1}
    assert await PortalLink.all().count() == 1
    assert await Letter.all().count() == 1


@pytest.mark.parametrize("sender", LetterSender)
async def test_chosen_sender_is_kept_with_the_invitation(
    practice: Practice, mailbox: Mailbox, sender: LetterSender
) -> None:
    contact, desk = await practice.contact(), await practice.staff(Permission.WEB_PORTAL)
    await invite_contact(desk, contact.id, practice.services, sender=sender)
    invitation = await Invitation.get(contact_id=contact.id)
    assert invitation.sender is sender
    expected = "Your care portal" if sender is LetterSender.DISCREET else "Willow Creek Counseling"
    assert invitation.sender_name == expected


@pytest.mark.parametrize(
    ("tag", "language"), [("es", "es"), ("es-MX", "es"), ("en-GB", "en"), ("uk", "en"), ("pt-BR", "en")]
)
async def test_letter_speaks_the_contacts_language_or_the_practices_first(
    practice: Practice, mailbox: Mailbox, tag: str, language: str
) -> None:
    await invited(practice, mailbox, await practice.contact(language=tag))
    [letter] = mailbox.letters
    assert letter["Content-Language"] == language
