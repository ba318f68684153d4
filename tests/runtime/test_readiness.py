"""A face is ready while it can serve. What is degraded is said, and takes nothing out of the balance."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.actions import invite_contact
from clinic.values.ports import MailUnavailable
from runtime.readiness import LETTERS_LATE_AFTER, readiness
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock, mailbox: Mailbox) -> Practice:
    practice = await open_practice(make_services(clock, mailbox))
    contact = await practice.contact(emails=("omar.reyes@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)
    return practice


async def mail(practice: Practice) -> tuple[bool, str, bool]:
    found = await readiness(practice.services)
    return found.ready, found.parts["mail"], "mail" in found.degraded


async def test_no_mail_server_is_said(practice: Practice, clock: FixedClock) -> None:
    found = await readiness(make_services(clock, None))

    assert (found.ready, found.parts["mail"], found.degraded) == (True, "not set", ("mail",))


async def test_letters_that_nobody_sends_are_said(practice: Practice, clock: FixedClock) -> None:
    clock.advance(LETTERS_LATE_AFTER)
    assert await mail(practice) == (True, "ok", False)
    clock.advance(timedelta(seconds=1))
    assert await mail(practice) == (True, "letters wait", True)

    await deliver_due_letters(practice.services, worker_name="w")
    assert await mail(practice) == (True, "ok", False)


async def test_a_mail_server_that_takes_nothing_is_said(practice: Practice, mailbox: Mailbox) -> None:
    mailbox.trouble = MailUnavailable("no answer")
    await deliver_due_letters(practice.services, worker_name="w")

    assert await mail(practice) == (True, "retrying", True)
