"""Records bear the numbers of other systems, and are found by them."""

from typing import Any
from uuid import UUID

from api.server.relay import encode_id
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.actions.views import VIEWED
from clinic.records.external_ids import Identifier
from clinic.records.models import ExternalIdKind
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.api.records import Records, make_records
from tests.factories import Practice
from tests.factories.contents import nothing_changes

EHR = "https://ehr.example/patients"
IDS = "externalIds { system value }"
SEVERAL = "query Q($ids: [ExternalIdInput!]!) { contactsByExternalId(ids: $ids) { id } }"
FIND = "query Q($id: ExternalIdInput!) { contactByExternalId(externalId: $id) { id } }"


def number(value: str, system: str = EHR) -> dict[str, str]:
    return {"system": system, "value": value}


async def call(staff: Client, record_id: str, *ids: dict[str, str]) -> Any:
    shown = " ".join(
        f"... on {kind} {{ {IDS} }}" for kind in ("Contact", "Relationship", "Appointment", "StaffMember", "Facility")
    )
    return await staff.mutate(
        "setExternalIds", {"recordId": record_id, "externalIds": list(ids)}, f"record {{ {shown} }}"
    )


async def test_each_kind_of_record_bears_external_ids(practice: Practice, staff: Client) -> None:
    records = await make_records(practice)
    for record in (records.contact, records.relationship, records.appointment, records.staff_member, records.facility):
        answer = await call(staff, record, number("2", "urn:b"), number("1", "urn:a"))
        assert answer == {
            "__typename": "SetExternalIdsSuccess",
            "record": {"externalIds": [number("1", "urn:a"), number("2", "urn:b")]},
        }
        assert (await call(staff, record))["record"] == {"externalIds": []}


async def test_contact_is_found_by_its_number_as_pasted_and_opening_it_is_a_view(
    practice: Practice, staff: Client
) -> None:
    records = await make_records(practice)
    await call(staff, records.contact, number("0042"))
    assert await staff.run(FIND, id=number(" 0042\n")) == {"contactByExternalId": {"id": records.contact}}
    for other in (number("42"), number("0042", "urn:other"), number(""), number("0042", "a" * 300)):
        assert await staff.run(FIND, id=other) == {"contactByExternalId": None}
    assert await AuditEvent.filter(action=VIEWED, subject_kind="Contact").count() == 1


async def test_several_contacts_are_found_in_the_order_asked_and_each_is_seen(
    practice: Practice, other_practice: Practice, staff: Client
) -> None:
    records = await make_records(practice)
    await call(staff, records.contact, number("1"))
    # The same number in another system, and the other's number here: only the pair counts.
    await call(staff, records.relative, number("1", "urn:other"), number("2"))
    elsewhere = await other_practice.contact()
    await set_external_ids(
        other_practice.system, ExternalIdKind.CONTACT, elsewhere.id, [Identifier(EHR, "3")], other_practice.services
    )
    asked = ["2", "3", "1", "9", "", "2 "]
    found = await staff.run(SEVERAL, ids=[number(value) for value in asked])
    shown = [one and one["id"] for one in found["contactsByExternalId"]]
    assert shown == [records.relative, None, records.contact, None, None, records.relative]
    views = await AuditEvent.filter(action=VIEWED)
    seen = {encode_id("Contact", event.subject_id) for event in views}
    assert (len(views), seen) == (2, {records.contact, records.relative})


async def test_at_most_a_hundred_are_found_at_once(practice: Practice, staff: Client) -> None:
    assert await staff.run(SEVERAL, ids=[]) == {"contactsByExternalId": []}
    assert await staff.run(SEVERAL, ids=[number("1")] * 100) == {"contactsByExternalId": [None] * 100}
    refused = await staff.refusal(SEVERAL, ids=[number("1")] * 101)
    assert (refused["code"], refused["argument"]) == ("BAD_USER_INPUT", "ids")


async def test_taken_number_names_the_record_that_has_it(practice: Practice, staff: Client) -> None:
    records = await make_records(practice)
    await call(staff, records.contact, number("1"))
    async with nothing_changes():
        answer = await call(staff, records.relative, number("2"), number("1"))
    assert answer["__typename"] == "ExternalIdTaken"
    assert (answer["path"], answer["holder"]) == ("externalIds.1", {"id": records.contact})


async def test_numbers_of_another_practice_lead_nowhere(
    practice: Practice, other_practice: Practice, staff: Client
) -> None:
    elsewhere = await other_practice.contact()
    await set_external_ids(
        other_practice.system, ExternalIdKind.CONTACT, elsewhere.id, [Identifier(EHR, "1")], other_practice.services
    )
    assert await staff.run(FIND, id=number("1")) == {"contactByExternalId": None}
    async with nothing_changes():
        for missing in (encode_id("Contact", elsewhere.id), encode_id("Contact", UUID(int=1)), "none", "RXBpc29kZTox"):
            assert (await call(staff, missing, number("2")))["__typename"] == "NotFound"


async def test_patients_see_no_numbers_and_find_nobody_by_them(
    practice: Practice, staff: Client, stranger: Client
) -> None:
    records: Records = await make_records(practice)
    await call(staff, records.facility, number("1"))
    asked = f"{{ organization {{ facilities {{ {IDS} }} }} }}"
    assert await staff.run(asked) == {"organization": {"facilities": [{"externalIds": [number("1")]}]}}
    patient = stranger.holding(records.patient.access_token)
    assert await patient.run(asked) == {"organization": {"facilities": [{"externalIds": []}]}}
    refused = await patient.post(FIND, {"id": number("1")})
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_read_other_numbers_than_the_present_ones_is_told_to_read_again(
    practice: Practice, staff: Client
) -> None:
    records = await make_records(practice)
    await call(staff, records.contact, number("1"))
    given = {"recordId": records.contact, "externalIds": [number("2")]}
    async with nothing_changes():
        answer = await staff.mutate("setExternalIds", {**given, "shown": []})
    told = "The external ids of the record were changed after you read them. Read them again."
    assert answer["fields"] == [{"path": "shown", "message": told}]
    done = await staff.mutate("setExternalIds", {**given, "shown": [number("1")]})
    assert done == {"__typename": "SetExternalIdsSuccess"}
