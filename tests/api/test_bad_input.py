"""What people and programs get wrong: a typed answer, no row, no letter, and never an internal error."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.types.records import APPOINTMENT_CURSORS
from tests.api.client import SCHEMA, Client
from tests.api.operation import Operation
from tests.api.operations import MUTATIONS, OPERATIONS
from tests.api.records import Records, make_records, registered
from tests.campaign import rounds
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes

Case = TypeVar("Case")

NAMES = {"givenName": "Ana", "familyName": "Santos"}
ONE_LINE = "Use one line of plain text, without control characters."
NOT_BORN = "Enter a date of birth that is not in the future."
LONG_AGO = "Check the year: {year} is too long ago for a date of birth."


@pytest.fixture
async def records(practice: Practice) -> Records:
    return await make_records(practice)


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox, stranger: Client) -> Client:
    """Somebody whose account none of the operations is about."""
    _, session = await registered(practice, mailbox)
    return stranger.holding(session.access_token)


def problem(path: str, message: str) -> list[dict[str, str]]:
    return [{"path": path, "message": message}]


CONTACTS: list[tuple[dict[str, Any], list[dict[str, str]]]] = [
    ({"emails": ["ana.example.com"]}, problem("emails.0", "Enter an email address such as name@example.com.")),
    ({"emails": ["a@b.com", ""]}, problem("emails.1", "This is needed.")),
    ({"emails": ["a@b.com", "A@B.COM"]}, problem("emails", "Name each address once.")),
    ({"emails": [f"a{n}@example.com" for n in range(10_001)]}, problem("emails", "Keep at most 10 addresses.")),
    ({"emails": [f"{'a' * 900_000}@example.com"]}, problem("emails.0", "Use at most 254 characters.")),
    ({"phones": ["1" * 41]}, problem("phones.0", "Use at most 40 characters.")),
    ({"phones": [f"208 555 01{n}" for n in range(10, 21)]}, problem("phones", "Keep at most 10 numbers.")),
    ({"dateOfBirth": "2026-03-04"}, problem("dateOfBirth", NOT_BORN)),
    ({"dateOfBirth": "9999-12-31"}, problem("dateOfBirth", NOT_BORN)),
    ({"dateOfBirth": "0001-01-01"}, problem("dateOfBirth", LONG_AGO.format(year=1))),
    ({"dateOfBirth": "1880-01-01"}, problem("dateOfBirth", LONG_AGO.format(year=1880))),
    ({"givenName": "", "familyName": ""}, problem("givenName", "Enter a given name, a family name, or both.")),
    (
        {"givenName": " \u00a0 ", "familyName": "\u200b"},
        problem("givenName", "Enter a given name, a family name, or both."),
    ),
    ({"givenName": "x" * 201}, problem("givenName", "Use at most 200 characters.")),
    ({"givenName": "x" * 900_000}, problem("givenName", "Use at most 200 characters.")),
    ({"familyName": "a\nb"}, problem("familyName", ONE_LINE)),
    ({"familyName": "a\u202eb"}, problem("familyName", ONE_LINE)),
    ({"language": "klingon!"}, problem("language", "Use a language tag such as en or es.")),
    ({"language": "abc-abcdefgh-abcdefgh"}, problem("language", "Use a language tag such as en or es.")),
    ({"language": ""}, problem("language", "Use a language tag such as en or es.")),
    ({"idempotencyKey": "k" * 1000}, problem("idempotencyKey", "Use 1 to 100 printable characters.")),
    ({"idempotencyKey": ""}, problem("idempotencyKey", "Use 1 to 100 printable characters.")),
    ({"idempotencyKey": "a\u0007"}, problem("idempotencyKey", "Use 1 to 100 printable characters.")),
    (
        {"givenName": "", "familyName": "", "emails": ["x"]},
        [
            {"path": "emails.0", "message": "Enter an email address such as name@example.com."},
            {"path": "givenName", "message": "Enter a given name, a family name, or both."},
        ],
    ),
]


async def test_a_contact_that_cannot_be_is_refused_naming_each_input(staff: Client) -> None:
    async with nothing_changes():
        for changes, problems in CONTACTS:
            answer = await staff.mutate("createContact", {**NAMES, **changes})
            assert (answer["__typename"], answer["code"]) == ("InvalidInput", "INVALID_INPUT"), str(changes)[:80]
            assert answer["fields"] == problems
            assert len(answer["message"]) < 500


async def test_what_is_wrong_with_an_input_is_said_in_the_readers_language(staff: Client) -> None:
    wrong = {"givenName": "", "familyName": "", "phones": ["call mother"]}
    answer = await staff.reading("es-US,en;q=0.5").mutate("createContact", wrong)
    assert answer["fields"] == [
        {
            "path": "phones.0",
            "message": "Escriba un teléfono como +1 208 555 0134, con x y la extensión si la tiene.",
        },
        {"path": "givenName", "message": "Escriba un nombre, un apellido o los dos."},
    ]


async def test_pasted_days_times_and_ids_are_taken_with_what_is_around_them(staff: Client, records: Records) -> None:
    born = {**NAMES, "dateOfBirth": "\u200b 1990-02-28\ufeff"}
    made = await staff.mutate("createContact", born, "... on CreateContactSuccess { contact { dateOfBirth } }")
    assert made["contact"]["dateOfBirth"] == "1990-02-28"
    appointment = {
        "contactId": f"\u202a{records.contact}\u202c ",
        "startsAt": "\u200e2026-03-02T10:00:00Z\u200e",
        "endsAt": "\t2026-03-02T11:00:00Z\u00a0",
    }
    asked = "... on CreateAppointmentSuccess { appointment { startsAt endsAt } }"
    entered = (await staff.mutate("createAppointment", appointment, asked))["appointment"]
    assert entered == {"startsAt": "2026-03-02T10:00:00+00:00", "endsAt": "2026-03-02T11:00:00+00:00"}
    # Inside a day nothing is ignored.
    spoilt = await staff.answer(
        "mutation ($input: CreateContactInput!) { a: createContact(input: $input) { __typename } }",
        input={**NAMES, "dateOfBirth": "1990-\u200b02-28"},
    )
    assert spoilt["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_change_is_judged_like_a_new_contact(staff: Client, records: Records) -> None:
    async with nothing_changes():
        for changes, problems in CONTACTS:
            if "idempotencyKey" not in changes:
                answer = await staff.mutate("updateContact", {"contactId": records.contact, **changes})
                assert answer["fields"] == problems


def cases(table: dict[str, list[Case]]) -> list[tuple[Operation, Case]]:
    return [(operation, case) for operation in MUTATIONS for case in table.get(operation.name, [])]


OTHERS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "createRelationship": [({"kind": ""}, "kind"), ({"kind": "k" * 61}, "kind")],
    "updateRelationship": [({"kind": ""}, "kind"), ({"kind": "a\nb"}, "kind")],
    "createFacility": [({"name": " "}, "name"), ({"phone": "1" * 41}, "phone"), ({"name": "n" * 201}, "name")],
    "updateFacility": [
        ({"name": " "}, "name"),
        ({"address": "1\n2\n3\n4\n5"}, "address"),
        ({"timeZone": "x"}, "timeZone"),
    ],
    "updateOrganization": [
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
        ({"languages": []}, "languages"),
        ({"supportEmail": "nobody"}, "supportEmail"),
        ({"allowedOrigins": ["https://ehr.example.org", "*"]}, "allowedOrigins.1"),
        ({"allowedOrigins": ["https://ehr.example.org"] * 1000}, "allowedOrigins"),
        ({"staffIdleMinutes": 0}, "staffIdleMinutes"),
        ({"staffIdleMinutes": 2_000_000_000}, "staffIdleMinutes"),
    ],
    "createStaffMember": [({"email": "none"}, "email"), ({"name": ""}, "name")],
    "createAppointment": [
        ({"startsAt": "2026-03-02T10:00:00Z", "endsAt": "2026-03-02T10:00:00Z"}, "endsAt"),
        ({"startsAt": "2026-03-02T10:00:00Z", "endsAt": "2026-03-02T09:00:00+00:00"}, "endsAt"),
        ({"startsAt": "2026-03-02T10:00:00Z", "endsAt": "2026-03-04T10:00:00Z"}, "endsAt"),
    ],
    "setExternalIds": [
        ({"externalIds": [{"system": "EHR", "value": "1"}]}, "externalIds.0.system"),
        ({"externalIds": [{"system": "urn:ehr", "value": ""}]}, "externalIds.0.value"),
    ],
    "createEpisode": [({"idempotencyKey": "k" * 101}, "idempotencyKey")],
    "createPortalAccount": [({"idempotencyKey": "k" * 1000}, "idempotencyKey")],
    "printPortalInstructions": [({"idempotencyKey": "\n"}, "idempotencyKey")],
}


async def test_other_inputs_that_cannot_be_are_named(staff: Client, records: Records) -> None:
    async with nothing_changes():
        for operation, (changes, path) in cases(OTHERS):
            variables = {"input": {**operation.variables(records)["input"], **changes}}
            answer = (await staff.run(operation.text, **variables))[operation.name]
            assert answer["__typename"] == "InvalidInput", (operation.name, changes)
            assert [field["path"] for field in answer["fields"]] == [path]


MALFORMED: dict[str, list[dict[str, Any]]] = {
    "createContact": [
        {"dateOfBirth": "2026-02-30"},
        {"dateOfBirth": "yesterday"},
        {"dateOfBirth": "1980-05-04T00:00:00Z"},
        {"dateOfBirth": "19800504"},
        {"dateOfBirth": 10**30},
        {"dateOfBirth": "\u0661\u0669\u0668\u0660-05-04"},
        {"emails": None},
        {"emails": [None]},
        {"emails": [["a@b.com"]]},
        {"givenName": None},
        {"givenName": 10**400},
        {"givenName": True},
        {"givenName": {"$ne": ""}},
        {"kind": "client"},
        {"kind": None},
        {"language": None},
        {"isAdmin": True},
        {"organizationId": "1"},
        {"permissions": ["WEB_PORTAL"]},
    ],
    "createAppointment": [
        {"startsAt": "2026-03-02T10:00:00"},
        {"startsAt": "2026-03-02 10:00"},
        {"startsAt": "2026-03-02"},
        {"startsAt": "2026-02-30T10:00:00Z"},
        {"startsAt": "0001-01-01T00:00:00+14:00", "endsAt": "0001-01-01T00:30:00Z"},
        {"startsAt": "9999-12-31T23:00:00Z", "endsAt": "9999-12-31T23:30:00-14:00"},
        {"startsAt": "10:00:00Z"},
        {"startsAt": 1_772_445_600},
        {"startsAt": None},
    ],
    "createRelationship": [{"portalAccess": "yes"}, {"portalAccess": None}, {"endsOn": "2026-13-01"}],
    "setStaffPermissions": [{"permissions": None}, {"permissions": ["ALL"]}, {"permissions": [None]}],
    "disableStaffMember": [{"reason": None}, {"staffMemberId": None}],
    "enableStaffMember": [{"reason": None}],
    "setStaffLastDay": [{"lastDay": "2026-13-01"}, {"lastDay": "tomorrow"}, {"staffMemberId": None}],
    "createPortalAccount": [{"sender": None}, {"sender": "NOBODY"}, {"contactId": None}, {"contactId": ["a"]}],
    "createStaffMember": [{"permissions": ["WEB_PORTAL"]}, {"password": 7}],
}


async def test_what_no_type_allows_is_bad_user_input(staff: Client, records: Records) -> None:
    async with nothing_changes():
        for operation, changes in cases(MALFORMED):
            variables = {"input": {**operation.variables(records)["input"], **changes}}
            refusal = await staff.refusal(operation.text, **variables)
            assert refusal["code"] == "BAD_USER_INPUT", (operation.name, changes)


SPAN = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
APPOINTMENTS = (
    "query Q($from: DateTime!, $to: DateTime!, $after: String) "
    "{ appointments(from: $from, to: $to, after: $after) { totalCount } }"
)


async def test_a_span_of_times_without_offset_or_sense_is_bad_user_input(staff: Client) -> None:
    for changes in (
        {"from": "2026-03-02T00:00:00"},
        {"to": "2026-02-30T00:00:00Z"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"from": None},
        {"to": 7},
    ):
        assert (await staff.refusal(APPOINTMENTS, **{**SPAN, **changes}))["code"] == "BAD_USER_INPUT", changes


PAGES = [
    "first: 0",
    "first: -1",
    "first: 101",
    "first: 2147483647",
    "first: 99999999999999999999",
    "first: 1, last: 1",
    "last: 0",
    'first: "1"',
    'after: "made up"',
    'before: "WyJhcHBvaW50bWVudHMiLCJ4Il0"',
    f'before: "{APPOINTMENT_CURSORS.encode((datetime.min.replace(tzinfo=UTC), UUID(int=1)))}"',
    f'search: "{"x" * 201}"',
    "portalState: [GONE]",
    "portalState: [null]",
]


async def test_a_page_that_cannot_be_is_bad_user_input(staff: Client) -> None:
    for arguments in PAGES:
        refusal = await staff.refusal(f"{{ contacts({arguments}) {{ totalCount }} }}")
        assert refusal["code"] == "BAD_USER_INPUT", arguments


async def test_a_cursor_at_the_end_of_the_calendar_is_bad_user_input(staff: Client) -> None:
    edge = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    refusal = await staff.refusal(APPOINTMENTS, **SPAN, after=APPOINTMENT_CURSORS.encode((edge, UUID(int=1))))
    assert (refusal["code"], refusal["argument"]) == ("BAD_USER_INPUT", "after")


async def test_more_than_100_ids_are_bad_user_input(staff: Client, records: Records) -> None:
    text = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await staff.refusal(text, ids=[records.contact] * 101))["argument"] == "ids"
    assert len((await staff.run(text, ids=[records.contact] * 100))["nodes"]) == 100
    assert await staff.run(text, ids=[]) == {"nodes": []}


async def test_empty_lists_are_lists(staff: Client, records: Records) -> None:
    given = {"staffMemberId": records.staff_member, "permissions": []}
    answer = await staff.mutate("setStaffPermissions", given, "staffMember { permissions }")
    assert answer["staffMember"] == {"permissions": []}
    answer = await staff.mutate("createContact", {**NAMES, "emails": [], "phones": []}, "contact { emails }")
    assert answer["contact"] == {"emails": []}


async def test_a_body_of_a_megabyte_is_refused_unread(staff: Client) -> None:
    async with nothing_changes():
        response = await staff.post("mutation { x }", {"input": {**NAMES, "givenName": "x" * 1_000_000}})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def with_text(value: Any, text: str) -> Iterator[Any]:
    """Copies of `value`, each with `text` in the place of one of its strings."""
    match value:
        case str():
            yield text
        case dict():
            for key, inner in value.items():
                yield from ({**value, key: changed} for changed in with_text(inner, text))
        case list():
            for index, inner in enumerate(value):
                yield from ([*value[:index], changed, *value[index + 1 :]] for changed in with_text(inner, text))


UNSTORABLE = [r"\u0000", r"a\u0000b", r"\ud800", r"\udc00\ud800"]


async def test_text_no_database_can_hold_is_refused_in_every_place(
    staff: Client, stranger: Client, records: Records
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {staff.token}"}
    async with nothing_changes():
        for operation in OPERATIONS:
            for variables in with_text(operation.variables(records), "PLACE"):
                body = json.dumps({"query": operation.text, "variables": variables})
                for text in UNSTORABLE:
                    content = body.replace("PLACE", text)
                    response = await stranger.http.post("/graphql", content=content, headers=headers)
                    assert response.status_code == 400
                    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_nul_in_the_document_itself_is_refused(staff: Client) -> None:
    text = r'mutation { createContact(input: {givenName: "a\u0000", familyName: "b"}) { __typename } }'
    async with nothing_changes():
        assert (await staff.refusal(text))["code"] == "BAD_USER_INPUT"


LISTS = {"emails", "phones", "contactIds"}
AWKWARD = [
    "",
    "'; DROP TABLE contact; --",
    "{{7*7}}${7*7}<script>",
    "\ufdfa" * 250,
    "\U0010ffff\u0378\ue000",
    "a\u0301" * 100,
    "\u200e\u202e\u2066",
    "=cmd|'/c calc'!A1",
    "ﬃ@ﬃ.example",
    "x" * 20_000,
    f"a@{'b.' * 120}example",
    "0001-01-01T00:00:00+14:00",
    "-1",
]


def string_inputs(operation: Operation) -> list[str]:
    """The operation's inputs that take text, those not in its example too."""
    input_type = SCHEMA.type_map[f"{operation.name[0].upper()}{operation.name[1:]}Input"]
    assert isinstance(input_type, GraphQLInputObjectType)
    texts = {"String", "ID", "Date", "DateTime"}
    return [name for name, field in input_type.fields.items() if get_named_type(field.type).name in texts]


@pytest.mark.campaign
@settings(max_examples=rounds(10, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=300), st.sampled_from(AWKWARD)), place=st.integers(0, 5))
async def test_whatever_is_typed_the_answer_is_typed_too(
    text: str, place: int, staff: Client, stranger: Client, patient: Client, records: Records
) -> None:
    """The text goes into one input of each mutation."""
    typed_into = [operation for operation in MUTATIONS if operation.name != "signOut"]
    for number, operation in enumerate(typed_into, start=place):
        client = stranger if operation.public else staff if operation.staff_may else patient
        example, names = operation.variables(records)["input"], string_inputs(operation)
        if names:
            name = names[number % len(names)]
            value = [text] if name in LISTS else text
            response = await client.post(operation.text, {"input": {**example, name: value}})
            codes = {error["extensions"]["code"] for error in response.json().get("errors", [])}
            assert (response.status_code in (200, 400), codes <= {"BAD_USER_INPUT"}) == (True, True), operation.name
