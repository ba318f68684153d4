"""A connection to PostgreSQL that is cut at any moment ends no work for good, and no letter is lost or sent twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from clinic.database.faults import is_unavailable
from clinic.letters.delivery import LEASE, deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from runtime.database import open_database
from tests.campaign import rounds
from tests.clock import FixedClock
from tests.cutting_proxy import CuttingProxy, cutting_proxy
from tests.databases import PostgresServer
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.run import name_in

LETTERS = rounds(suite=6, soak=60)
# How often what is sent is cut. Primes, so that the cuts meet other statements in each round. One letter takes about
# fifty.
PRIMES = (89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149)[: rounds(suite=2, soak=12)]


@pytest.fixture
async def proxy(postgres_server: PostgresServer) -> AsyncIterator[CuttingProxy]:
    async with cutting_proxy(postgres_server.folder) as running:
        yield running


@pytest.mark.campaign
async def test_cut_connections_lose_no_letter_and_raise_nothing_but_outages(
    postgres_database: str, proxy: CuttingProxy, clock: FixedClock
) -> None:
    mailbox = Mailbox()
    services = make_services(clock, mailbox)
    url = f"postgres://vestibule@127.0.0.1:{proxy.port}/{name_in(postgres_database)}"
    outages: Counter[str] = Counter()
    async with open_database(url, pool_size=3):
        practice = await open_practice(services)
        for every in PRIMES:
            proxy.every = 0
            await queue_letters(practice)
            proxy.every = every
            for _ in range(4 * LETTERS):
                clock.advance(LEASE + timedelta(minutes=1))
                # Two workers at once use several connections of the pool.
                for failed in await asyncio.gather(work(practice, "a"), work(practice, "b")):
                    if failed is not None:
                        outages[failed] += 1
                proxy.every, kept = 0, proxy.every
                waiting = await Letter.filter(status=LetterStatus.QUEUED).count()
                proxy.every = kept
                if not waiting:
                    break
        proxy.every = 0
        statuses = Counter(await Letter.all().values_list("status", flat=True))
        sent = {letter.message_id for letter in await Letter.all()}
        failures = Counter(await Letter.all().values_list("failure", flat=True))
    print(f"{failures} {proxy.cuts} cuts, {dict(outages)}, {dict(statuses)}, {len(mailbox.letters)} handed over")
    assert proxy.cuts >= len(PRIMES) * 2
    assert statuses == {LetterStatus.SENT: len(PRIMES) * LETTERS}
    assert {letter["Message-ID"] for letter in mailbox.letters} == sent


async def queue_letters(practice: Practice) -> None:
    for _ in range(LETTERS):
        contact = await practice.contact(emails=(f"p{await Letter.all().count()}@example.com",))
        await invite_contact(practice.system, contact.id, practice.services)


async def work(practice: Practice, name: str) -> str | None:
    """One round of a worker; what ended it, which must be an outage."""
    try:
        await deliver_due_letters(practice.services, worker_name=name)
    except Exception as failure:
        if not is_unavailable(failure):
            raise
        return type(failure).__name__
    return None
