"""Changes are heard of: on PostgreSQL by notification, on SQLite by asking; by whom they concern and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from tortoise.context import TortoiseContext

from adapters.events.hub import RECENT
from adapters.events.subscriber import MAX_PENDING, Subscriber
from clinic.documents.actions.create import NewDocument, create_document
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.values.callers import Permission
from clinic.values.ports import ChangeKind, Events, FellBehind
from runtime.database import open_database
from runtime.wiring import build_events
from tests.clock import FixedClock
from tests.databases import PostgresServer
from tests.factories import Practice, make_services, open_practice
from tests.run import name_in

STATUS, DOCUMENTS = ChangeKind.PORTAL_STATUS, ChangeKind.DOCUMENTS


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock) -> Practice:
    return await open_practice(make_services(clock))


@pytest.fixture
def events(database_url: str, practice: Practice, clock: FixedClock) -> Events:
    return build_events(database_url, clock)


class Ear:
    """Somebody who listens. The same change may be told twice; `heard` is everybody it was told of."""

    def __init__(self, changed: AsyncIterator[UUID]) -> None:
        self._changed = changed
        self.heard: set[UUID] = set()

    async def hears_of(self, contact_id: UUID) -> None:
        """Wait until the contact's change is told."""
        async with asyncio.timeout(10):
            while (told := await anext(self._changed)) != contact_id:
                self.heard.add(told)
        self.heard.add(told)


async def moves(practice: Practice, contact: Contact, email: str) -> None:
    await update_contact(practice.system, contact.id, ContactChanges(emails=[email]), practice.services)


async def test_each_hears_of_the_contacts_they_listen_to(practice: Practice, events: Events, clock: FixedClock) -> None:
    elsewhere = await open_practice(practice.services, slug="harbor-house")
    stranger = await elsewhere.contact()
    omar = await practice.contact()
    nora = await practice.contact("Nora", emails=("nora@example.com",))
    clock.advance(RECENT * 2)
    ours = practice.organization.id
    async with (
        events.changes(ours, STATUS, frozenset({omar.id, stranger.id})) as of_omar,
        events.changes(ours, STATUS, None) as of_all,
        events.changes(ours, DOCUMENTS, None) as of_documents,
        events.changes(elsewhere.organization.id, STATUS, None) as of_others,
    ):
        one, all_, papers, others = [Ear(changed) for changed in (of_omar, of_all, of_documents, of_others)]
        desk = await practice.staff(Permission.WEB_PORTAL)
        await invite_contact(desk, nora.id, practice.services)
        await moves(elsewhere, stranger, "stranger@example.com")
        new = NewDocument(nora.id, "Agreement", text="We agree.")
        await create_document(desk, new, practice.services)
        await moves(practice, omar, "omar@example.com")
        await one.hears_of(omar.id)
        await all_.hears_of(nora.id)
        await all_.hears_of(omar.id)
        await others.hears_of(stranger.id)
        await papers.hears_of(nora.id)
    assert (one.heard, all_.heard) == ({omar.id}, {nora.id, omar.id})
    assert (others.heard, papers.heard) == ({stranger.id}, {nora.id})


async def test_what_changed_between_asking_and_listening_is_told(practice: Practice, events: Events) -> None:
    omar = await practice.contact()
    async with events.changes(practice.organization.id, STATUS, None) as first:
        await Ear(first).hears_of(omar.id)
        async with events.changes(practice.organization.id, STATUS, frozenset({omar.id})) as second:
            await Ear(second).hears_of(omar.id)


async def test_a_lost_connection_is_replaced_and_what_happened_meanwhile_is_told(
    postgres_database: str, postgres_server: PostgresServer, clock: FixedClock
) -> None:
    async with open_database(postgres_database):
        practice = await open_practice(make_services(clock))
        omar, nora = await practice.contact(), await practice.contact("Nora", emails=("nora@example.com",))
        clock.advance(RECENT * 2)
        events = build_events(postgres_database, clock)
        async with events.changes(practice.organization.id, STATUS, None) as changed:
            ear = Ear(changed)
            await moves(practice, omar, "before@example.com")
            await ear.hears_of(omar.id)
            ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
            ended += "AND datname = current_database()"
            await postgres_server.run(ended, database=name_in(postgres_database))
            await moves(practice, nora, "meanwhile@example.com")
            await ear.hears_of(nora.id)
            stranger = await practice.contact("Ana", emails=())
            await ear.hears_of(stranger.id)


async def test_a_slow_listener_is_told_of_each_contact_once_and_never_holds_more_than_so_many() -> None:
    slow, one, other = Subscriber(), uuid4(), uuid4()
    for contact_id in (one, other, one, one):
        slow.put(contact_id)
    assert [await anext(slow), await anext(slow)] == [one, other]
    for _ in range(MAX_PENDING):
        slow.put(one)
        slow.put(uuid4())
    with pytest.raises(FellBehind):
        await anext(slow)
