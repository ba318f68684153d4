"""Archived contacts: out of every list, reached by nothing, and back whenever somebody wants."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.charts.contacts import ContactSearch, contact_page, contacts_by_id, count_contacts, count_states
from clinic.documents.actions.share import share_all_documents, share_document
from clinic.mail.models import Letter
from clinic.portal_access.actions import invite_contact, link_account, print_instructions, revoke_invitation
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.archive import archive_contact, restore_contact
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.records.errors import ChangedMeanwhile
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.paging import PageRequest
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(*EVERY_PERMISSION)


@pytest.fixture
async def contact(practice: Practice) -> Contact:
    return await practice.contact()


async def test_archived_contact_leaves_lists_searches_and_counts_and_comes_back(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    async def found(*, whole: bool) -> list[object]:
        search = ContactSearch("omar", with_archived=whole)
        page = await contact_page(desk, search, PageRequest(limit=10), NOW)
        return [[row.archived_at for row in page.rows], await count_contacts(desk, search)]

    archived = await archive_contact(desk, contact.id, practice.services, version=1)
    at = practice.services.clock.now()
    assert (archived.archived_at, archived.version) == (at, 2)
    assert await found(whole=False) == [[], 0]
    assert await found(whole=True) == [[at], 1]
    assert sum((await count_states(desk)).values()) == 0
    # Whoever has the record open still sees it.
    assert (await contacts_by_id(desk, [contact.id], NOW))[contact.id].archived_at == at
    async with nothing_changes():
        await archive_contact(desk, contact.id, practice.services, version=1)
        with pytest.raises(ChangedMeanwhile) as clash:
            await restore_contact(desk, contact.id, practice.services, version=1)
    assert [change.fields for change in clash.value.changes] == [("archived_at",)]

    assert (await restore_contact(desk, contact.id, practice.services, version=2)).archived_at is None
    assert await found(whole=False) == [[None], 1]
    actions = [event.action for event in await AuditEvent.filter(subject_id=contact.id).order_by("sequence")]
    assert actions == ["contact.created", "contact.archived", "contact.restored"]


async def test_nothing_reaches_an_archived_contact(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    services, other = practice.services, await practice.contact("Rosa", emails=())
    document = await put_document(practice, contact)
    await archive_contact(desk, contact.id, services)
    times = (NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    refused: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        ("contactId", lambda: invite_contact(desk, contact.id, services)),
        ("contactId", lambda: link_account(desk, contact.id, services)),
        ("contactId", lambda: print_instructions(desk, contact.id, services)),
        ("documentId", lambda: share_document(desk, document.id, None, services)),
        ("contactId", lambda: share_all_documents(desk, contact.id, services)),
        ("contactId", lambda: create_appointment(desk, contact.id, *times, services)),
        ("contactId", lambda: create_episode(desk, contact.id, None, services, at_facility=False)),
        ("clientId", lambda: create_relationship(desk, contact.id, other.id, "mother", services)),
        ("relativeId", lambda: create_relationship(desk, other.id, contact.id, "son", services)),
    ]
    async with nothing_changes():
        for path, attempt in refused:
            with pytest.raises(InvalidInput) as refusal:
                await attempt()
            problems = [(problem.path, problem.code) for problem in refusal.value.problems]
            assert problems == [(path, Problem.CONTACT_ARCHIVED)]
    # A mistake in the record can still be mended.
    await update_contact(desk, contact.id, ContactChanges(given_name="Ali"), services)
    await restore_contact(desk, contact.id, services)
    await invite_contact(desk, contact.id, services)


async def test_contact_with_an_account_or_an_open_invitation_is_not_archived(
    practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    await invite_contact(desk, contact.id, practice.services)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await archive_contact(desk, contact.id, practice.services)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("contactId", Problem.LINKED_STILL)]
    await revoke_invitation(desk, contact.id, "The wrong address.", practice.services)
    assert (await archive_contact(desk, contact.id, practice.services)).archived_at is not None


async def test_invited_and_archived_at_once_is_one_of_the_two(practice: Practice, desk: StaffCaller) -> None:
    for number in range(4):
        contact = await practice.contact(emails=(f"omar{number}@example.com",))
        both = (
            invite_contact(desk, contact.id, practice.services),
            archive_contact(desk, contact.id, practice.services),
        )
        outcomes = await asyncio.gather(*both, return_exceptions=True)
        assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 1, outcomes
        linked = await PortalLink.exists(contact_id=contact.id, unlinked_at=None)
        assert linked is not ((await Contact.get(id=contact.id)).archived_at is not None)
    assert await Letter.all().count() == await PortalAccount.filter(withdrawn_at=None).count()


async def test_permission_and_own_practice_are_needed(
    practice: Practice, other_practice: Practice, contact: Contact
) -> None:
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        for action in (archive_contact, restore_contact):
            with pytest.raises(NotPermitted):
                await action(others, contact.id, practice.services)
            with pytest.raises(NotFound):
                await action(stranger, contact.id, practice.services)
