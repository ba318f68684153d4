"""What a person is told of who had to do with their record."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from clinic.charts.history import AccessEntry, access_history
from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.actions.remind import remind_signers
from clinic.documents.actions.share import share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.portal_access.actions import print_instructions
from clinic.portal_access.models import PortalLink
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.values.callers import Permission
from clinic.values.paging import PageRequest
from tests.clinic.documents.family import Family, document_about, family_of
from tests.clock import FixedClock
from tests.factories import Practice


@pytest.fixture
async def family(practice: Practice) -> Family:
    return await family_of(practice)


async def test_staffs_acts_on_the_record_are_told_newest_first_by_name(practice: Practice, clock: FixedClock) -> None:
    contact = await practice.contact()
    another = await practice.contact("Luz", emails=())
    desk = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    await print_instructions(desk, contact.id, practice.services)
    await print_instructions(desk, another.id, practice.services)
    await update_contact(desk, contact.id, ContactChanges(given_name="Omaro"), practice.services)
    page = await access_history(practice.organization.id, contact.id, PageRequest())
    assert [(look.who, look.action) for look in page.rows] == [
        ("Fran Desk", "contact.updated"),
        ("Fran Desk", "portal_instructions.printed"),
        (None, "contact.created"),
    ]
    assert {look.at for look in page.rows} == {clock.now()}


async def test_long_histories_come_in_pages_both_ways(practice: Practice) -> None:
    contact = await practice.contact()
    desk = await practice.staff(Permission.WEB_PORTAL)
    for _ in range(4):
        await print_instructions(desk, contact.id, practice.services)

    async def page(**request: object) -> tuple[AccessEntry, ...]:
        found = await access_history(
            practice.organization.id,
            contact.id,
            PageRequest(limit=2, **request),  # type: ignore[arg-type]  # a test's own
        )
        return found.rows

    first = await page()
    second = await page(after=(first[-1].sequence,))
    third = await page(after=(second[-1].sequence,))
    sequences = [look.sequence for look in (*first, *second, *third)]
    assert sequences == sorted(sequences, reverse=True)
    assert (len(sequences), third[-1].action) == (5, "contact.created")
    assert await page(before=(second[0].sequence,), backwards=True) == first


async def test_another_practice_has_no_such_history(practice: Practice, other_practice: Practice) -> None:
    contact = await practice.contact()
    assert (await access_history(other_practice.organization.id, contact.id, PageRequest())).rows == ()


async def looks(family: Family, contact_id: object) -> list[tuple[str | None, str]]:
    page = await access_history(family.practice.organization.id, contact_id, PageRequest(limit=50))  # type: ignore[arg-type]  # an id
    return [(look.who, look.action) for look in page.rows if look.action.startswith("document.")][::-1]


async def test_what_happens_to_a_document_is_told_to_whom_it_is_about(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    document = await document_about(family, signers=[family.leo])
    await share_document(family.desk, document.id, None, services)
    for reading in Reading:
        await record_reading(family.leo_signed_in, document.id, reading, services)
        await record_reading(family.mia_signed_in, document.id, reading, services)
    await record_reading(family.desk, document.id, Reading.VIEWED, services)
    clock.advance(timedelta(days=3))
    await remind_signers(services)
    await unshare_document(family.desk, document.id, services)
    replaced = await document_about(family, title="Plan", supersedes=document)
    await withdraw_document(family.desk, replaced.id, "A mistake", services)

    assert await looks(family, family.mia.id) == [
        ("Fran Desk", "document.created"),
        ("Fran Desk", "document.shared"),
        ("Leo Park", "document.viewed"),
        ("Leo Park", "document.printed"),
        ("Leo Park", "document.downloaded"),
        ("Fran Desk", "document.viewed"),
        (None, "document.reminded"),
        ("Fran Desk", "document.unshared"),
        ("Fran Desk", "document.created"),
        ("Fran Desk", "document.superseded"),
        ("Fran Desk", "document.withdrawn"),
    ]
    # Nothing of it is about Leo's own record.
    assert await looks(family, family.leo.id) == []


async def test_relative_whose_account_was_unlinked_since_is_told_by_name(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    document = await document_about(family)
    await share_document(family.desk, document.id, None, services)
    await record_reading(family.leo_signed_in, document.id, Reading.VIEWED, services)
    clock.advance(timedelta(hours=1))
    await PortalLink.filter(contact_id=family.leo.id).update(unlinked_at=clock.now())
    assert (await looks(family, family.mia.id))[-1] == ("Leo Park", "document.viewed")


async def test_what_an_account_read_before_it_was_ones_own_counts(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    document = await document_about(family)
    await share_document(family.desk, document.id, None, services)
    await record_reading(family.leo_signed_in, document.id, Reading.VIEWED, services)
    clock.advance(timedelta(hours=1))
    # Leo's account is moved to Mia's record, by a reviewed transfer, say.
    await PortalLink.filter(contact_id__in=[family.leo.id, family.mia.id]).update(unlinked_at=clock.now())
    [leos] = await PortalLink.filter(contact_id=family.leo.id)
    await PortalLink.create(
        organization_id=leos.organization_id,
        account_id=leos.account_id,
        contact_id=family.mia.id,
        email=leos.email,
        linked_at=clock.now(),
        linked_how=leos.linked_how,
        identity_confirmed_at=clock.now(),
    )
    assert (await looks(family, family.mia.id))[-1][1] == "document.viewed"
    await record_reading(family.leo_signed_in, document.id, Reading.DOWNLOADED, services)
    assert (await looks(family, family.mia.id))[-1][1] == "document.viewed"


async def test_documents_and_record_come_in_one_order_in_pages(family: Family) -> None:
    for number in range(3):
        await document_about(family, title=f"Plan {number}")
        await update_contact(
            await family.practice.staff(Permission.MANAGE_CONTACTS),
            family.mia.id,
            ContactChanges(given_name=f"Mia {number}"),
            family.practice.services,
        )
    whole = (await access_history(family.practice.organization.id, family.mia.id, PageRequest(limit=50))).rows
    actions = [look.action for look in whole]
    assert actions[:4] == ["contact.updated", "document.created"] * 2
    pages: list[AccessEntry] = []
    more = True
    while more:
        after = (pages[-1].sequence,) if pages else None
        page = await access_history(family.practice.organization.id, family.mia.id, PageRequest(limit=1, after=after))
        pages += page.rows
        more = page.has_next
    assert tuple(pages) == whole


async def test_history_costs_three_statements_however_long(
    family: Family, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    services = family.practice.services
    for number in range(6):
        document = await document_about(family, title=f"Plan {number}")
        await share_document(family.desk, document.id, None, services)
        await record_reading(family.leo_signed_in, document.id, Reading.VIEWED, services)
    with count_statements() as sent:
        await access_history(family.practice.organization.id, family.mia.id, PageRequest(limit=50))
    assert len(sent) == 3


async def test_another_practice_is_told_nothing_of_documents(family: Family, other_practice: Practice) -> None:
    await document_about(family)
    assert (await access_history(other_practice.organization.id, family.mia.id, PageRequest())).rows == ()
