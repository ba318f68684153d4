"""`syncRecords` by the API: what is left out and what is null, problems by their types, and what is answered."""

from datetime import timedelta
from typing import Any

from clinic.records.actions.appointments import create_appointment
from clinic.records.models import Appointment, Contact, ContactPhone
from tests.api.client import Client
from tests.api.family import person
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes

ANSWER = """results { outcome retryable externalId { system value } node { __typename }
  problem { __typename code message ... on InvalidInput { fields { path } } } }"""
TWIN = "results { problem { ... on PossibleTwin { contact { displayName } } } }"


def number(value: str) -> dict[str, str]:
    return {"system": "urn:ehr", "value": value}


async def sync(staff: Client, **given: Any) -> list[dict[str, Any]]:
    answer = await staff.mutate("syncRecords", given, ANSWER)
    assert answer["__typename"] == "SyncRecordsSuccess", answer
    results: list[dict[str, Any]] = answer["results"]
    return results


async def test_each_record_is_answered_with_its_node_or_its_problem(
    practice: Practice, staff: Client, clock: FixedClock
) -> None:
    await practice.contact("Ana", "Ruiz", emails=("ana@example.com",), date_of_birth=None)
    starts = clock.now() + timedelta(hours=1)
    times = {"startsAt": starts.isoformat(), "endsAt": (starts + timedelta(hours=1)).isoformat()}
    given = {
        "contacts": [
            {"externalId": number("1"), "givenName": "Omar", "phones": ["208 555 0134"]},
            {"externalId": number("2"), "givenName": "Ana", "familyName": "Ruiz", "emails": ["ana@example.com"]},
            {"externalId": number("3"), "givenName": " "},
        ],
        "relationships": [
            {"externalId": number("r"), "client": number("1"), "relative": number("9"), "kind": "mother"}
        ],
        "appointments": [{"externalId": number("v"), "contact": number("1"), **times, "cancelled": None}],
    }
    async with nothing_changes():
        foreseen = await sync(staff, **given, dryRun=True)
    seen = await staff.mutate("syncRecords", {**given, "dryRun": True}, TWIN)
    assert seen["results"][1]["problem"] == {"contact": {"displayName": "Ana Ruiz"}}
    results = await sync(staff, **given)
    outcomes = ["CREATED", "REFUSED", "REFUSED", "REFUSED", "CREATED"]
    assert [one["outcome"] for one in results] == [one["outcome"] for one in foreseen] == outcomes
    assert [one["externalId"]["value"] for one in results] == ["1", "2", "3", "r", "v"]
    assert [one["node"] for one in results] == [
        {"__typename": "Contact"},
        None,
        None,
        None,
        {"__typename": "Appointment"},
    ]
    assert [one["problem"] and one["problem"]["__typename"] for one in results] == [
        None,
        "PossibleTwin",
        "InvalidInput",
        "NotFound",
        None,
    ]
    assert results[2]["problem"]["fields"] == [{"path": "givenName"}]
    assert [one["retryable"] for one in results] == [False, False, False, True, False]


async def test_word_of_the_source_is_shown_to_staff(staff: Client, clock: FixedClock) -> None:
    starts = clock.now() + timedelta(hours=1)
    times = {"startsAt": starts.isoformat(), "endsAt": (starts + timedelta(hours=1)).isoformat()}
    visit = {"externalId": number("v"), "contact": number("1"), **times}
    await sync(
        staff,
        contacts=[{"externalId": number("1"), "givenName": "Omar"}],
        appointments=[{**visit, "sourceStatus": "noshow"}],
    )
    asked = """query ($from: DateTime!, $to: DateTime!) { appointments(from: $from, to: $to) {
      nodes { sourceStatus contact { appointments { nodes { sourceStatus } } } } } }"""
    for sent, shown in (({}, "noshow"), ({"sourceStatus": None}, None)):
        await sync(staff, appointments=[{**visit, **sent}])
        [found] = (await staff.run(asked, **{"from": times["startsAt"], "to": times["endsAt"]}))["appointments"][
            "nodes"
        ]
        assert found == {"sourceStatus": shown, "contact": {"appointments": {"nodes": [{"sourceStatus": shown}]}}}


async def test_word_of_the_source_is_kept_from_patients(
    practice: Practice, staff: Client, stranger: Client, clock: FixedClock
) -> None:
    leo = await person(practice, stranger, "Leo", "Park")
    system, starts = practice.system, clock.now() + timedelta(hours=1)
    visit = await create_appointment(system, leo.contact.id, starts, starts + timedelta(hours=1), practice.services)
    await Appointment.filter(id=visit.id).update(source_status="noshow")
    for asking, shown in ((staff, "noshow"), (leo.client, None)):
        asked = "query ($id: ID!) { contact(id: $id) { appointments { nodes { sourceStatus } } } }"
        found = (await asking.run(asked, id=leo.id))["contact"]["appointments"]["nodes"]
        assert found == [{"sourceStatus": shown}]


async def test_null_empties_and_what_is_left_out_stays(staff: Client) -> None:
    await sync(
        staff,
        contacts=[{"externalId": number("1"), "givenName": "Omar", "language": "es", "phones": ["208 555 0134"]}],
    )
    [kept] = await sync(staff, contacts=[{"externalId": number("1"), "familyName": "Reyes"}])
    assert kept["outcome"] == "CHANGED"
    assert await ContactPhone.all().count() == 1
    await sync(staff, contacts=[{"externalId": number("1"), "givenName": None, "phones": None}])
    contact = await Contact.get()
    assert (contact.given_name, contact.family_name, contact.language) == ("", "Reyes", "es")
    assert await ContactPhone.all().count() == 0


async def test_too_many_records_and_a_key_for_other_records_are_refused_whole(staff: Client) -> None:
    many = [{"externalId": number(str(each)), "givenName": "Omar"} for each in range(501)]
    async with nothing_changes():
        answer = await staff.mutate("syncRecords", {"contacts": many})
    assert answer["__typename"] == "InvalidInput"
    assert answer["fields"] == [{"path": "contacts", "message": "Send at most 500 records at once."}]
    await sync(staff, contacts=many[:1], idempotencyKey="a")
    assert [one["outcome"] for one in await sync(staff, contacts=many[:1], idempotencyKey="a")] == ["UNCHANGED"]
    async with nothing_changes():
        other = await staff.mutate("syncRecords", {"contacts": many[1:2], "idempotencyKey": "a"})
    assert other["__typename"] == "InvalidInput"
