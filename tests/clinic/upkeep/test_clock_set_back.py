"""A clock that jumps: letters leave once each, and nothing waits for the time that a wrong clock had."""

from datetime import timedelta
from random import Random

import pytest

from clinic.documents.actions.claims import LEASE as SEAL_LEASE
from clinic.documents.actions.complete import LONGEST_PAUSE as SEAL_PAUSE
from clinic.documents.models import Completion
from clinic.letters.delivery import LEASE, LONGEST_PAUSE, deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.throttling import throttle as throttles
from clinic.throttling.throttle import IDENTITY_PER_CONTACT, Throttle, count_attempt, require_open
from clinic.upkeep.clock_set_back import (
    FARTHEST_ATTEMPT,
    FARTHEST_CLAIM,
    FARTHEST_FIRST_ATTEMPT,
    LONGEST_WINDOW,
    mend_future_times,
)
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.errors import TooManyAttempts
from clinic.values.ports import MailUnavailable
from clinic.webhooks.delivery import LEASE as WEBHOOK_LEASE
from clinic.webhooks.outcome import LONGEST_PAUSE as WEBHOOK_PAUSE
from runtime.settings import Settings
from tests.campaign import SEED, rounds
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.documents import put_document

AHEAD = timedelta(days=30)


async def invite(practice: Practice, address: str) -> None:
    contact = await practice.contact(emails=(address,))
    await invite_contact(practice.system, contact.id, practice.services)


async def deliver(practice: Practice, worker: str = "w") -> int:
    return await deliver_due_letters(practice.services, worker_name=worker)


def test_nothing_is_ever_put_off_for_as_long() -> None:
    assert max(LONGEST_PAUSE, SEAL_PAUSE, WEBHOOK_PAUSE) < FARTHEST_ATTEMPT
    assert max(LEASE, SEAL_LEASE, WEBHOOK_LEASE) < FARTHEST_CLAIM
    [longest] = [one.le for one in Settings.model_fields["document_letter_seconds"].metadata if hasattr(one, "le")]
    assert timedelta(seconds=longest) < FARTHEST_FIRST_ATTEMPT
    windows = [one.window for one in vars(throttles).values() if isinstance(one, Throttle)]
    assert max(windows) == LONGEST_WINDOW


async def test_letter_of_a_clock_that_was_ahead_leaves_when_it_is_set_right(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    clock.advance(AHEAD)
    await invite(practice, "omar@example.com")
    clock.advance(-AHEAD)
    assert await deliver(practice) == 0

    await run_timed_work(practice.services)
    assert (await deliver(practice), len(mailbox.letters)) == (1, 1)


async def test_claim_of_a_dead_worker_ends_and_a_living_one_keeps_its_own(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await invite(practice, "omar@example.com")
    await Letter.all().update(claimed_until=clock.now() + AHEAD, claimed_by="dead", attempts=1)
    await run_timed_work(practice.services)
    assert await deliver(practice) == 0

    clock.advance(FARTHEST_CLAIM + timedelta(seconds=1))
    assert (await deliver(practice), len(mailbox.letters)) == (1, 1)


async def test_what_waits_for_good_reason_goes_on_waiting(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    await invite(practice, "omar@example.com")
    mailbox.trouble = MailUnavailable("greylisted")
    for _ in range(12):
        await deliver(practice)
        due = (await Letter.get()).next_attempt_at
        assert await mend_future_times(clock.now()) == 0
        assert (await Letter.get()).next_attempt_at == due
        clock.advance(due - clock.now())


async def test_seal_that_was_put_off_is_due(practice: Practice, clock: FixedClock) -> None:
    document = await put_document(practice, await practice.contact())
    await Completion.create(
        organization_id=practice.organization.id,
        document_id=document.id,
        created_at=clock.now(),
        due_at=clock.now() + AHEAD,
    )

    await run_timed_work(practice.services)
    assert (await Completion.get()).due_at == clock.now()


@pytest.mark.usefixtures("practice")
async def test_closed_limit_opens_a_day_later_at_most_and_not_before(clock: FixedClock) -> None:
    clock.advance(AHEAD)
    for _ in range(IDENTITY_PER_CONTACT.limit):
        await count_attempt(IDENTITY_PER_CONTACT, "somebody", clock)
    clock.advance(-AHEAD)
    await mend_future_times(clock.now())
    clock.advance(LONGEST_WINDOW - timedelta(seconds=1))
    with pytest.raises(TooManyAttempts):
        await require_open(IDENTITY_PER_CONTACT, "somebody", clock)

    clock.advance(timedelta(seconds=2))
    await require_open(IDENTITY_PER_CONTACT, "somebody", clock)


@pytest.mark.campaign
async def test_whatever_the_clock_does_each_letter_leaves_once(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    """Two workers, a mail server that is away now and then, and a clock that jumps by up to two days either way."""
    chance, began, number = Random(SEED), clock.now(), rounds(25, 400)
    for each in range(number):
        await invite(practice, f"person{each}@example.com")
        mailbox.trouble = MailUnavailable("busy") if chance.random() < 0.3 else None
        await deliver(practice, chance.choice(("one", "other")))
        # The invitations are good for longer than that, and letters are not given up so soon.
        clock.advance(began + timedelta(hours=chance.uniform(0, 48)) - clock.now())
    mailbox.trouble = None
    clock.advance(began - clock.now())
    await run_timed_work(practice.services)
    clock.advance(FARTHEST_ATTEMPT)
    while await deliver(practice):
        pass

    sent = [str(letter["To"]) for letter in mailbox.letters]
    print(f"{number} letters over {number} jumps: {number - len(set(sent))} lost, {len(sent) - len(set(sent))} doubled")
    assert sorted(sent) == sorted(f"person{each}@example.com" for each in range(number))
    assert await Letter.filter(status=LetterStatus.SENT).count() == number
