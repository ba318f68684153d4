"""External ids: unique per organization and kind of record, set as a whole, and gone with the record."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import pytest

from clinic.charts.actions import erase_contact, exported_files
from clinic.organizations.actions import create_facility
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.errors import ExternalIdTaken
from clinic.records.external_ids import Identifier, external_ids_of, record_called
from clinic.records.models import Contact, ExternalId, ExternalIdKind
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.limits import MOST_EXTERNAL_IDS
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.factories import Practice
from tests.factories.contents import nothing_changes

CONTACT = ExternalIdKind.CONTACT
EHR = "https://ehr.example.org/patients"
NUMBER = Identifier(EHR, "0042")


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


async def call(practice: Practice, caller: StaffCaller, contact: Contact, *identifiers: Identifier) -> None:
    await set_external_ids(caller, CONTACT, contact.id, identifiers, practice.services)


async def called(practice: Practice, contact: Contact) -> list[Identifier]:
    return (await external_ids_of(practice.organization.id, CONTACT, [contact.id])).get(contact.id, [])


async def found(practice: Practice, identifier: Identifier, kind: ExternalIdKind = CONTACT) -> UUID | None:
    return await record_called(practice.organization.id, kind, identifier)


async def test_record_is_found_by_each_of_its_ids_until_they_are_removed(practice: Practice, desk: StaffCaller) -> None:
    contact, old = await practice.contact(), Identifier("urn:oid:2.16.840.1", "A-7")
    await call(practice, desk, contact, NUMBER, old)
    assert await called(practice, contact) == [NUMBER, old]
    assert [await found(practice, each) for each in (NUMBER, old)] == [contact.id, contact.id]
    assert await found(practice, Identifier(EHR, "42")) is None, "leading zeros belong to the value"
    await call(practice, desk, contact, old)
    assert [await found(practice, each) for each in (NUMBER, old)] == [None, contact.id]
    await call(practice, desk, contact)
    assert await called(practice, contact) == []


async def test_setting_notes_numbers_only_and_the_same_again_writes_nothing(
    practice: Practice, desk: StaffCaller
) -> None:
    contact = await practice.contact()
    await call(practice, desk, contact, NUMBER)
    event = await AuditEvent.filter(subject_id=contact.id, action="external_ids.set").get()
    assert json.loads(event.details) == {"before": "0", "count": "1"}
    assert (await Contact.get(id=contact.id)).version == 1
    async with nothing_changes():
        await call(practice, desk, contact, Identifier(f" {EHR} ", "0042 "))


async def test_another_record_of_the_kind_keeps_its_id_and_the_refusal_names_it(
    practice: Practice, desk: StaffCaller
) -> None:
    omar, rosa = await practice.contact(), await practice.contact("Rosa", emails=())
    await call(practice, desk, omar, NUMBER)
    async with nothing_changes():
        with pytest.raises(ExternalIdTaken) as refusal:
            await call(practice, desk, rosa, Identifier(EHR, "1"), NUMBER)
    assert (refusal.value.field, refusal.value.record_kind) == ("externalIds.1", "Contact")
    assert refusal.value.record_id == omar.id


async def test_each_kind_and_each_organization_has_numbers_of_its_own(
    practice: Practice, other_practice: Practice
) -> None:
    omar, elsewhere = await practice.contact(), await other_practice.contact()
    facility = await create_facility(practice.system, "Riverside", practice.services)
    await set_external_ids(practice.system, CONTACT, omar.id, [NUMBER], practice.services)
    await set_external_ids(practice.system, ExternalIdKind.FACILITY, facility.id, [NUMBER], practice.services)
    await set_external_ids(other_practice.system, CONTACT, elsewhere.id, [NUMBER], other_practice.services)
    assert await found(practice, NUMBER) == omar.id
    assert await found(practice, NUMBER, ExternalIdKind.FACILITY) == facility.id
    assert await found(other_practice, NUMBER) == elsewhere.id
    async with nothing_changes():
        with pytest.raises(NotFound):
            await set_external_ids(other_practice.system, CONTACT, omar.id, [], other_practice.services)


async def test_who_saw_other_ids_than_the_present_ones_replaces_none(practice: Practice, desk: StaffCaller) -> None:
    contact, others = await practice.contact(), Identifier("urn:other", "7")

    async def call_after(shown: list[Identifier], *identifiers: Identifier) -> None:
        await set_external_ids(desk, CONTACT, contact.id, identifiers, practice.services, shown=shown)

    await call_after([], NUMBER)
    async with nothing_changes():
        for shown in ([], [others], [NUMBER, others], [Identifier("no URI", "")]):
            with pytest.raises(InvalidInput) as refusal:
                await call_after(shown, others)
            assert [(each.path, each.code) for each in refusal.value.problems] == [
                ("shown", Problem.EXTERNAL_IDS_CHANGED)
            ]
    # What is so already needs no permission of what was shown, so a repeated request is answered the same.
    await call_after([], NUMBER)
    await call_after([NUMBER], others, NUMBER)
    await call_after([NUMBER, others])
    assert await called(practice, contact) == []


async def test_of_two_at_once_one_gets_the_id(practice: Practice, desk: StaffCaller) -> None:
    omar, rosa = await practice.contact(), await practice.contact("Rosa", emails=())
    both = [call(practice, desk, each, NUMBER) for each in (omar, rosa)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["ExternalIdTaken", "NoneType"]
    assert await ExternalId.all().count() == 1


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ([Identifier("EHR", "1")], "externalIds.0.system", Problem.NO_SYSTEM_URI),
        ([Identifier("urn:a b", "1")], "externalIds.0.system", Problem.NO_SYSTEM_URI),
        ([NUMBER, Identifier(EHR, " ")], "externalIds.1.value", Problem.NEEDED),
        ([Identifier(EHR, "1" * 201)], "externalIds.0.value", Problem.TOO_LONG),
        ([Identifier(EHR, "1\n2")], "externalIds.0.value", Problem.NOT_ONE_LINE),
        ([NUMBER, NUMBER], "externalIds", Problem.EXTERNAL_ID_TWICE),
        (
            [Identifier(EHR, str(number)) for number in range(MOST_EXTERNAL_IDS + 1)],
            "externalIds",
            Problem.TOO_MANY_EXTERNAL_IDS,
        ),
    ],
)
async def test_unusable_ids_are_refused_by_field(
    practice: Practice, desk: StaffCaller, given: list[Identifier], path: str, problem: Problem
) -> None:
    contact = await practice.contact()
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await call(practice, desk, contact, *given)
    assert [(each.path, each.code) for each in refusal.value.problems] == [(path, problem)]


@pytest.mark.parametrize("kind", [ExternalIdKind.STAFF_MEMBER, ExternalIdKind.FACILITY])
async def test_colleagues_and_places_need_their_own_permission(
    practice: Practice, desk: StaffCaller, kind: ExternalIdKind
) -> None:
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await set_external_ids(desk, kind, desk.staff_member_id, [NUMBER], practice.services)


async def test_ids_are_in_the_persons_export_and_go_with_the_record(practice: Practice) -> None:
    contact, now = await practice.contact(), practice.services.clock.now()
    visit = await create_appointment(practice.system, contact.id, now, now + timedelta(hours=1), practice.services)
    await set_external_ids(practice.system, CONTACT, contact.id, [NUMBER], practice.services)
    kind, its = ExternalIdKind.APPOINTMENT, Identifier(EHR, "visit-9")
    await set_external_ids(practice.system, kind, visit.id, [its], practice.services)
    files = {name: content async for name, content in exported_files(contact, practice.services)}
    exported = json.loads(files["external_id.json"])
    assert sorted(row["value"] for row in exported) == ["0042", "visit-9"]
    await erase_contact(practice.system, contact.id, "Asked for it.", practice.services)
    assert await ExternalId.all().count() == 0
