"""Slow servers, servers that refuse us, and marks that can't be written: each letter leaves once, and none is lost."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from tortoise.connection import get_connection

from clinic.letters.delivery import GIVE_UP_AFTER, LEASE, REFUSED_PAUSE, deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.values.ports import MailServerUnavailable, SenderRefused, Wait
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import register
from tests.clock import FixedClock, no_wait
from tests.factories import Mailbox, Practice


@dataclass
class Slow(Mailbox):
    """A server that has the letter, and says so only when it is told to."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    says_so: list[asyncio.Event] = field(default_factory=list)

    async def deliver(self, message: EmailMessage) -> None:
        self.letters.append(message)
        self.says_so.append(asyncio.Event())
        self.begun.set()
        await self.says_so[len(self.letters) - 1].wait()


class Beats:
    """The port `Wait`: each wait ends when the test says so."""

    def __init__(self) -> None:
        self._waits: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    async def __call__(self, seconds: float, /) -> None:
        ended = asyncio.Event()
        self._waits.put_nowait(ended)
        await ended.wait()

    async def beat(self) -> None:
        """End the present wait. Answers when the next one has begun."""
        async with asyncio.timeout(30):
            (await self._waits.get()).set()
            self._waits.put_nowait(await self._waits.get())


@dataclass
class Deciding(Mailbox):
    """A server that calls `before` ahead of each letter."""

    before: Callable[[EmailMessage], None] = lambda message: None

    async def deliver(self, message: EmailMessage) -> None:
        self.before(message)
        await super().deliver(message)


def handing_to(practice: Practice, mailbox: Mailbox, wait: Wait = no_wait) -> None:
    practice.services = replace(practice.services, mail=mailbox, wait=wait)


async def invite(practice: Practice, number: int = 0) -> None:
    contact = await practice.contact(emails=(f"omar{number}@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)


async def work(practice: Practice, name: str) -> int:
    return await deliver_due_letters(practice.services, worker_name=name)


async def test_slow_server_gets_a_letter_once_however_long_it_takes(practice: Practice, clock: FixedClock) -> None:
    server, beats = Slow(), Beats()
    handing_to(practice, server, wait=beats)
    await invite(practice)
    first = asyncio.create_task(work(practice, "first"))
    await server.begun.wait()
    for _ in range(5):
        clock.advance(LEASE * 0.9)
        await beats.beat()
        clock.advance(LEASE * 0.9)
        assert await work(practice, "second") == 0
    server.says_so[0].set()
    assert await first == 1
    assert len(server.letters) == 1
    assert (await Letter.get()).status is LetterStatus.SENT


async def test_whoever_delivered_marks_it_even_after_losing_the_claim(practice: Practice, clock: FixedClock) -> None:
    server = Slow()
    handing_to(practice, server, wait=Beats())
    await invite(practice)
    first = asyncio.create_task(work(practice, "first"))
    await server.begun.wait()
    clock.advance(LEASE * 2)  # the first one could not renew
    server.begun.clear()
    second = asyncio.create_task(work(practice, "second"))
    await server.begun.wait()
    assert (await Letter.get()).claimed_by == "second"
    server.says_so[0].set()
    await first
    assert (await Letter.get()).status is LetterStatus.SENT
    server.says_so[1].set()
    await second
    assert await AuditEvent.filter(action="letter.sent").count() == 1


async def test_letter_whose_mark_can_not_be_written_is_not_sent(practice: Practice, clock: FixedClock) -> None:
    server = Mailbox()
    handing_to(practice, server)
    await invite(practice)
    connection = get_connection("default")
    await connection.execute_script("ALTER TABLE audit_event RENAME TO audit_event_gone")
    try:
        await work(practice, "w")
    finally:
        await connection.execute_script("ALTER TABLE audit_event_gone RENAME TO audit_event")
    assert server.letters == []
    clock.advance(timedelta(minutes=1))
    assert await work(practice, "w") == 1
    assert len(server.letters) == 1


async def test_server_that_refuses_us_loses_no_letter_and_uses_up_no_attempt(
    practice: Practice, clock: FixedClock
) -> None:
    handing_to(practice, Mailbox(trouble=SenderRefused("The mail server answered 554 5.7.1 at MAIL.")))
    for number in range(3):
        await invite(practice, number)
    for _ in range(4):
        with pytest.raises(SenderRefused):
            await work(practice, "w")
        clock.advance(GIVE_UP_AFTER / 2)
    letters = await Letter.all()
    assert {(letter.status, letter.attempts, letter.claimed_until) for letter in letters} == {
        (LetterStatus.QUEUED, 0, None)
    }
    assert "The mail server answered 554 5.7.1 at MAIL." in {letter.failure for letter in letters}
    server = Mailbox()
    handing_to(practice, server)
    assert await work(practice, "w") == 3
    assert len(server.letters) == 3


async def test_one_letter_that_we_are_refused_for_does_not_hold_up_the_others(
    practice: Practice, clock: FixedClock
) -> None:
    def refuse(message: EmailMessage) -> None:
        if "omar0" in message["To"]:
            raise SenderRefused("The mail server answered 554 at RCPT.")

    server = Deciding(before=refuse)
    handing_to(practice, server)
    for number in range(3):
        await invite(practice, number)
        clock.advance(timedelta(seconds=1))  # the refused one is the first in line
    with pytest.raises(SenderRefused):
        await work(practice, "w")
    assert await work(practice, "w") == 2
    clock.advance(REFUSED_PAUSE)
    with pytest.raises(SenderRefused):
        await work(practice, "w")


async def test_server_that_was_away_gets_every_letter_at_its_return(practice: Practice, clock: FixedClock) -> None:
    handing_to(practice, Mailbox(trouble=MailServerUnavailable("connection refused")))
    for number in range(3):
        await invite(practice, number)
    for _ in range(20):
        with pytest.raises(MailServerUnavailable):
            await work(practice, "w")
        clock.advance(timedelta(seconds=4))
    server = Mailbox()
    handing_to(practice, server)
    assert await work(practice, "w") == 3
    assert len(server.letters) == 3


class Registering(Mailbox):
    """After the second letter somebody registers, and waits for a letter before the screen."""

    practice: Practice | None = None

    async def deliver(self, message: EmailMessage) -> None:
        await super().deliver(message)
        if len(self.letters) == 2 and self.practice is not None:
            await register(self.practice, "ana.silva@example.com")


async def test_letter_that_somebody_waits_for_goes_before_the_bulk(practice: Practice) -> None:
    for number in range(5):
        await invite(practice, number)
    server = Registering()
    server.practice = practice
    handing_to(practice, server)
    assert await work(practice, "w") == 6
    assert [number for number, letter in enumerate(server.letters) if "ana.silva" in letter["To"]] == [2]
