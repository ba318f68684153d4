"""Who may do what: every operation, asked by everybody it is not for. Whoever is refused changes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, assert_interface_type, get_named_type

from api.relay import encode_id, split_id
from clinic.callers import Permission
from clinic.sessions.actions import end_session
from tests.api.client import SCHEMA, Client
from tests.api.operations import MUTATIONS, OPERATIONS, Operation
from tests.api.records import Records, make_records
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

UNAUTHENTICATED = {
    "errors": [
        {
            "message": "Sign in, and send the access token as a bearer token.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
NODE_TYPES = tuple(type_.name for type_ in SCHEMA.get_possible_types(assert_interface_type(SCHEMA.type_map["Node"])))
DAY = 'from: "2026-03-02T00:00:00Z", to: "2026-03-03T00:00:00Z"'
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
# The others are tried by those who may in test_sign_in.py and test_portal_access.py.
SIGNED_IN_ONLY = [operation for operation in OPERATIONS if not operation.public]


@dataclass(frozen=True)
class House:
    """Our records, and tokens of everybody who might ask for them."""

    records: Records
    practice: Practice
    stranger: Client
    expired: Client
    signed_out: Client
    patient: Client

    async def staff(self, *permissions: Permission) -> Client:
        _, session = await self.practice.signed_in(*permissions)
        return self.stranger.holding(session.access_token)


@pytest.fixture
async def house(practice: Practice, stranger: Client, clock: FixedClock) -> House:
    _, expired = await practice.signed_in(*EVERY_PERMISSION)
    clock.advance(timedelta(minutes=15))
    caller, ended = await practice.signed_in(*EVERY_PERMISSION)
    await end_session(caller, practice.services)
    records = await make_records(practice)
    return House(
        records=records,
        practice=practice,
        stranger=stranger,
        expired=stranger.holding(expired.access_token),
        signed_out=stranger.holding(ended.access_token),
        patient=stranger.holding(records.patient.access_token),
    )


def test_every_operation_of_the_schema_is_tried_here() -> None:
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    assert {str(operation) for operation in OPERATIONS} == {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}


async def test_whoever_is_not_signed_in_is_refused_with_one_answer(house: House) -> None:
    bad_tokens = [house.expired, house.signed_out, house.stranger.holding("made-up"), house.stranger.holding("x" * 999)]
    async with nothing_changes():
        for operation in OPERATIONS:
            for client in bad_tokens if operation.public else [*bad_tokens, house.stranger]:
                response = await client.post(operation.text, operation.variables(house.records))
                assert (response.status_code, response.json()) == (401, UNAUTHENTICATED), operation.name
                assert response.headers["www-authenticate"] == "Bearer"


async def test_staff_with_just_the_permission_it_needs_go_through(house: House) -> None:
    for operation in SIGNED_IN_ONLY:
        client = await house.staff(*([operation.needs] if operation.needs else []))
        answer = (await client.run(operation.text, **operation.variables(house.records)))[operation.name]
        assert answer, operation.name
        if operation.needs:
            assert answer["__typename"] == f"{operation.name[0].upper()}{operation.name[1:]}Success"


async def test_staff_without_the_permission_are_refused_whatever_else_they_hold(house: House) -> None:
    nothing = await house.staff()
    all_but = {permission: await house.staff(*EVERY_PERMISSION - {permission}) for permission in Permission}
    async with nothing_changes():
        for operation in [operation for operation in OPERATIONS if operation.needs]:
            needed = Permission(operation.needs or "")
            for client in (nothing, all_but[needed]):
                answer = await client.run(operation.text, **operation.variables(house.records))
                assert answer[operation.name] == {
                    "__typename": "NotPermitted",
                    "code": "NOT_PERMITTED",
                    "message": f"You need the permission {needed} for this. Ask someone who manages staff.",
                    "permission": needed.value,
                }


async def test_patients_are_refused_what_is_for_staff(house: House) -> None:
    async with nothing_changes():
        for operation in [operation for operation in SIGNED_IN_ONLY if not operation.patients_may]:
            refusal = await house.patient.refusal(operation.text, **operation.variables(house.records))
            assert refusal == {"code": "FORBIDDEN", "message": "This is for staff."}, operation.name


async def test_patients_go_through_where_they_may(house: House) -> None:
    for operation in [operation for operation in SIGNED_IN_ONLY if operation.patients_may]:
        assert operation.name in await house.patient.run(operation.text, **operation.variables(house.records))


async def test_patients_see_their_account_and_not_the_record_before_they_proved_who_they_are(house: House) -> None:
    records = house.records
    own = "... on PortalAccount { id contact { id } }"
    text = (
        f"query Q($id: ID!, $ids: [ID!]!) {{ viewer {{ {own} }} contact(id: $id) {{ id }} nodes(ids: $ids) {{ id }} }}"
    )
    answer = await house.patient.run(text, id=records.contact, ids=records.nodes)
    assert answer == {
        "viewer": {"id": records.account, "contact": None},
        "contact": None,
        "nodes": [
            {"id": node} if node in (records.organization, records.facility, records.account) else None
            for node in records.nodes
        ],
    }


async def test_records_of_another_organization_are_null_and_lists_are_empty(
    house: House, other_practice: Practice
) -> None:
    records = house.records
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    theirs = house.stranger.holding(session.access_token)
    text = """query Q($id: ID!, $ids: [ID!]!, $from: DateTime!, $to: DateTime!, $facility: ID!, $staff: ID!) {
      contact(id: $id) { id }
      nodes(ids: $ids) { id }
      organization { slug facilities { id } }
      contacts(search: "omar") { totalCount nodes { id } }
      all: contacts { totalCount nodes { id } }
      appointments(from: $from, to: $to) { totalCount nodes { id } }
      there: appointments(from: $from, to: $to, facilityId: $facility, staffMemberId: $staff) { nodes { id } }
    }"""
    span = {"from": records.now.isoformat(), "to": (records.now + timedelta(days=1)).isoformat()}
    answer = await theirs.run(
        text, id=records.contact, ids=records.nodes, facility=records.facility, staff=records.staff_member, **span
    )
    nothing: dict[str, Any] = {"totalCount": 0, "nodes": []}
    assert answer == {
        "contact": None,
        "nodes": [None] * 9,
        "organization": {"slug": "harbor-house", "facilities": []},
        "contacts": nothing,
        "all": nothing,
        "appointments": nothing,
        "there": {"nodes": []},
    }
    for node in records.nodes:
        assert await theirs.run("query Q($id: ID!) { node(id: $id) { id } }", id=node) == {"node": None}


async def test_every_kind_of_record_can_be_fetched_again_by_staff_without_any_permission(house: House) -> None:
    client = await house.staff()
    answer = await client.run("query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=house.records.nodes)
    assert [node["id"] for node in answer["nodes"]] == house.records.nodes
    assert sorted(node["__typename"] for node in answer["nodes"]) == sorted(NODE_TYPES)


NAMED_BY = {
    "contactId": "contact",
    "clientId": "relative",
    "relativeId": "contact",
    "relationshipId": "relationship",
    "episodeId": "episode",
    "facilityId": "facility",
    "staffMemberId": "staff_member",
}


def inputs_naming_records() -> list[tuple[Operation, str]]:
    found = []
    for operation in MUTATIONS:
        input_type = SCHEMA.type_map.get(f"{operation.name[0].upper()}{operation.name[1:]}Input")
        fields = input_type.fields if isinstance(input_type, GraphQLInputObjectType) else {}
        found += [(operation, name) for name, field in fields.items() if get_named_type(field.type).name == "ID"]
    return found


async def test_an_id_of_another_organization_is_answered_like_one_never_given_out(
    house: House, staff: Client, other_practice: Practice
) -> None:
    theirs = await make_records(other_practice)
    async with nothing_changes():
        for operation, name in inputs_naming_records():
            foreign = getattr(theirs, NAMED_BY[name])
            never_given_out = encode_id(split_id(foreign, *NODE_TYPES)[0], NOBODY)
            for bad in (foreign, never_given_out, house.records.appointment, "", "no id", f"{foreign}=", "x" * 999):
                variables = operation.variables(house.records)
                variables["input"] = {**variables["input"], name: bad}
                assert await staff.run(operation.text, **variables) == {
                    operation.name: {
                        "__typename": "NotFound",
                        "code": "NOT_FOUND",
                        "message": "There is no such record. Reload the page and try again.",
                        "path": name,
                    }
                }


async def test_what_is_no_id_of_the_type_asked_for_is_bad_input(staff: Client) -> None:
    asking = [
        ("query Q($id: ID!) { node(id: $id) { id } }", "id"),
        ("query Q($id: ID!) { nodes(ids: [$id]) { id } }", "ids"),
        ("query Q($id: ID!) { contact(id: $id) { id } }", "id"),
        (f"query Q($id: ID!) {{ appointments({DAY}, facilityId: $id) {{ totalCount }} }}", "facilityId"),
        (f"query Q($id: ID!) {{ appointments({DAY}, staffMemberId: $id) {{ totalCount }} }}", "staffMemberId"),
    ]
    for text, argument in asking:
        for bad in ("no id", "", encode_id("PrintedSheet", NOBODY), f"{encode_id('Contact', NOBODY)}=", "x" * 999):
            refusal = await staff.refusal(text, id=bad)
            assert (refusal["code"], refusal["argument"]) == ("BAD_USER_INPUT", argument)
