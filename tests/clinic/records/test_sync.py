"""A sync with another system: by its numbers, by the same rules as by hand, and sent twice it changes nothing."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic.charts.actions import exported_files
from clinic.organizations.actions import create_facility
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import PortalAccount
from clinic.records.actions.appointments import AppointmentChanges, cancel_appointment, update_appointment
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.actions.relationships import create_relationship
from clinic.records.external_ids import Identifier
from clinic.records.models import (
    Appointment,
    Contact,
    ContactEmail,
    ContactPhone,
    Episode,
    ExternalId,
    ExternalIdKind,
    Relationship,
)
from clinic.records.sync.actions import sync_records
from clinic.records.sync.records import (
    SyncAppointment,
    SyncContact,
    SyncRecord,
    SyncRelationship,
    SyncRequest,
    SyncResult,
)
from clinic.throttling.models import AttemptWindow
from clinic.throttling.throttle import AUDIT_PER_STAFF, SYNC_PER_STAFF
from clinic.values.callers import Permission
from clinic.values.errors import ClinicError, InvalidInput, NotPermitted
from clinic.values.limits import LONGEST_SOURCE_STATUS, MOST_RECORDS_AT_ONCE
from clinic.work.models import AuditEvent
from tests.factories import Practice
from tests.factories.contents import nothing_changes


def number(value: str, system: str = "urn:ehr") -> Identifier:
    return Identifier(system, value)


OMAR = SyncContact(
    number("1"),
    given_name="Omar",
    family_name="Reyes",
    date_of_birth=date(1980, 5, 4),
    emails=("omar@example.com",),
    phones=("+1 208 555 0134",),
)
MIA = SyncContact(number("2"), given_name="Mia", family_name="Reyes", language="es")


async def sync(practice: Practice, *records: SyncRecord, dry_run: bool = False) -> list[SyncResult]:
    request = SyncRequest(
        [each for each in records if isinstance(each, SyncContact)],
        [each for each in records if isinstance(each, SyncRelationship)],
        [each for each in records if isinstance(each, SyncAppointment)],
    )
    return await sync_records(practice.system, request, practice.services, dry_run=dry_run)


def said(results: Sequence[SyncResult]) -> list[str]:
    """The outcomes; of a refused record the fields and problems."""
    return [_problem(one.refusal) if one.refusal else one.outcome.value for one in results]


def _problem(refusal: ClinicError) -> str:
    if isinstance(refusal, InvalidInput):
        return " ".join(f"{each.path}:{each.code}" for each in refusal.problems)
    return f"{refusal.code} {getattr(refusal, 'field', '')}".strip()


def visit(practice: Practice, value: str = "v1", contact: str = "1", hours: int = 1) -> SyncAppointment:
    starts = practice.services.clock.now() + timedelta(hours=hours)
    return SyncAppointment(number(value), number(contact), starts, starts + timedelta(hours=1))


async def test_records_are_made_in_order_and_sent_twice_nothing_is_written(practice: Practice) -> None:
    mother = SyncRelationship(number("r1"), number("1"), number("2"), "mother")
    sent = (visit(practice), mother, OMAR, MIA)
    made = await sync(practice, *sent)
    assert said(made) == ["CREATED"] * 4
    assert [one.external_id.value for one in made] == ["1", "2", "r1", "v1"]
    assert (await Contact.get(id=made[0].record_id)).given_name == "Omar"
    assert (await Appointment.get(id=made[3].record_id)).contact_id == made[0].record_id
    async with nothing_changes():
        again = await sync(practice, *sent)
    assert said(again) == ["UNCHANGED"] * 4
    assert [one.record_id for one in again] == [one.record_id for one in made]


async def test_dry_run_answers_the_same_and_changes_nothing(practice: Practice) -> None:
    sent = (
        OMAR,
        replace(MIA, emails=("nonsense",)),
        SyncRelationship(number("r1"), number("1"), number("1"), "self"),
        visit(practice),
        visit(practice, "v2", contact="9"),
    )
    async with nothing_changes():
        foreseen = await sync(practice, *sent, dry_run=True)
    assert said(foreseen) == [
        "CREATED",
        "emails.0:NO_EMAIL_ADDRESS",
        "relative:OWN_RELATIVE",
        "CREATED",
        "NOT_FOUND contact",
    ]
    assert [one.retryable for one in foreseen] == [False, False, False, False, True]
    assert said(await sync(practice, *sent)) == said(foreseen)


async def test_what_is_left_out_stays_and_none_empties(practice: Practice) -> None:
    [made] = await sync(practice, replace(OMAR, language="es"))
    assert said(await sync(practice, SyncContact(OMAR.external_id, family_name="Núñez", phones=None))) == ["CHANGED"]
    contact = await Contact.get(id=made.record_id)
    assert (contact.given_name, contact.family_name, contact.language) == ("Omar", "Núñez", "es")
    assert contact.date_of_birth == date(1980, 5, 4)
    assert await ContactEmail.all().count() == 1
    assert await ContactPhone.all().count() == 0
    event = await AuditEvent.filter(action="contact.updated").get()
    assert '"changed":"family_name phones"' in event.details.replace('": "', '":"')
    await sync(practice, SyncContact(OMAR.external_id, date_of_birth=None))
    assert (await Contact.get(id=made.record_id)).date_of_birth is None


async def test_batch_that_is_so_already_costs_the_same_whatever_its_size(
    practice: Practice, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    people = [replace(OMAR, external_id=number(f"c{n}"), emails=(f"p{n}@example.com",)) for n in range(20)]
    visits = [visit(practice, f"v{n}", contact=f"c{n}") for n in range(20)]
    await sync(practice, *people, *visits)
    costs = []
    for some in (people[:1] + visits[:1], people + visits):
        with count_statements() as sent:
            assert set(said(await sync(practice, *some))) == {"UNCHANGED"}
        costs.append(len(sent))
    assert costs == [8, 8]


async def test_sync_that_was_cut_off_goes_on_where_it_stopped(practice: Practice) -> None:
    people = [replace(OMAR, external_id=number(f"c{n}"), emails=(f"p{n}@example.com",)) for n in range(4)]
    await sync(practice, *people)
    cut_off = [
        *people[:2],
        *[replace(each, external_id=number(f"{each.external_id.value}b"), given_name="Ali") for each in people],
    ]
    assert said(await sync(practice, *cut_off)) == ["UNCHANGED"] * 2 + ["CREATED"] * 4
    assert said(await sync(practice, *people, *cut_off[2:])) == ["UNCHANGED"] * 8


async def test_of_two_at_once_each_makes_nothing_twice(practice: Practice) -> None:
    ended = await asyncio.gather(*[sync(practice, OMAR, MIA, visit(practice)) for _ in range(2)])
    assert sorted(said(ended[0]) + said(ended[1])) == ["CREATED"] * 3 + ["UNCHANGED"] * 3
    assert [await model.all().count() for model in (Contact, Appointment, ExternalId)] == [2, 1, 3]


async def test_twin_is_reported_and_not_made(practice: Practice) -> None:
    there = await practice.contact("Omar", "Reyes", emails=("OMAR@example.com",), date_of_birth=date(1980, 5, 4))
    for twin in (OMAR, replace(OMAR, given_name="OMAR", family_name="Réyes")):
        async with nothing_changes():
            [result] = await sync(practice, twin)
        assert said([result]) == ["POSSIBLE_TWIN"]
        assert getattr(result.refusal, "record_id", None) == there.id
    others = (
        replace(OMAR, external_id=number("a"), emails=("other@example.com",)),
        replace(OMAR, external_id=number("b"), date_of_birth=date(1981, 5, 4)),
    )
    assert said(await sync(practice, *others)) == ["CREATED", "CREATED"]
    # With the number on the record that is there, it is the same person.
    await set_external_ids(practice.system, ExternalIdKind.CONTACT, there.id, [number("1")], practice.services)
    assert said(await sync(practice, OMAR)) == ["CHANGED"]


async def test_changed_address_withdraws_an_invitation_but_is_refused_after_registration(practice: Practice) -> None:
    [made] = await sync(practice, OMAR)
    account = await invite_contact(practice.system, made.record_id, practice.services)
    moved = SyncContact(OMAR.external_id, emails=("new@example.com",))
    assert said(await sync(practice, moved)) == ["CHANGED"]
    assert (await PortalAccount.get(id=account.id)).withdrawn_at is not None
    account = await invite_contact(practice.system, made.record_id, practice.services)
    await PortalAccount.filter(id=account.id).update(registered_at=practice.services.clock.now(), password_hash="-")
    async with nothing_changes():
        assert said(await sync(practice, replace(OMAR, given_name="Ali"))) == ["REGISTERED_ADDRESS"]
    both = SyncContact(OMAR.external_id, emails=("omar@example.com", "New@example.com"))
    assert said(await sync(practice, both)) == ["CHANGED"]


async def test_appointment_moves_is_cancelled_and_comes_back(practice: Practice) -> None:
    await sync(practice, OMAR, MIA)
    first, later = visit(practice), visit(practice, hours=3)
    assert said(await sync(practice, replace(first, cancelled=True))) == ["UNCHANGED"]
    assert await Appointment.all().count() == 0
    assert said(await sync(practice, first)) == ["CREATED"]
    assert said(await sync(practice, later)) == ["CHANGED"]
    assert said(await sync(practice, replace(first, cancelled=True))) == ["CANCELLED"]
    async with nothing_changes():
        assert said(await sync(practice, replace(later, cancelled=True))) == ["UNCHANGED"]
        assert said(await sync(practice, replace(later, contact=number("2")))) == ["contact:OTHER_CONTACT"]
        assert said(await sync(practice, replace(later, facility=number("x")))) == ["NOT_FOUND facility"]
    assert said(await sync(practice, first)) == ["CHANGED"]
    kept = await Appointment.get()
    assert (kept.cancelled_at, kept.starts_at) == (None, first.starts_at)


async def test_word_of_the_source_is_kept_until_staff_move_or_cancel_the_visit(practice: Practice) -> None:
    await sync(practice, OMAR)
    arrived = replace(visit(practice), source_status=" arrived ")
    assert said(await sync(practice, arrived)) == ["CREATED"]
    async with nothing_changes():
        assert said(await sync(practice, arrived)) == said(await sync(practice, visit(practice))) == ["UNCHANGED"]
    assert said(await sync(practice, replace(arrived, source_status="checked-in"))) == ["CHANGED"]
    kept = await Appointment.get()
    assert (kept.source_status, kept.version) == ("checked-in", 2)
    later = replace(visit(practice, hours=3))
    assert said(await sync(practice, later)) == ["CHANGED"]
    assert (await Appointment.get()).source_status == "checked-in"

    longer = AppointmentChanges(ends_at=later.ends_at + timedelta(minutes=5))
    moved = AppointmentChanges(starts_at=later.starts_at + timedelta(minutes=5))
    back = AppointmentChanges(cancelled=False)
    assert (await update_appointment(practice.system, kept.id, longer, practice.services)).source_status == "checked-in"
    assert (await update_appointment(practice.system, kept.id, moved, practice.services)).source_status is None
    assert said(await sync(practice, arrived)) == ["CHANGED"]
    assert (await Appointment.get()).source_status == "arrived"
    assert (await cancel_appointment(practice.system, kept.id, practice.services)).source_status is None
    assert (await update_appointment(practice.system, kept.id, back, practice.services)).source_status is None


async def test_word_of_the_source_is_exported_and_not_in_the_audit(practice: Practice) -> None:
    await sync(practice, OMAR)
    await sync(practice, replace(visit(practice), source_status="in the blue room"))
    await sync(practice, replace(visit(practice), source_status="noshow"))
    details = json.loads((await AuditEvent.get(action="appointment.updated")).details)
    assert (details.keys(), details["changed"]) == ({"changed", "contact_id", "version"}, "source_status")
    files = {name: content async for name, content in exported_files(await Contact.get(), practice.services)}
    [exported] = json.loads(files["appointment.json"])
    assert exported["source_status"] == "noshow"


async def test_word_of_the_source_ends_with_a_cancellation_or_null(practice: Practice) -> None:
    await sync(practice, OMAR)
    missed = replace(visit(practice), source_status="noshow")
    await sync(practice, missed)
    for none in (None, "  "):
        assert said(await sync(practice, replace(missed, source_status=none))) == ["CHANGED"]
        assert (await Appointment.get()).source_status is None
        async with nothing_changes():
            assert said(await sync(practice, replace(missed, source_status=none))) == ["UNCHANGED"]
        assert said(await sync(practice, missed)) == ["CHANGED"]
    assert said(await sync(practice, replace(missed, cancelled=True))) == ["CANCELLED"]
    gone = await Appointment.get()
    assert (gone.cancelled_at is None, gone.source_status) == (False, None)
    async with nothing_changes():
        assert said(await sync(practice, replace(missed, cancelled=True))) == ["UNCHANGED"]
    assert said(await sync(practice, missed)) == ["CHANGED"]
    assert (await Appointment.get()).source_status == "noshow"


async def test_word_of_the_source_has_a_greatest_length(practice: Practice) -> None:
    await sync(practice, OMAR)
    longest = replace(visit(practice), source_status="x" * LONGEST_SOURCE_STATUS)
    too_long = replace(longest, source_status="x" * (LONGEST_SOURCE_STATUS + 1))
    async with nothing_changes():
        assert said(await sync(practice, too_long)) == ["sourceStatus:TOO_LONG"]
        assert said(await sync(practice, replace(longest, source_status="a\0"))) == ["sourceStatus:NOT_ONE_LINE"]
    assert said(await sync(practice, longest)) == ["CREATED"]
    async with nothing_changes():
        assert said(await sync(practice, too_long)) == ["sourceStatus:TOO_LONG"]


async def test_facility_is_that_of_the_present_episode(practice: Practice) -> None:
    place = await create_facility(practice.system, "Riverside", practice.services)
    await set_external_ids(practice.system, ExternalIdKind.FACILITY, place.id, [number("f")], practice.services)
    at_place = replace(OMAR, facility=number("f"))
    assert said(await sync(practice, at_place)) == ["CREATED"]
    assert (await Episode.get()).facility_id == place.id
    async with nothing_changes():
        assert said(await sync(practice, at_place, OMAR)) == ["UNCHANGED", "externalId:EXTERNAL_ID_TWICE"]
        assert said(await sync(practice, OMAR)) == ["UNCHANGED"]
    assert said(await sync(practice, replace(OMAR, facility=None))) == ["CHANGED"]
    assert (await Episode.get()).facility_id is None


async def test_person_who_left_is_archived_unless_an_account_is_linked(practice: Practice) -> None:
    [made] = await sync(practice, OMAR)
    gone = SyncContact(OMAR.external_id, archived=True)
    account = await invite_contact(practice.system, made.record_id, practice.services)
    assert said(await sync(practice, gone)) == ["contact:LINKED_STILL"]
    await sync(practice, SyncContact(OMAR.external_id, emails=()))  # withdraws the invitation
    assert (await PortalAccount.get(id=account.id)).withdrawn_at is not None
    assert said(await sync(practice, gone)) == ["CHANGED"]
    async with nothing_changes():
        assert said(await sync(practice, gone, visit(practice))) == ["UNCHANGED", "contact:CONTACT_ARCHIVED"]
    assert said(await sync(practice, replace(gone, archived=False))) == ["CHANGED"]
    assert (await Contact.get(id=made.record_id)).archived_at is None


async def test_relationship_made_by_hand_is_taken_over_and_never_changes_its_people(practice: Practice) -> None:
    omar, mia = await sync(practice, OMAR, MIA)
    there = await create_relationship(practice.system, omar.record_id, mia.record_id, "mother", practice.services)
    mother = SyncRelationship(number("r1"), number("1"), number("2"), "mother")
    [taken] = await sync(practice, mother)
    assert (said([taken]), taken.record_id) == (["CHANGED"], there.id)
    async with nothing_changes():
        assert said(await sync(practice, mother)) == ["UNCHANGED"]
        turned = replace(mother, client=number("2"), relative=number("1"))
        second = replace(mother, external_id=number("r2"))
        assert said(await sync(practice, turned, second)) == ["externalId:OTHER_PEOPLE", "externalId:RELATED_ALREADY"]
    assert said(await sync(practice, replace(mother, kind="guardian", ends_on=date(2030, 1, 1)))) == ["CHANGED"]
    assert (await Relationship.get()).kind == "guardian"


async def test_portal_access_needs_its_permission_and_contacts_theirs(practice: Practice) -> None:
    await sync(practice, OMAR, MIA)
    opened = SyncRelationship(number("r1"), number("1"), number("2"), "mother", portal_access=True)
    desk, portal = [await practice.staff(each) for each in (Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)]
    request = SyncRequest(contacts=[OMAR], relationships=[opened])
    async with nothing_changes():
        results = await sync_records(desk, request, practice.services)
        assert said(results) == ["UNCHANGED", "NOT_PERMITTED"]
        with pytest.raises(NotPermitted):
            await sync_records(portal, request, practice.services)
        many = SyncRequest(
            contacts=[replace(OMAR, external_id=number(str(n))) for n in range(MOST_RECORDS_AT_ONCE + 1)]
        )
        with pytest.raises(InvalidInput):
            await sync_records(desk, many, practice.services)


async def test_behind_a_limit_the_rest_is_refused_and_may_be_sent_again(practice: Practice) -> None:
    desk = await practice.staff(Permission.MANAGE_CONTACTS)
    request = SyncRequest(contacts=[OMAR])
    await sync_records(desk, request, practice.services)
    assert await AttemptWindow.all().update(attempts=SYNC_PER_STAFF.limit) == 1
    results = await sync_records(
        desk, SyncRequest(contacts=[OMAR, MIA, replace(MIA, external_id=number("3"))]), practice.services
    )
    assert said(results) == ["UNCHANGED", "TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS"]
    assert [one.retryable for one in results] == [False, True, True]
    omar = await Contact.get()
    # What is done by hand is counted apart: neither keeps the other from going on.
    await update_contact(desk, omar.id, ContactChanges(given_name="Omar José"), practice.services)
    assert {window.attempts for window in await AttemptWindow.all()} == {1, SYNC_PER_STAFF.limit}
    assert AUDIT_PER_STAFF.limit < SYNC_PER_STAFF.limit


async def test_numbers_lead_to_no_other_practice(practice: Practice, other_practice: Practice) -> None:
    assert said(await sync(other_practice, OMAR)) == ["CREATED"]
    assert said(await sync(practice, visit(practice))) == ["NOT_FOUND contact"]
    assert said(await sync(practice, OMAR)) == ["CREATED"]
    assert said(await sync(practice, replace(OMAR, external_id=number("", "ehr")))) == [
        "externalId.system:NO_SYSTEM_URI externalId.value:NEEDED"
    ]
