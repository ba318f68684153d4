"""Two records of one person become one: by two staff members, with nothing lost, and once."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from clinic.charts.actions import approve_merge, decline_merge, erase_contact, request_merge, withdraw_merge
from clinic.charts.errors import MergeBlocked, MergeObstacle
from clinic.charts.history import EventFilter, access_history, event_page
from clinic.documents.models import Document, DocumentRecipient, Signature
from clinic.documents.signature_proof import proven_signatures
from clinic.portal_access.errors import AlreadyDecided, NotYourRequest, SecondPersonNeeded
from clinic.portal_access.models import PortalLink, PrintedSheet
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.archive import restore_contact
from clinic.records.actions.contacts import ContactFacts, create_contact, facts_of
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.actions.relationships import create_relationship
from clinic.records.actions.views import record_views
from clinic.records.external_ids import Identifier, record_called
from clinic.records.models import (
    Appointment,
    Contact,
    ContactKind,
    ContactMerge,
    Episode,
    ExternalIdKind,
    Relationship,
)
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.limits import MOST_EMAILS
from clinic.values.paging import PageRequest
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import opened_to, paper, person, sign
from tests.clinic.portal_access.ways import desk_of, events, pin_of, printed_token
from tests.factories import BORN, Mailbox, Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes


@dataclass(frozen=True)
class Desks:
    """Two staff members: one asks, the other decides."""

    asker: StaffCaller
    decider: StaffCaller


@pytest.fixture
async def desks(practice: Practice) -> Desks:
    return Desks(await desk_of(practice), await desk_of(practice))


async def merge(practice: Practice, desks: Desks, kept: Contact, duplicate: Contact) -> ContactMerge:
    asked = await request_merge(desks.asker, kept.id, duplicate.id, "The same person.", practice.services)
    return await approve_merge(desks.decider, asked.id, practice.services)


async def blocked(practice: Practice, desks: Desks, kept: Contact, duplicate: Contact) -> MergeObstacle:
    """What stands in the way, of asking and of approving. Neither changes anything."""
    async with nothing_changes():
        with pytest.raises(MergeBlocked) as refusal:
            await request_merge(desks.asker, kept.id, duplicate.id, "The same person.", practice.services)
    return MergeObstacle(refusal.value.reason)


async def test_all_that_hangs_on_the_duplicate_moves_and_it_stays_as_a_pointer(
    practice: Practice, desks: Desks, mailbox: Mailbox
) -> None:
    services, now = practice.services, practice.services.clock.now()
    kept = await practice.contact("Omar", emails=("omar@example.com",), date_of_birth=None)
    theirs = await person(practice, mailbox, "Omár")
    duplicate = theirs.contact
    mia, rosa = await practice.contact("Mia", emails=()), await practice.contact("Rosa", emails=())
    await opened_to(practice, duplicate, rosa, "mother")
    await create_relationship(practice.system, mia.id, duplicate.id, "father", services)
    await create_episode(desks.asker, duplicate.id, None, services, at_facility=False)
    visit = await create_appointment(desks.asker, duplicate.id, now, now + timedelta(hours=1), services)
    document = await paper(practice, duplicate, duplicate, rosa)
    await DocumentRecipient.create(
        organization_id=kept.organization_id, document_id=document.id, contact_id=duplicate.id, added_at=now
    )
    await printed_token(practice, desks.asker, duplicate)
    pin = await pin_of(practice, duplicate)
    number = Identifier("https://ehr.example/patients", "0042")
    await set_external_ids(desks.asker, ExternalIdKind.CONTACT, duplicate.id, [number], services)

    done = await merge(practice, desks, kept, duplicate)

    assert await record_called(kept.organization_id, ExternalIdKind.CONTACT, number) == kept.id
    assert (done.approved, done.decided_by_id, done.decided_at) == (True, desks.decider.staff_member_id, now)
    pointer = await Contact.get(id=duplicate.id)
    assert (pointer.merged_into_id, pointer.archived_at) == (kept.id, now)
    assert await pin_of(practice, duplicate) != pin
    assert not await PrintedSheet.filter(contact_id=duplicate.id, expires_at__gt=now).exists()
    one = await Contact.get(id=kept.id)
    assert (one.date_of_birth, one.version, one.archived_at) == (BORN, kept.version + 1, None)
    assert (await facts_of(one)).emails == ["omar@example.com", theirs.email]
    assert (await facts_of(pointer)).emails == []
    moved_visit = await Appointment.get()
    assert (moved_visit.id, moved_visit.contact_id, (await Episode.get()).contact_id) == (visit.id, kept.id, kept.id)
    assert {(each.client_id, each.relative_id) for each in await Relationship.all()} == {
        (kept.id, rosa.id),
        (mia.id, kept.id),
    }
    link = await PortalLink.get(unlinked_at=None)
    assert (link.contact_id, link.account_id, link.identity_confirmed_at) == (kept.id, theirs.caller.account_id, None)
    moved = await Document.get(id=document.id)
    assert (moved.contact_id, moved.moved_from_id) == (kept.id, duplicate.id)
    assert {each.signer_id for each in await Signature.all()} == {kept.id, rosa.id}
    assert {each.contact_id for each in await DocumentRecipient.all()} == {kept.id}
    assert (await verify_chain(practice.organization.id)).broken is None


async def test_both_records_tell_of_it_and_the_history_of_both_is_read_as_one(practice: Practice, desks: Desks) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez")
    await record_views(desks.asker, [duplicate.id], practice.services)
    done = await merge(practice, desks, kept, duplicate)

    [into], [from_] = await events("contact.merged_into"), await events("contact.merged_from")
    assert (into["subject"], into["actor"]) == (duplicate.id, desks.decider.staff_member_id)
    assert (from_["subject"], from_["actor"]) == (kept.id, desks.decider.staff_member_id)
    assert str(kept.id) in into["details"]
    assert str(duplicate.id) in from_["details"]
    for action in ("contact_merge.requested", "contact_merge.approved"):
        [event] = await events(action)
        assert (event["subject"], event["reason"]) == (done.id, "The same person.")
    auditor = await practice.staff(Permission.VIEW_AUDIT)
    page = await event_page(auditor, EventFilter(kept.id, with_related=True), PageRequest(50))
    assert {row.action for row in page.rows if row.subject_id == duplicate.id} >= {"contact.created", "contact.viewed"}
    seen = await access_history(practice.organization.id, kept.id, PageRequest(50))
    assert "contact.viewed" in {row.action for row in seen.rows}


async def test_signed_documents_stay_proven_and_who_signs_later_is_the_merged_record(
    practice: Practice, desks: Desks, mailbox: Mailbox
) -> None:
    theirs, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    duplicate, kept = theirs.contact, await practice.contact(emails=())
    await opened_to(practice, duplicate, rosa.contact)
    signed, half = (
        await paper(practice, duplicate, duplicate),
        await paper(practice, duplicate, duplicate, rosa.contact),
    )
    await sign(practice, theirs, signed)
    await sign(practice, rosa, half, typed_name="Rosa Reyes")

    await merge(practice, desks, kept, duplicate)

    services = practice.services
    await PortalLink.filter(contact_id=kept.id).update(identity_confirmed_at=services.clock.now())
    await sign(practice, theirs, half)
    for document in (signed, half):
        assert await proven_signatures(await Document.get(id=document.id), services.secrets)
    assert (await verify_chain(practice.organization.id)).broken is None
    # A merge that is in no chain proves nothing: the document is found.
    now, elsewhere = services.clock.now(), rosa.contact.id
    lone = await paper(practice, await practice.contact("Leo", emails=()))
    await Contact.filter(id=lone.contact_id).update(merged_into_id=elsewhere, archived_at=now)
    await Document.filter(id=lone.id).update(contact_id=elsewhere, moved_from_id=lone.contact_id)
    assert (await verify_chain(practice.organization.id)).broken is not None


async def test_document_moves_only_where_its_record_was_merged(practice: Practice, desks: Desks) -> None:
    contact, other = await practice.contact(), await practice.contact("Rosa", emails=())
    document = await paper(practice, contact, contact)
    for change in (
        {"contact_id": other.id},
        {"contact_id": other.id, "moved_from_id": contact.id},
        {"moved_from_id": other.id},
    ):
        with pytest.raises(Exception, match="document_moved"):
            await Document.filter(id=document.id).update(**change)
    with pytest.raises(Exception, match="signature_moved"):
        await Signature.all().update(signer_id=other.id, moved_from_id=contact.id)


async def test_relationships_with_one_person_become_one_with_the_wider_access(practice: Practice, desks: Desks) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez", emails=())
    rosa, leo = await practice.contact("Rosa", emails=()), await practice.contact("Leo", emails=())
    await opened_to(practice, kept, rosa, "mother", ends_on=date(2030, 1, 1))
    await opened_to(practice, duplicate, rosa, "mom", ends_on=date(2031, 1, 1))
    await create_relationship(practice.system, kept.id, leo.id, "uncle", practice.services)
    await opened_to(practice, duplicate, leo, "uncle")
    await merge(practice, desks, kept, duplicate)
    found = {each.relative_id: each for each in await Relationship.filter(client_id=kept.id)}
    assert (found[rosa.id].kind, found[rosa.id].portal_access, found[rosa.id].ends_on) == (
        "mother",
        True,
        date(2031, 1, 1),
    )
    assert (found[leo.id].portal_access, found[leo.id].ends_on) == (True, None)
    assert {each.portal_access for each in await Relationship.filter(client_id=duplicate.id)} == {False}


async def test_one_episode_stays_open_and_a_client_stays_one(practice: Practice, desks: Desks) -> None:
    facts = ContactFacts("Omar", "Reyes", ContactKind.INDIVIDUAL)
    kept = await create_contact(practice.system, facts, practice.services)
    duplicate = await practice.contact()
    for contact in (kept, duplicate):
        await create_episode(desks.asker, contact.id, None, practice.services, at_facility=False)
    await merge(practice, desks, kept, duplicate)
    assert sorted(each.ended_at is None for each in await Episode.filter(contact_id=kept.id)) == [False, True]
    assert (await Contact.get(id=kept.id)).kind is ContactKind.CLIENT


async def test_what_stands_in_the_way_is_named(practice: Practice, desks: Desks, mailbox: Mailbox) -> None:
    one, two = await person(practice, mailbox), await person(practice, mailbox, "Omár")
    assert await blocked(practice, desks, one.contact, two.contact) is MergeObstacle.BOTH_LINKED
    assert await blocked(practice, desks, one.contact, one.contact) is MergeObstacle.SAME_RECORD
    child = await practice.contact("Mia", emails=())
    await create_relationship(practice.system, child.id, one.contact.id, "father", practice.services)
    assert await blocked(practice, desks, one.contact, child) is MergeObstacle.RELATED
    third = await practice.contact("Omar", emails=tuple(f"omar{number}@work.example" for number in range(MOST_EMAILS)))
    assert await blocked(practice, desks, one.contact, third) is MergeObstacle.TOO_MANY_ADDRESSES
    fourth = await practice.contact("Omar", emails=())
    await paper(practice, one.contact, one.contact, fourth)
    assert await blocked(practice, desks, one.contact, fourth) is MergeObstacle.BOTH_SIGN


async def test_merged_record_is_changed_and_restored_no_more(practice: Practice, desks: Desks) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez", emails=())
    await merge(practice, desks, kept, duplicate)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await restore_contact(desks.asker, duplicate.id, practice.services)
    assert [problem.code for problem in refusal.value.problems] == [Problem.CONTACT_MERGED]
    assert await blocked(practice, desks, kept, duplicate) is MergeObstacle.ARCHIVED


async def test_merged_records_of_a_merged_record_lead_to_the_last_one(practice: Practice, desks: Desks) -> None:
    first, second, third = [await practice.contact("Omar", emails=()) for _ in range(3)]
    document = await paper(practice, first, first)
    await merge(practice, desks, second, first)
    await merge(practice, desks, third, second)
    assert {each.merged_into_id for each in await Contact.filter(id__in=[first.id, second.id])} == {third.id}
    moved = await Document.get(id=document.id)
    assert (moved.contact_id, moved.moved_from_id) == (third.id, first.id)
    # What is erased is the whole person.
    manager = await practice.staff(Permission.MANAGE_CONTACTS, Permission.MANAGE_ORGANIZATION)
    await Signature.all().delete()
    await Document.filter(id=document.id).update(signature_state="NOT_REQUIRED")
    await erase_contact(manager, third.id, "Asked for it.", practice.services)
    assert await Contact.all().count() == 0


async def test_merge_takes_two_people_and_happens_once(practice: Practice, desks: Desks) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez", emails=())
    services = practice.services
    asked = await request_merge(desks.asker, kept.id, duplicate.id, "The same person.", services)
    async with nothing_changes():
        again = await request_merge(desks.asker, kept.id, duplicate.id, "Once more.", services)
        with pytest.raises(SecondPersonNeeded):
            await approve_merge(desks.asker, asked.id, services)
        with pytest.raises(NotYourRequest):
            await withdraw_merge(desks.decider, asked.id, services)
    assert again.id == asked.id
    third = await desk_of(practice)
    answers = await asyncio.gather(
        *(approve_merge(caller, asked.id, services) for caller in (desks.decider, third) * 2), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == [*["AlreadyDecided"] * 3, "ContactMerge"]
    assert await AuditEvent.filter(action="contact.merged_into").count() == 1


async def test_declined_and_withdrawn_change_neither_record(practice: Practice, desks: Desks) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez", emails=())
    services = practice.services
    asked = await request_merge(desks.asker, kept.id, duplicate.id, "The same person.", services)
    assert (await decline_merge(desks.decider, asked.id, services)).approved is False
    asked = await request_merge(desks.asker, duplicate.id, kept.id, "The same person.", services)
    assert (await withdraw_merge(desks.asker, asked.id, services)).withdrawn_at
    with pytest.raises(AlreadyDecided):
        await approve_merge(desks.decider, asked.id, services)
    assert {each.merged_into_id for each in await Contact.all()} == {None}


async def test_other_practices_and_who_lacks_a_permission_merge_nothing(
    practice: Practice, other_practice: Practice, desks: Desks
) -> None:
    kept, duplicate = await practice.contact(), await practice.contact("Omar", "Reyez", emails=())
    asked = await request_merge(desks.asker, kept.id, duplicate.id, "The same person.", practice.services)
    stranger = await desk_of(other_practice)
    async with nothing_changes():
        with pytest.raises(NotFound):
            await request_merge(stranger, kept.id, duplicate.id, "The same person.", practice.services)
        with pytest.raises(NotFound):
            await approve_merge(stranger, asked.id, practice.services)
    for permission in (Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL):
        caller = await practice.staff(permission)
        with pytest.raises(NotPermitted):
            await approve_merge(caller, asked.id, practice.services)
