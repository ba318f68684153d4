"""`python -m bench.outages`: letters through bad mail servers and a crashing database. Is one lost, doubled or stuck?

Two workers deliver letters to a server that follows one of twenty scripts for each receiver: it accepts, asks for
another time, refuses, is slow, hangs up before or after it took the letter; for the first seconds it refuses us
altogether. Meanwhile a worker is killed and started again, again and again, and PostgreSQL crashes and recovers.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import monotonic
from typing import TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session
from tortoise.expressions import Q

from bench.practice import found, services_of
from bench.stage import KINDS, Child, Deployment, run_until_term, running, scratch_folder
from bench.turmoil import add_forked, child_of
from clinic.database.faults import is_unavailable
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.values.callers import SystemCaller
from runtime.database import migrate, open_database
from tests.adapters.smtp_servers import Inbox, hang_up, smtp_server
from tests.databases import PostgresServer

T = TypeVar("T")


@dataclass(frozen=True)
class Script:
    """What the server does with a letter, at RCPT or once it has the text: at the first time, or `always`."""

    at: str = "DATA"
    answer: str = "250 OK"
    seconds: float = 0
    hangs_up: bool = False
    always: bool = False

    @property
    def takes(self) -> bool:
        """Whether the letter counts as handed over at the first time."""
        return self.answer.startswith("2") and (self.at == "DATA" or not self.hangs_up)

    @property
    def is_for_good(self) -> bool:
        return self.answer.startswith("5")


SCRIPTS = {
    "accepts": Script(),
    "forwards": Script("RCPT", "251 2.1.5 we forward it", always=True),
    "talks": Script(answer="250-2.0.0 taken\r\n250 2.0.0 queued as 4711", always=True),
    "slow": Script(seconds=1),
    "slow-recipient": Script("RCPT", seconds=1),
    "later": Script("RCPT", "451 4.7.1 greylisted"),
    "busy": Script("RCPT", "450 4.2.1 somebody else writes to it"),
    "full": Script("RCPT", "452 4.2.2 the mailbox is full"),
    "closing": Script("RCPT", "421 4.3.2 we close for today"),
    "later-text": Script(answer="451 4.3.0 try again"),
    "full-text": Script(answer="452 4.3.1 the disk is full"),
    "closing-text": Script(answer="421 4.3.2 we close for today"),
    "refuses": Script("RCPT", "550 5.1.1 no such mailbox", always=True),
    "moved": Script("RCPT", "551 5.1.6 it has moved", always=True),
    "no-name": Script("RCPT", "553 5.1.3 this is no address", always=True),
    "refuses-text": Script(answer="554 5.7.1 looks like spam", always=True),
    "too-large": Script(answer="552 5.3.4 too large for us", always=True),
    "hangs-up": Script("RCPT", hangs_up=True),
    "hangs-up-text": Script(answer="451", hangs_up=True),
    "takes-and-hangs-up": Script(hangs_up=True),
}
REFUSES_US_SECONDS = 3.0
# Letters are stuck if some are due and none has left for so long. The rules allow much less: 36 s while a worker pauses
# because the server refused us, which it does at the beginning only, and 5 s after the database's return. What waits
# for its next attempt is not due, and may wait for longer than that: five minutes after such a refusal, two for the
# claim of a worker that was killed, and half a minute doubled for each claim that a kill or a crash cut off before the
# letter was asked for another time. After four of these it is eight minutes, and never more than two hours.
MOST_SECONDS = 300.0


@dataclass
class Scripted(Inbox):
    """Follows the script in the receiver's address: at the first time, or always for what it refuses."""

    seen: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    excused: set[str] = field(default_factory=set)
    began: float = field(default_factory=monotonic)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if monotonic() - self.began < REFUSES_US_SECONDS:
            return "554 5.7.1 we have heard bad things of you"
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen[address] += 1
        script = SCRIPTS[script_of(address)]
        if script.at != "RCPT" or not (script.always or self.seen[address] == 1):
            return await super().handle_RCPT(server, session, envelope, address, options)
        await asyncio.sleep(script.seconds)
        if script.hangs_up:
            hang_up(server)
        if script.takes:
            envelope.rcpt_tos.append(address)
        return script.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        [address] = envelope.rcpt_tos
        script = SCRIPTS[script_of(address)]
        letter_id = str(message_from_bytes(envelope.content or b"", policy=default)["Message-ID"])  # type: ignore[arg-type]  # bytes, as the server decodes nothing
        self.read[letter_id] += 1
        if script.at != "DATA" or not (script.always or self.read[letter_id] == 1):
            script = Script()
        await asyncio.sleep(script.seconds)
        if script.takes:
            self.taken[letter_id] += 1
        if script.hangs_up:
            hang_up(server)
            if script.takes:
                self.excused.add(letter_id)
        return script.answer


@dataclass
class Disturbance:
    """What was done to the programs meanwhile."""

    kills: int = 0
    crashes: int = 0


async def queue_letters(deployment: Deployment, each: int) -> None:
    founded = await found(deployment)
    services = services_of(deployment)
    caller = SystemCaller(founded.organization.id, "bench")
    async with open_database(deployment.database_url):
        for script in SCRIPTS:
            for number in range(each):
                facts = ContactFacts("Omar", "Reyes", emails=(f"{script}+{number}@example.com",))
                contact = await create_contact(caller, facts, services)
                await invite_contact(caller, contact.id, services)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, also if the database has to come back for it."""
    while True:
        try:
            return await ask()
        except Exception as outage:
            if not is_unavailable(outage):
                raise
            await asyncio.sleep(0.2)


async def kill_now_and_then(worker: Child, chance: random.Random, did: Disturbance, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(chance.uniform(1, 6))
        await worker.kill()
        did.kills += 1
        await worker.start()


async def crash_now_and_then(server: PostgresServer, chance: random.Random, did: Disturbance, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(chance.uniform(1, 6))
        await asyncio.to_thread(server.crash)
        did.crashes += 1
        await asyncio.sleep(chance.uniform(0, 2))
        await asyncio.to_thread(server.start_again)


async def until_none_leaves() -> float:
    """Return once no letter waits, or some are due and none has left for long. The seconds until the last one left."""
    began = last = monotonic()
    left, until = await waiting(), monotonic() + MOST_SECONDS
    while left and monotonic() < until:
        await asyncio.sleep(0.5)
        now_left = await waiting()
        last = monotonic() if now_left < left else last
        if now_left < left or not await due():
            left, until = now_left, monotonic() + MOST_SECONDS
    return last - began


async def waiting() -> int:
    return await patiently(lambda: Letter.filter(status=LetterStatus.QUEUED).count())


async def due() -> int:
    """Waiting letters that a worker may take now."""
    now = datetime.now(UTC)
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = Letter.filter(free, status=LetterStatus.QUEUED, next_attempt_at__lte=now)
    return await patiently(mine.count)


@asynccontextmanager
async def database(
    kind: str, folder: Path, *, durable: bool = False
) -> AsyncIterator[tuple[str, PostgresServer | None]]:
    """An empty database of this kind. Only a `durable` server keeps through its crash what it acknowledged."""
    if kind == "sqlite":
        url = f"sqlite://{folder / 'vestibule.sqlite3'}"
        await migrate(url)
        yield url, None
        return
    server = PostgresServer(durable=durable)
    try:
        server.start()
        await server.run("CREATE DATABASE vestibule")
        await migrate(server.url("vestibule"))
        yield server.url("vestibule"), server
    finally:
        server.stop()


async def run(kind: str, each: int, times: int, chance: random.Random, child: type[Child] = Child) -> int:
    """Prints the counts; the number of violations."""
    did, inbox = Disturbance(), Scripted()
    async with scratch_folder() as folder, database(kind, folder, durable=True) as (url, server), smtp_server(inbox):
        deployment = Deployment(url, folder, smtp_port=inbox.port, child=child)
        await queue_letters(deployment, each)
        workers = [deployment.worker(f"worker-{number}") for number in range(2)]
        inbox.began = monotonic()
        async with running(*workers), open_database(url):
            disturbing = [asyncio.create_task(kill_now_and_then(workers[0], chance, did, times))]
            if server is not None:
                disturbing.append(asyncio.create_task(crash_now_and_then(server, chance, did, times)))
            await asyncio.gather(*disturbing)
            longest = await until_none_leaves()
            letters = await patiently(lambda: Letter.all())
        if any(each.status is LetterStatus.QUEUED for each in letters):
            print(*(f"{worker.name}: {worker.said()}" for worker in workers), sep="\n")
    violations = report(kind, letters, inbox, did)
    print(f"  the last letter left {longest:.0f} s after the last disturbance")
    return violations


def report(kind: str, letters: list[Letter], inbox: Scripted, did: Disturbance) -> int:
    """A letter that a killed worker, or a crash, left without its mark may come again, with the same Message-ID."""
    stuck = [each for each in letters if each.status is LetterStatus.QUEUED]
    refused = [each for each in letters if each not in stuck and SCRIPTS[script_of(each.to_address)].is_for_good]
    wanted = [each for each in letters if each not in stuck and not SCRIPTS[script_of(each.to_address)].is_for_good]
    lost = sum(each.status is not LetterStatus.SENT or not inbox.taken[each.message_id] for each in wanted)
    wrong = sum(each.status is not LetterStatus.BOUNCED for each in refused)
    unknown = len(set(inbox.taken) - {each.message_id for each in letters})
    again = sum(number - 1 for letter_id, number in inbox.taken.items() if letter_id not in inbox.excused)
    doubled = max(0, again - did.kills - 2 * did.crashes)
    print(f"{kind}: {len(letters)} letters, {did.kills} kills of a worker, {did.crashes} crashes of the database")
    print(f"  {inbox.taken.total()} handed over, {again} of them again after a kill or a crash")
    counts = f"{lost} lost, {doubled} doubled, {len(stuck)} stuck"
    print(f"  {counts}, {wrong} refused ones not shown as bounced, {unknown} unknown")
    for each in stuck:
        print(f"  stuck: {each.to_address}, {each.attempts} attempts, next {each.next_attempt_at}, ", end="")
        print(f"claimed until {each.claimed_until}: {each.failure}")
    return lost + doubled + wrong + unknown + len(stuck)


def script_of(address: str) -> str:
    return address.partition("+")[0]


async def main(kinds: list[str], each: int, times: int, seed: int, child: type[Child]) -> int:
    chance = random.Random(seed)
    return 1 if sum([await run(kind, each, times, chance, child) for kind in kinds]) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--letters", type=int, default=100, help="for each script")
    parser.add_argument("--times", type=int, default=20, help="kills of a worker, and crashes of PostgreSQL")
    parser.add_argument("--seed", type=int, default=2026)
    add_forked(parser)
    given = parser.parse_args()
    program = main(given.databases or list(KINDS), given.letters, given.times, given.seed, child_of(given))
    sys.exit(run_until_term(program))
