"""Behind PgBouncer in transaction mode: statements, locks and letters through it, live changes past it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.values.ports import ChangeKind
from runtime.commands.checking import findings_with
from runtime.database import migrate, migration_lock, open_database
from runtime.database.config import own_connection
from runtime.database.pooler import pooler_problems
from runtime.settings import given_settings
from runtime.wiring import build_events
from tests.clock import FixedClock
from tests.databases import PostgresServer
from tests.factories import SECRET_KEY, Mailbox, Practice, make_services, open_practice
from tests.pooler import Pooler, pgbouncer
from tests.run import name_in

CONTACTS = 6


@pytest.fixture(scope="module")
def pooler(postgres_server: PostgresServer) -> Iterator[Pooler]:
    with pgbouncer(postgres_server) as running:
        yield running


@pytest.fixture
async def practice(postgres_database: str, pooler: Pooler, clock: FixedClock) -> AsyncIterator[Practice]:
    """More connections to the pooler than it has to the server."""
    async with open_database(pooler.url(name_in(postgres_database)), pool_size=5):
        yield await open_practice(make_services(clock, Mailbox()))


async def test_actions_side_by_side_share_the_poolers_connections_and_each_letter_leaves_once(
    practice: Practice,
) -> None:
    services = practice.services
    contacts = [(await practice.contact(emails=(f"p{number}@example.com",))).id for number in range(CONTACTS)]
    # Each invitation twice at once: locks and constraints decide, whichever connection of the server they are on.
    await asyncio.gather(*[invite_contact(practice.system, each, services) for each in contacts * 2])
    await asyncio.gather(*[deliver_due_letters(services, worker_name=name) for name in ("a", "b")])

    assert isinstance(services.mail, Mailbox)
    assert Counter(letter["To"] for letter in services.mail.letters) == {
        f"p{number}@example.com": 1 for number in range(CONTACTS)
    }
    assert Counter(await Letter.all().values_list("status", flat=True)) == {LetterStatus.SENT: CONTACTS}


async def test_live_changes_are_heard_past_the_pooler(
    practice: Practice, postgres_database: str, clock: FixedClock
) -> None:
    contact = await practice.contact()
    events = build_events(postgres_database, clock)
    async with events.changes(practice.organization.id, ChangeKind.PORTAL_STATUS, None) as changed:
        await invite_contact(practice.system, contact.id, practice.services)
        async with asyncio.timeout(20):
            while await anext(changed) != contact.id:
                pass


async def test_the_migration_lock_holds_through_the_pooler(postgres_database: str, pooler: Pooler) -> None:
    pooled = pooler.url(name_in(postgres_database))
    async with migration_lock(pooled):
        waiting = asyncio.create_task(migrate(pooled))
        # Whoever is refused the lock at once would raise; whoever had it would end.
        await asyncio.wait({waiting}, timeout=0.3)
        assert not waiting.done()
    assert await waiting == []


async def test_prepared_statements_that_outlive_a_transaction_fail_so_the_address_must_turn_them_off(
    postgres_database: str, pooler: Pooler
) -> None:
    connection = {**(own_connection(pooler.url(name_in(postgres_database))) or {}), "statement_cache_size": 10}
    one, other = await asyncpg.connect(**connection), await asyncpg.connect(**connection)
    try:
        assert await one.fetchval("SELECT 1") == 1
        async with other.transaction():
            # The other's transaction has the connection to the server on which the first has prepared its statement.
            await other.execute("SELECT 2")
            with pytest.raises(asyncpg.InvalidSQLStatementNameError):
                await one.fetchval("SELECT 1")
    finally:
        one.terminate()
        other.terminate()


async def test_what_the_settings_lack_behind_a_pooler_is_named(
    postgres_database: str, pooler: Pooler, tmp_path: Path
) -> None:
    name = name_in(postgres_database)
    pooled, forgotten = pooler.url(name), pooler.url(name, options="")

    assert await pooler_problems(postgres_database, postgres_database) is None
    assert await pooler_problems(pooled, postgres_database) == []
    [statements, listening] = await pooler_problems(forgotten, pooled) or []
    assert "VESTIBULE_DATABASE_URL with ?statement_cache_size=0" in statements
    assert "VESTIBULE_DIRECT_DATABASE_URL" in listening

    values = {"database_url": pooled, "files_url": f"file://{tmp_path}", "secret_keys": SECRET_KEY}
    settings = given_settings(Path("none"), **values)
    [found] = [finding for finding in await findings_with(settings) if finding.what == "pooler"]
    assert (found.ok, found.detail) == (False, listening)
