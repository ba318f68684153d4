"""What an operator's metrics say of waiting and given-up work: true without a worker, and without a name."""

from datetime import timedelta

import pytest

from clinic.letters.delivery import GIVE_UP_AFTER, deliver_due_letters
from clinic.portal_access.actions import invite_contact
from clinic.upkeep.backlog import LettersBacklog, SealsBacklog, letters_backlog, seals_backlog
from clinic.values.ports import MailRefused, MailUnavailable
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice

MINUTE = timedelta(minutes=1)


async def invite(practice: Practice, email: str) -> None:
    contact = await practice.contact(emails=(email,))
    await invite_contact(practice.system, contact.id, practice.services)


@pytest.mark.usefixtures("practice")
async def test_nothing_waits_in_an_empty_database() -> None:
    assert await letters_backlog() == LettersBacklog(0, 0, None, None, 0, None, None)
    assert await seals_backlog() == SealsBacklog(0, 0, None)


async def test_waiting_sent_and_given_up_letters(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> None:
    began = clock.now()
    await invite(practice, "omar.reyes@example.com")
    clock.advance(MINUTE)
    await deliver_due_letters(practice.services, worker_name="w")
    await invite(practice, "nora.gray@example.com")
    assert await letters_backlog() == LettersBacklog(1, 0, began + MINUTE, began + MINUTE, 0, None, began + MINUTE)

    mailbox.trouble = MailUnavailable("no answer")
    await deliver_due_letters(practice.services, worker_name="w")
    later = await letters_backlog()
    assert (later.waiting, later.retrying, later.given_up) == (1, 1, 0)
    assert later.first_created == began + MINUTE
    assert later.first_due is not None
    assert later.first_due > clock.now()

    clock.advance(GIVE_UP_AFTER)
    await deliver_due_letters(practice.services, worker_name="w")
    assert await letters_backlog() == LettersBacklog(0, 0, None, None, 1, clock.now(), began + MINUTE)


async def test_a_letter_that_its_recipient_refused_is_not_given_up(practice: Practice, mailbox: Mailbox) -> None:
    await invite(practice, "omar.reyes@example.com")
    mailbox.trouble = MailRefused("550")
    await deliver_due_letters(practice.services, worker_name="w")

    assert await letters_backlog() == LettersBacklog(0, 0, None, None, 0, None, None)
