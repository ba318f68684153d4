"""A restored copy sends nothing until an operator resumes it, and then what the operator chose."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.letters import schedule_reminders
from clinic.documents.models import Completion, Document, Signature, SignatureState
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.upkeep.resuming import GIVEN_UP, resume
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.ports import Services
from clinic.work.held import is_held
from clinic.work.models import AuditEvent, HeldCopy
from runtime.readiness import readiness
from tests.clinic.documents.signing import paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.factories.contents import nothing_changes
from tests.factories.sealing import WaxSealer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock, mailbox: Mailbox) -> Practice:
    return await open_practice(replace(make_services(clock, mailbox), sealer=WaxSealer()))


async def hold(clock: FixedClock) -> None:
    """As if the database had been restored an hour after its backup was made."""
    made_at = clock.now()
    clock.advance(timedelta(hours=1))
    await HeldCopy.create(id=1, backup_made_at=made_at, restored_at=clock.now())


async def invite(practice: Practice, address: str) -> Letter:
    contact = await practice.contact(emails=(address,))
    await invite_contact(practice.system, contact.id, practice.services)
    return await Letter.get(to_address=address)


async def deliver(services: Services) -> int:
    return await deliver_due_letters(services, worker_name="w")


async def test_a_held_copy_sends_nothing_and_says_so(practice: Practice, clock: FixedClock, mailbox: Mailbox) -> None:
    await invite(practice, "omar@example.com")
    await hold(clock)

    async with nothing_changes():
        assert await deliver(practice.services) == 0
    assert mailbox.letters == []
    found = await readiness(make_services(clock, mailbox))
    assert (found.ready, found.parts["mail"], found.degraded) == (True, "held", ("mail",))


async def test_a_held_copy_seals_and_reminds_nobody(practice: Practice, clock: FixedClock, mailbox: Mailbox) -> None:
    omar = await person(practice, mailbox)
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    awaited = await paper(practice, omar.contact, omar.contact)
    await schedule_reminders(awaited, await Signature.filter(document_id=awaited.id), clock.now())
    clock.advance(timedelta(days=3))
    await hold(clock)

    async with nothing_changes():
        assert await complete_due_documents(practice.services, worker_name="w") == 0
        await run_timed_work(practice.services)

    await resume(practice.services, give_up_older=False)
    assert await complete_due_documents(practice.services, worker_name="w") == 1
    await run_timed_work(practice.services)
    assert await Letter.filter(kind=LetterKind.DOCUMENT_COMPLETED).count() == 1
    assert await Letter.filter(kind=LetterKind.DOCUMENT_REMINDER).count() == 1


async def test_resuming_sends_what_waits(practice: Practice, clock: FixedClock, mailbox: Mailbox) -> None:
    await invite(practice, "omar@example.com")
    await hold(clock)

    done = await resume(practice.services, give_up_older=False)

    assert done is not None
    assert (done.waiting, done.given_up, await is_held()) == (1, 0, False)
    assert await deliver(practice.services) == 1
    assert [letter["To"] for letter in mailbox.letters] == ["omar@example.com"]


async def test_what_is_older_than_the_backup_can_be_given_up(
    practice: Practice, clock: FixedClock, mailbox: Mailbox
) -> None:
    older = await invite(practice, "omar@example.com")
    await hold(clock)
    await invite(practice, "nora@example.com")

    done = await resume(practice.services, give_up_older=True)

    assert done is not None
    assert (done.waiting, done.given_up) == (1, 1)
    await older.refresh_from_db()
    assert (older.status, older.failed_at, older.failure) == (LetterStatus.FAILED, clock.now(), GIVEN_UP)
    assert await deliver(practice.services) == 1
    assert [letter["To"] for letter in mailbox.letters] == ["nora@example.com"]
    given_up = await AuditEvent.get(action="letter.failed")
    assert (given_up.subject_id, given_up.actor_name) == (older.id, "vestibule resume")
    event = await AuditEvent.get(action="backup.resumed")
    assert json.loads(event.details)["letters_given_up"] == "1"


async def test_seals_and_reminders_that_were_due_bring_no_letter_either(
    practice: Practice, clock: FixedClock, mailbox: Mailbox
) -> None:
    omar = await person(practice, mailbox)
    signed = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    awaited = await paper(practice, omar.contact, omar.contact)
    await schedule_reminders(awaited, await Signature.filter(document_id=awaited.id), clock.now())
    clock.advance(timedelta(days=3))
    await hold(clock)

    await resume(practice.services, give_up_older=True)
    assert await complete_due_documents(practice.services, worker_name="w") == 1
    await run_timed_work(practice.services)

    assert (await Document.get(id=signed.id)).signature_state is SignatureState.COMPLETED
    later = (LetterKind.DOCUMENT_COMPLETED, LetterKind.DOCUMENT_REMINDER)
    assert await Letter.filter(kind__in=later).count() == 0
    assert await Signature.filter(remind_at=clock.now() + timedelta(days=7)).count() == 1

    nora = await person(practice, mailbox, "Nora")
    newer = await sign(practice, nora, await paper(practice, nora.contact, nora.contact))
    assert await complete_due_documents(practice.services, worker_name="w") == 1
    assert await Completion.filter(sealed_at=None).count() == 0
    assert await Letter.filter(kind=LetterKind.DOCUMENT_COMPLETED, document_id=newer.id).count() == 1


async def test_resuming_what_is_not_held_changes_nothing(practice: Practice) -> None:
    async with nothing_changes():
        assert await resume(practice.services, give_up_older=True) is None
