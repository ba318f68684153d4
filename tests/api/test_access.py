"""Who may do what: every operation, asked by everybody it is not for. Whoever is refused changes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, assert_interface_type

from api.schema import TOKEN_FREE_FIELDS
from api.server.relay import encode_id, split_id
from clinic.sessions.actions import end_session, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Origin, Permission
from tests.api.client import SCHEMA, Client
from tests.api.operation import Operation
from tests.api.operations import MUTATIONS, OPERATIONS
from tests.api.records import Records, make_records
from tests.api.tenant_statements import without_organization
from tests.clock import FixedClock
from tests.databases import listen_to_statements
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
# The public ones are tried by those who may in test_sign_in.py and test_portal_access.py.
FOR_STAFF = [operation for operation in OPERATIONS if operation.staff_may and not operation.public]
# What answers a refusal of its own; a question that is refused answers an error (test_audit.py).
REFUSING = [operation for operation in FOR_STAFF if operation.answers]


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
        """A staff member who holds exactly these permissions."""
        _, session = await self.practice.signed_in(*permissions, reads_contacts=False)
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
        for operation in [operation for operation in OPERATIONS if operation.name not in TOKEN_FREE_FIELDS]:
            for client in bad_tokens if operation.public else [*bad_tokens, house.stranger]:
                response = await client.post(operation.text, operation.variables(house.records))
                assert (response.status_code, response.json()) == (401, UNAUTHENTICATED), operation.name
                assert response.headers["www-authenticate"] == "Bearer"


async def test_bad_token_is_ignored_where_no_token_is_needed(house: House) -> None:
    bad_tokens = [house.expired, house.signed_out, house.stranger.holding("made-up"), house.stranger.holding("x" * 999)]
    token_free = [operation for operation in OPERATIONS if operation.name in TOKEN_FREE_FIELDS]
    assert {operation.name for operation in token_free} == TOKEN_FREE_FIELDS
    for operation in token_free:
        for client in bad_tokens:
            answer = await client.post(operation.text, operation.variables(house.records))
            assert (answer.status_code, "errors" in answer.json()) == (200, False), operation.name


async def test_authorization_without_a_value_is_no_token(house: House) -> None:
    for value in ("", " "):
        headers = {"Authorization": value}
        body = {"query": "{ viewer { __typename } }"}
        answer = await house.stranger.http.post("/graphql", json=body, headers=headers)
        assert (answer.status_code, answer.json()["data"]) == (200, {"viewer": None})
        refused = await house.stranger.http.post(
            "/graphql", json={"query": "{ staffMembers { totalCount } }"}, headers=headers
        )
        assert (refused.status_code, refused.json()) == (401, UNAUTHENTICATED)


async def test_staff_with_just_the_permissions_it_needs_go_through(house: House) -> None:
    with listen_to_statements() as sent:
        for operation in FOR_STAFF:
            client = await house.staff(*operation.needs)
            answer = (await client.run(operation.text, **operation.variables(house.records)))[operation.name]
            if operation.answers:
                assert answer["__typename"] == (operation.answers_staff or operation.answers), answer
    assert without_organization(sent) == []


async def test_staff_who_lack_one_permission_are_refused_whatever_else_they_hold(house: House) -> None:
    lacking = {permission: await house.staff(*EVERY_PERMISSION - {permission}) for permission in Permission}
    async with nothing_changes():
        for operation in REFUSING:
            for permission in operation.needs:
                answer = await lacking[permission].run(operation.text, **operation.variables(house.records))
                assert answer[operation.name] == {
                    "__typename": "NotPermitted",
                    "code": "NOT_PERMITTED",
                    "message": f"You need the permission {permission} for this. Ask someone who manages staff.",
                    "permission": permission.value,
                }


async def test_staff_without_any_permission_change_nothing(house: House) -> None:
    client = await house.staff()
    async with nothing_changes():
        for operation in [operation for operation in REFUSING if operation.needs]:
            answer = await client.run(operation.text, **operation.variables(house.records))
            assert answer[operation.name]["__typename"] == "NotPermitted", operation.name


# What is left of a practice for staff who may not read contacts.
NOT_OF_CONTACTS = ("AuditEvent", "Facility", "Organization", "StaffMember")


async def test_staff_who_lack_view_contacts_read_no_contact_whatever_else_they_hold(house: House) -> None:
    client = await house.staff(*EVERY_PERMISSION - {Permission.VIEW_CONTACTS})
    records = house.records
    answer = await client.run(
        "query Q($id: ID!, $ids: [ID!]!) { contact(id: $id) { id } nodes(ids: $ids) { __typename } "
        "auditEvents(subjectId: $id) { nodes { action subject { id } } } }",
        id=records.contact,
        ids=records.nodes,
    )
    assert answer["contact"] is None
    assert sorted(node["__typename"] for node in answer["nodes"] if node) == sorted(NOT_OF_CONTACTS)
    assert {event["subject"] for event in answer["auditEvents"]["nodes"]} == {None}
    lists = [o for o in FOR_STAFF if not o.answers and Permission.VIEW_CONTACTS in o.needs]
    assert {o.name for o in lists} == {
        *(
            "contacts",
            "appointments",
            "portalStateCounts",
            "endingAccess",
            "portalTransfers",
            "sharingPreview",
            "invitationPreview",
            "letters",
            "similarContacts",
            "contactMerges",
            "erasableDocuments",
            "documentsToFollowUp",
        )
    }
    async with nothing_changes():
        for operation in lists:
            refusal = await client.refusal(operation.text, **operation.variables(records))
            assert (refusal["code"], refusal["permission"]) == ("FORBIDDEN", "VIEW_CONTACTS"), operation.name


async def test_patients_are_refused_what_is_for_staff_and_staff_what_is_for_patients(
    house: House, staff: Client
) -> None:
    async with nothing_changes():
        for operation in OPERATIONS:
            if not operation.public and not (operation.staff_may and operation.patients_may):
                client, whom = (house.patient, "staff") if operation.staff_may else (staff, "patients")
                refusal = await client.refusal(operation.text, **operation.variables(house.records))
                assert refusal == {"code": "FORBIDDEN", "message": f"This is for {whom}."}, operation.name


async def test_patients_go_through_where_they_may(house: House) -> None:
    now = house.practice.services.clock.now()
    with listen_to_statements() as sent:
        for operation in [operation for operation in OPERATIONS if operation.patients_may]:
            # Each in a session of its own: some of them end it.
            account_id = split_id(house.records.account, "PortalAccount")[1]
            organization_id = house.practice.organization.id
            session = await open_patient_session(organization_id, account_id, SessionKind.API, Origin("127.0.0.1"), now)
            client = house.stranger.holding(session.access_token)
            answer = (await client.run(operation.text, **operation.variables(house.records)))[operation.name]
            if operation.answers:
                assert answer["__typename"] == operation.answers, answer
    assert without_organization(sent) == []


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
        "nodes": [None] * len(records.nodes),
        "organization": {"slug": "harbor-house", "facilities": []},
        "contacts": nothing,
        "all": nothing,
        "appointments": nothing,
        "there": {"nodes": []},
    }
    for node in records.nodes:
        assert await theirs.run("query Q($id: ID!) { node(id: $id) { id } }", id=node) == {"node": None}


async def test_every_kind_of_record_can_be_fetched_again_by_staff_who_may_view_the_audit(house: House) -> None:
    client = await house.staff(Permission.VIEW_AUDIT, Permission.VIEW_CONTACTS)
    answer = await client.run("query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=house.records.nodes)
    assert [node["id"] for node in answer["nodes"]] == house.records.nodes
    assert sorted(node["__typename"] for node in answer["nodes"]) == sorted(NODE_TYPES)


# Whose record of ours would be meant, and its type.
NAMED_BY = {
    "recordId": ("contact", "Contact"),
    "contactId": ("contact", "Contact"),
    "clientId": ("relative", "Contact"),
    "relativeId": ("contact", "Contact"),
    "relationshipId": ("relationship", "Relationship"),
    "episodeId": ("episode", "Episode"),
    "appointmentId": ("appointment", "Appointment"),
    "facilityId": ("facility", "Facility"),
    "staffMemberId": ("staff_member", "StaffMember"),
    "breakGlassStaffMemberId": ("staff_member", "StaffMember"),
    "accountId": ("found_account", "PortalAccount"),
    "transferId": ("transfer", "PortalTransfer"),
    "keptId": ("contact", "Contact"),
    "duplicateId": ("contact", "Contact"),
    "mergeId": ("merge", "ContactMerge"),
    "sessionId": ("session", "Session"),
    "documentId": ("document", "Document"),
    "supersedesId": ("document", "Document"),
    "uploadId": ("upload", "Upload"),
    "logoUploadId": ("logo_upload", "LogoUpload"),
    "factorId": ("factor", "Factor"),
    "serviceAccountId": ("service_account", "ServiceAccount"),
    "webhookEndpointId": ("webhook_endpoint", "WebhookEndpoint"),
    "deliveryId": ("delivery", "WebhookDelivery"),
}


def inputs_naming_records() -> list[tuple[Operation, str]]:
    found = []
    for operation in MUTATIONS:
        input_type = SCHEMA.type_map.get(f"{operation.name[0].upper()}{operation.name[1:]}Input")
        fields = input_type.fields if isinstance(input_type, GraphQLInputObjectType) else {}
        found += [(operation, name) for name, field in fields.items() if str(field.type).rstrip("!") == "ID"]
    return found


async def test_an_id_of_another_organization_is_answered_like_one_never_given_out(
    house: House, staff: Client, other_practice: Practice
) -> None:
    theirs = await make_records(other_practice)
    async with nothing_changes():
        for operation, name in inputs_naming_records():
            client = staff if operation.staff_may else house.patient
            record, type_name = NAMED_BY[name]
            foreign, never_given_out = getattr(theirs, record), encode_id(type_name, NOBODY)
            others = {"appointmentId": house.records.contact, "recordId": house.records.episode}
            other_type = others.get(name, house.records.appointment)
            for bad in (foreign, never_given_out, other_type, "", "no id", f"{foreign}=", "x" * 999):
                variables = operation.variables(house.records)
                variables["input"] = {**variables["input"], name: bad}
                assert await client.run(operation.text, **variables) == {
                    operation.name: {
                        "__typename": "NotFound",
                        "code": "NOT_FOUND",
                        "message": "There is no such record. Reload the page and try again.",
                        "path": name,
                    }
                }


async def test_foreign_ids_in_a_list_are_each_not_found(house: House, staff: Client, other_practice: Practice) -> None:
    theirs = await make_records(other_practice)
    bad = [theirs.contact, encode_id("Contact", NOBODY), house.records.appointment, "no id"]
    success = "createdCount refusedCount results { result { ... on NotFound { message } } }"
    async with nothing_changes():
        answer = await staff.mutate("createPortalAccounts", {"contactIds": bad}, success)
    nothing = {"result": {"message": "There is no such record. Reload the page and try again."}}
    assert (answer["createdCount"], answer["refusedCount"], answer["results"]) == (0, 4, [nothing] * 4)


async def test_what_is_no_id_of_the_type_asked_for_is_bad_input(staff: Client) -> None:
    asking = [
        ("query Q($id: ID!) { node(id: $id) { id } }", "id"),
        ("query Q($id: ID!) { nodes(ids: [$id]) { id } }", "ids"),
        ("query Q($id: ID!) { contact(id: $id) { id } }", "id"),
        ("query Q($id: ID!) { sharingPreview(documentId: $id) { members { hasAccess } } }", "documentId"),
        (f"query Q($id: ID!) {{ appointments({DAY}, facilityId: $id) {{ totalCount }} }}", "facilityId"),
        (f"query Q($id: ID!) {{ appointments({DAY}, staffMemberId: $id) {{ totalCount }} }}", "staffMemberId"),
    ]
    for text, argument in asking:
        for bad in ("no id", "", encode_id("PrintedSheet", NOBODY), f"{encode_id('Contact', NOBODY)}=", "x" * 999):
            refusal = await staff.refusal(text, id=bad)
            assert (refusal["code"], refusal["argument"]) == ("BAD_USER_INPUT", argument)
