"""Reminders to sign: after three days, then weekly, at most four, one letter to a person, and off where so chosen."""

import asyncio
from datetime import datetime, timedelta

import pytest

from clinic.documents.actions.remind import remind_signers
from clinic.documents.actions.share import share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.letters import schedule_reminders
from clinic.documents.models import Document, Signature, SignatureState
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.relationships import update_relationship
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.callers import Permission
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about, letters, now_signed, signed_in
from tests.clock import FixedClock
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes

REMINDER = LetterKind.DOCUMENT_REMINDER
DAY = timedelta(days=1)


async def asked(family: Family, title: str = "Consent") -> Document:
    """A document that Leo is asked to sign, shared with him."""
    document = await document_about(family, title=title, signers=[family.leo])
    return await share_document(family.desk, document.id, [family.leo.id], family.practice.services)


async def reminded_on(family: Family, clock: FixedClock, days: int) -> list[int]:
    """Live through so many days, the upkeep running each hour; on which of them, from 1, a reminder was queued."""
    found: list[int] = []
    for day in range(1, days + 1):
        for _ in range(2):
            clock.advance(DAY / 2)
            found += [day] * await remind_signers(family.practice.services)
    return found


async def test_reminders_come_after_three_days_then_weekly_and_four_times(family: Family, clock: FixedClock) -> None:
    document = await asked(family)
    assert await reminded_on(family, clock, 40) == [3, 10, 17, 24]
    assert await letters(REMINDER) == [("leo@example.com", document.id)] * 4
    place = await Signature.get(document_id=document.id)
    assert (place.reminders, place.remind_at) == (4, None)
    events = await AuditEvent.filter(action="document.reminded").order_by("sequence")
    assert [(event.subject_id, event.actor_kind, event.actor_name) for event in events] == [
        (document.id, "system", "reminders")
    ] * 4
    assert events[0].details == f'{{"signer": "{family.leo.id}", "time": "1"}}'
    assert (await verify_chain(family.practice.organization.id)).broken_at is None


async def test_upkeep_sends_them(family: Family, clock: FixedClock) -> None:
    await asked(family)
    clock.advance(3 * DAY)
    await run_timed_work(family.practice.services)
    await run_timed_work(family.practice.services)
    assert await Letter.filter(kind=REMINDER).count() == 1


async def test_not_a_minute_before_three_days(family: Family, clock: FixedClock) -> None:
    await asked(family)
    clock.advance(3 * DAY - timedelta(minutes=1))
    assert await remind_signers(family.practice.services) == 0
    clock.advance(timedelta(minutes=1))
    assert await remind_signers(family.practice.services) == 1


async def test_five_workers_at_once_send_one(family: Family, clock: FixedClock) -> None:
    await asked(family)
    clock.advance(3 * DAY)
    sent = await asyncio.gather(*(remind_signers(family.practice.services) for _ in range(5)))
    assert sum(sent) == await Letter.filter(kind=REMINDER).count() == 1
    assert (await Signature.get()).reminders == 1


async def test_several_documents_make_one_letter(family: Family, clock: FixedClock) -> None:
    for title in ("One", "Two", "Three"):
        await asked(family, title)
    clock.advance(3 * DAY)
    assert await remind_signers(family.practice.services) == 1
    assert await letters(REMINDER) == [("leo@example.com", None)]
    assert await AuditEvent.filter(action="document.reminded").count() == 3
    assert {place.reminders for place in await Signature.all()} == {1}


async def test_each_signer_is_reminded_of_their_own(family: Family, clock: FixedClock) -> None:
    both = await document_about(family, signers=[family.leo, family.mia])
    await share_document(family.desk, both.id, None, family.practice.services)
    await now_signed(both, family.mia)
    clock.advance(3 * DAY)
    assert await remind_signers(family.practice.services) == 1
    assert await letters(REMINDER) == [("leo@example.com", both.id)]


async def test_in_a_sequence_each_is_reminded_in_turn(family: Family, clock: FixedClock) -> None:
    document = await document_about(family, signers=[family.leo, family.mia], in_sequence=True)
    await share_document(family.desk, document.id, None, family.practice.services)
    assert await reminded_on(family, clock, 4) == [3]
    await now_signed(document, family.leo)
    await schedule_reminders(document, await Signature.filter(document_id=document.id), clock.now())
    assert await reminded_on(family, clock, 4) == [3]
    assert await letters(REMINDER) == [("leo@example.com", document.id), ("mia@example.com", document.id)]


async def unshare(family: Family, document: Document) -> None:
    await unshare_document(family.desk, document.id, family.practice.services)


async def withdraw(family: Family, document: Document) -> None:
    await withdraw_document(family.desk, document.id, "A mistake", family.practice.services)


async def replace(family: Family, document: Document) -> None:
    await document_about(family, title="Corrected", supersedes=document)


async def sign(family: Family, document: Document) -> None:
    await now_signed(document, family.leo)


async def decline(family: Family, document: Document) -> None:
    """As the rows were if whoever declined forgot to stop the reminders."""
    await Document.filter(id=document.id).update(signature_state=SignatureState.DECLINED)


@pytest.mark.parametrize("loss", [unshare, withdraw, replace, sign, decline], ids=lambda loss: loss.__name__)
async def test_nobody_is_reminded_of_what_is_over(family: Family, clock: FixedClock, loss: object) -> None:
    document = await asked(family)
    assert callable(loss)
    await loss(family, document)
    assert await reminded_on(family, clock, 12) == []
    assert (await Signature.get(document_id=document.id)).remind_at is None


async def test_sharing_anew_begins_anew(family: Family, clock: FixedClock) -> None:
    document = await asked(family)
    assert await reminded_on(family, clock, 4) == [3]
    await unshare(family, document)
    await share_document(family.desk, document.id, None, family.practice.services)
    assert await reminded_on(family, clock, 40) == [3, 10, 17, 24]


async def test_whoever_may_not_see_it_is_not_reminded_but_later_when_they_may(
    family: Family, clock: FixedClock
) -> None:
    await asked(family)
    services, system = family.practice.services, family.practice.system
    await update_relationship(system, family.leos_tie.id, services, portal_access=False)
    assert await reminded_on(family, clock, 5) == []
    await update_relationship(system, family.leos_tie.id, services, portal_access=True)
    assert await reminded_on(family, clock, 40) == [5, 12, 19, 26]


async def test_whoever_has_no_account_in_use_is_reminded_once_they_have(family: Family, clock: FixedClock) -> None:
    document = await document_about(family, signers=[family.rosa])
    await share_document(family.desk, document.id, None, family.practice.services)
    assert await reminded_on(family, clock, 5) == []
    await signed_in(family.practice, family.rosa)
    assert await reminded_on(family, clock, 6) == [5]
    now: datetime = clock.now()
    await PortalAccount.filter(email="rosa@example.com").update(disabled_at=now)
    assert await reminded_on(family, clock, 15) == []
    await PortalAccount.filter(email="rosa@example.com").update(disabled_at=None)
    await PortalLink.filter(contact_id=family.rosa.id).update(unlinked_at=now)
    assert await reminded_on(family, clock, 15) == []


async def test_organization_that_wants_none_sends_none_until_it_does(family: Family, clock: FixedClock) -> None:
    manager = await family.practice.staff(Permission.MANAGE_ORGANIZATION)
    services = family.practice.services
    await update_organization(manager, OrganizationChanges(signing_reminders=False), services)
    await asked(family)
    assert await reminded_on(family, clock, 12) == []
    organization = await update_organization(manager, OrganizationChanges(signing_reminders=True), services)
    assert organization.signing_reminders is True
    assert await reminded_on(family, clock, 40) == [5, 12, 19, 26]
    changes = await AuditEvent.filter(action="organization.updated").order_by("sequence")
    assert [event.details for event in changes] == [
        f'{{"end_at_age": "never", "signing_reminders": "{on}", "staff_idle_minutes": "15", "warning_days": "30"}}'
        for on in ("False", "True")
    ]


async def test_nothing_due_changes_nothing(family: Family) -> None:
    await asked(family)
    async with nothing_changes():
        assert await remind_signers(family.practice.services) == 0
