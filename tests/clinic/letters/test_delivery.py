"""The outbox: each letter leaves once, or is given up where people see it, whatever the mail server does."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

import pytest

from clinic.charts.contacts import contacts_by_id
from clinic.letters.delivery import GIVE_UP_AFTER, LEASE, deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.status import LetterState
from clinic.records.models import Contact
from clinic.values.ports import MailboxesDiffer, MailRefused, MailUnavailable
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import accept, deliver
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.contents import contents, nothing_changes
from tests.factories.letters import link_in, token_in


@dataclass
class KeepsThenFails(Mailbox):
    """A server whose 250 is lost: it has the letter, and we never hear of it."""

    failures: list[Exception] = field(default_factory=list)

    async def deliver(self, message: EmailMessage) -> None:
        self.letters.append(message)
        if self.failures:
            raise self.failures.pop(0)


class RefusesSome(Mailbox):
    """A server that takes letters but for those to one person."""

    async def deliver(self, message: EmailMessage) -> None:
        if "poison" in message["To"]:
            raise ZeroDivisionError("a defect of ours")
        await super().deliver(message)


class Pausing(Mailbox):
    """A server so slow that others get their turn while it works."""

    async def deliver(self, message: EmailMessage) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        await super().deliver(message)


def handing_to(practice: Practice, mailbox: Mailbox) -> Practice:
    """The same practice, with another mail server."""
    practice.services = make_services(practice.services.clock, mailbox)
    return practice


async def invite(practice: Practice, email: str = "omar.reyes@example.com") -> Contact:
    contact = await practice.contact(emails=(email,))
    await invite_contact(practice.system, contact.id, practice.services)
    return contact


async def shown(practice: Practice, contact: Contact) -> tuple[LetterState, str]:
    """What staff see of the letter on the icon."""
    desk = await practice.staff()
    row = (await contacts_by_id(desk, [contact.id], practice.services.clock.now()))[contact.id]
    return row.portal_status.letter, row.portal_status.summary


async def test_due_letter_is_sent_once_and_audited(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> None:
    contact = await invite(practice)
    assert await shown(practice, contact) == (
        LetterState.QUEUED,
        "Invited: the email to omar.reyes@example.com is waiting to be sent.",
    )
    clock.advance(timedelta(minutes=1))

    assert await deliver_due_letters(practice.services, worker_name="w") == 1
    assert await deliver_due_letters(practice.services, worker_name="w") == 0

    assert len(mailbox.letters) == 1
    letter = await Letter.get()
    assert (letter.status, letter.sent_at, letter.attempts) == (LetterStatus.SENT, clock.now(), 1)
    assert (letter.claimed_until, letter.failure) == (None, "")
    event = await AuditEvent.get(action="letter.sent")
    assert (event.actor_kind, event.actor_name, event.subject_id) == ("system", "worker", letter.id)
    assert await shown(practice, contact) == (
        LetterState.SENT,
        "Invited: the email to omar.reyes@example.com was sent on Mar 2, 2026. Not yet registered.",
    )


async def test_no_live_link_is_at_rest_before_or_after_sending(practice: Practice, mailbox: Mailbox) -> None:
    await invite(practice)
    assert (await Letter.get()).token_hash is None
    before = str(await contents(but=()))
    await deliver(practice)
    after = str(await contents(but=()))
    token = token_in(mailbox.letters[0])
    assert len(token) == 43
    assert token not in before
    assert token not in after
    assert "register/" not in after


async def test_letter_sent_again_after_a_lost_answer_is_the_same_letter(practice: Practice, clock: FixedClock) -> None:
    server = KeepsThenFails(failures=[MailUnavailable("connection lost"), OSError("reset")])
    handing_to(practice, server)
    await invite(practice)
    for _ in range(3):
        await deliver(practice)
        clock.advance(timedelta(hours=1))

    assert len(server.letters) == 3
    assert len({letter["Message-ID"] for letter in server.letters}) == 1
    assert server.letters[0]["Message-ID"] == (await Letter.get()).message_id
    assert len({link_in(letter) for letter in server.letters}) == 1
    assert (await Letter.get()).status is LetterStatus.SENT
    assert (await accept(practice, token_in(server.letters[0]))).account.email == "omar.reyes@example.com"


async def test_letters_have_links_of_their_own(practice: Practice, mailbox: Mailbox) -> None:
    for number in range(3):
        await invite(practice, f"person{number}@example.com")
    await deliver(practice)
    assert len({link_in(letter) for letter in mailbox.letters}) == 3
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 3


async def test_eight_workers_at_once_send_each_letter_once(practice: Practice) -> None:
    server = Pausing()
    handing_to(practice, server)
    for number in range(12):
        await invite(practice, f"person{number}@example.com")

    claimed = await asyncio.gather(
        *(deliver_due_letters(practice.services, worker_name=f"worker-{number}") for number in range(8))
    )

    assert sum(claimed) == 12
    assert sorted(letter["To"] for letter in server.letters) == sorted(f"person{n}@example.com" for n in range(12))
    assert set(await Letter.all().values_list("attempts", "status")) == {(1, LetterStatus.SENT)}


async def test_letter_of_a_dead_worker_is_given_back_when_its_lease_ends(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await invite(practice)
    await Letter.all().update(claimed_until=clock.now() + LEASE, claimed_by="dead", attempts=1)
    clock.advance(LEASE)
    async with nothing_changes():
        assert await deliver_due_letters(practice.services, worker_name="w") == 0
    clock.advance(timedelta(seconds=1))
    assert await deliver_due_letters(practice.services, worker_name="w") == 1
    assert len(mailbox.letters) == 1
    assert (await Letter.get()).claimed_by == "w"


async def test_worker_whose_lease_was_taken_over_writes_nothing(practice: Practice, clock: FixedClock) -> None:
    class TakenOver(Mailbox):
        async def deliver(self, message: EmailMessage) -> None:
            await Letter.all().update(claimed_by="other")
            raise MailRefused("550 no such mailbox")

    handing_to(practice, TakenOver())
    await invite(practice)
    await deliver(practice)
    letter = await Letter.get()
    assert (letter.status, letter.claimed_by, letter.failed_at) == (LetterStatus.QUEUED, "other", None)
    assert not await AuditEvent.exists(action="letter.bounced")


async def test_pauses_double_from_half_a_minute_to_two_hours(practice: Practice, clock: FixedClock) -> None:
    handing_to(practice, Mailbox(trouble=MailUnavailable("451 greylisted")))
    await invite(practice)
    pauses = []
    for _ in range(12):
        tried_at = clock.now()
        assert await deliver_due_letters(practice.services, worker_name="w") == 1
        letter = await Letter.get()
        assert (letter.status, letter.claimed_until, letter.failure) == (LetterStatus.QUEUED, None, "451 greylisted")
        pauses.append(letter.next_attempt_at - tried_at)
        clock.advance(pauses[-1] - timedelta(seconds=1))
        assert await deliver_due_letters(practice.services, worker_name="w") == 0
        clock.advance(timedelta(seconds=1))
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes == [0.5, 1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120]


async def test_after_four_days_it_is_given_up_where_staff_see_it(practice: Practice, clock: FixedClock) -> None:
    handing_to(practice, Mailbox(trouble=MailUnavailable("451 try later")))
    contact = await invite(practice)
    clock.advance(GIVE_UP_AFTER - timedelta(seconds=1))
    await deliver(practice)
    assert (await Letter.get()).status is LetterStatus.QUEUED
    clock.advance(timedelta(hours=2))
    await deliver(practice)

    letter = await Letter.get()
    assert (letter.status, letter.failed_at, letter.sent_at) == (LetterStatus.FAILED, clock.now(), None)
    assert await shown(practice, contact) == (
        LetterState.FAILED,
        "Invited, but the email to omar.reyes@example.com did not arrive: 451 try later",
    )
    assert await AuditEvent.exists(action="letter.failed", reason="451 try later")
    clock.advance(timedelta(days=1))
    assert await deliver_due_letters(practice.services, worker_name="w") == 0


async def test_refused_for_good_is_bounced_at_once(practice: Practice, clock: FixedClock) -> None:
    handing_to(practice, Mailbox(trouble=MailRefused("550 no such mailbox")))
    contact = await invite(practice)
    await deliver(practice)
    assert (await Letter.get()).status is LetterStatus.BOUNCED
    assert await shown(practice, contact) == (
        LetterState.BOUNCED,
        "Invited, but the email to omar.reyes@example.com did not arrive: 550 no such mailbox",
    )
    clock.advance(timedelta(days=5))
    assert await deliver_due_letters(practice.services, worker_name="w") == 0


async def test_long_words_of_a_server_are_cut_not_lost(practice: Practice) -> None:
    handing_to(practice, Mailbox(trouble=MailRefused("550 " + "no " * 500)))
    await invite(practice)
    await deliver(practice)
    letter = await Letter.get()
    assert (letter.status, len(letter.failure)) == (LetterStatus.BOUNCED, 300)


async def test_poisonous_letter_holds_up_no_other(
    practice: Practice, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = RefusesSome()
    handing_to(practice, server)
    await invite(practice, "poison@example.com")
    for number in range(3):
        clock.advance(timedelta(seconds=1))
        await invite(practice, f"person{number}@example.com")

    assert await deliver_due_letters(practice.services, worker_name="w") == 4

    assert [letter["To"] for letter in server.letters] == [f"person{number}@example.com" for number in range(3)]
    poisonous = await Letter.get(to_address="poison@example.com")
    assert (poisonous.status, poisonous.failure) == (LetterStatus.QUEUED, "internal error (ZeroDivisionError)")
    assert poisonous.next_attempt_at == clock.now() + timedelta(seconds=30)
    assert "poison@example.com" not in caplog.text
    clock.advance(GIVE_UP_AFTER)
    await deliver(practice)
    await poisonous.refresh_from_db()
    assert poisonous.status is LetterStatus.FAILED


async def test_letter_that_would_name_other_mailboxes_is_given_up_at_once(
    practice: Practice, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    difference = "The letter was not sent: its From would name other mailboxes than were meant."
    server = Mailbox(trouble=MailboxesDiffer(difference))
    contact = await invite(handing_to(practice, server))
    await deliver(practice)
    clock.advance(timedelta(days=1))
    await deliver(practice)
    letter = await Letter.get()
    assert (letter.status, letter.failure, letter.attempts) == (LetterStatus.FAILED, difference, 1)
    assert (await AuditEvent.get(action="letter.failed")).reason == difference
    assert (await shown(practice, contact))[0] is LetterState.FAILED
    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.getMessage() == "a letter would name other mailboxes than were meant"


async def test_many_poisonous_letters_leave_room_for_the_next(practice: Practice, clock: FixedClock) -> None:
    server = RefusesSome()
    handing_to(practice, server)
    for number in range(4):
        await invite(practice, f"poison{number}@example.com")
    clock.advance(timedelta(seconds=1))
    await invite(practice)
    for _ in range(3):
        await deliver_due_letters(practice.services, worker_name="w", at_most=2)
    assert [letter["To"] for letter in server.letters] == ["omar.reyes@example.com"]


async def test_without_a_mail_server_letters_wait(practice: Practice, clock: FixedClock) -> None:
    practice.services = make_services(clock, None)
    await invite(practice)
    async with nothing_changes():
        assert await deliver_due_letters(practice.services, worker_name="w") == 0
    server = Mailbox()
    clock.advance(timedelta(days=5))
    await deliver(handing_to(practice, server))
    assert len(server.letters) == 1


async def test_letter_of_an_invitation_that_ran_out_is_cancelled(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await invite(practice)
    clock.advance(timedelta(days=10))
    await deliver(practice)
    letter = await Letter.get()
    assert (mailbox.letters, letter.status, letter.failure) == ([], LetterStatus.CANCELLED, "no longer needed")
    assert await AuditEvent.exists(action="letter.cancelled")


async def test_cut_off_worker_leaves_the_letter_to_the_next(practice: Practice, clock: FixedClock) -> None:
    began = asyncio.Event()

    class Hanging(Mailbox):
        async def deliver(self, message: EmailMessage) -> None:
            began.set()
            await asyncio.Event().wait()

    await invite(handing_to(practice, Hanging()))
    work = asyncio.create_task(deliver_due_letters(practice.services, worker_name="w"))
    await began.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (await Letter.get()).status is LetterStatus.QUEUED
    clock.advance(LEASE + timedelta(seconds=1))
    server = Mailbox()
    await deliver(handing_to(practice, server))
    assert len(server.letters) == 1
