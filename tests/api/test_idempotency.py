"""Keys that make a repetition harmless, and fifty clicks at once that make one account and one letter."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from api.server.relay import encode_id
from clinic.records.actions.views import PIN_READ, VIEWED
from clinic.values.callers import Permission
from tests.api.client import SCHEMA, Client, mutation
from tests.api.operation import Operation
from tests.api.operations import MUTATIONS
from tests.api.records import Records, make_records
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes, rows_of

REUSED = [{"path": "idempotencyKey", "message": "This key was used for another request. Use a new one."}]
INPUTS = {type_.name: type_ for type_ in SCHEMA.type_map.values() if isinstance(type_, GraphQLInputObjectType)}
TAKING_KEYS = {name for name, type_ in INPUTS.items() if "idempotencyKey" in type_.fields}
WITH_KEYS = [o for o in MUTATIONS if f"{o.name[0].upper()}{o.name[1:]}Input" in TAKING_KEYS]

# For each mutation, a change that makes another request of it.
ANOTHER: dict[str, dict[str, Any]] = {
    "createServiceAccount": {"name": "Another"},
    "createWebhookEndpoint": {"events": ["document.declined"]},
    "createContact": {"givenName": "Anna"},
    "syncRecords": {"dryRun": None},
    "createRelationship": {"portalAccess": False},
    "createEpisode": {"facilityId": None},
    "createAppointment": {"facilityId": None},
    "createFacility": {"phone": "+1 208 555 0199"},
    "createStaffMember": {"name": "Bill Ng"},
    "createPortalAccount": {"sender": "DISCREET"},
    "createPortalAccounts": {"sender": "DISCREET"},
    "resendPortalInvitation": {"sender": "ORGANIZATION"},
    "resendStaffInvitation": {"staffMemberId": "another"},
    "sendInvitationSample": {"sender": "DISCREET"},
    "linkPortalAccount": {"accountId": None},
    "requestPortalTransfer": {"reason": "Another reason."},
    "requestContactMerge": {"reason": "Another reason."},
    "printPortalInstructions": {},
    "regeneratePortalPin": {},
    "createDocument": {"title": "Another plan"},
    "shareDocument": {"recipientIds": []},
    "shareAllDocuments": {},
}

# The contact is invited already, and transfer and merge wait: each is answered as it is.
DONE_ALREADY = {"createPortalAccount", "createPortalAccounts", "requestPortalTransfer", "requestContactMerge"}


@pytest.fixture
async def records(practice: Practice) -> Records:
    return await make_records(practice)


def keyed(operation: Operation, records: Records, key: str = "key-1", **changes: Any) -> dict[str, Any]:
    return {**operation.variables(records)["input"], "idempotencyKey": key, **changes}


async def send(client: Client, operation: Operation, given: dict[str, Any]) -> Any:
    return (await client.run(operation.text, input=given))[operation.name]


def test_every_mutation_that_creates_or_sends_takes_a_key() -> None:
    wanted = {f"{o.name[0].upper()}{o.name[1:]}Input" for o in MUTATIONS if o.name.startswith(("create", "resend"))}
    assert wanted < TAKING_KEYS
    assert {operation.name for operation in WITH_KEYS} == ANOTHER.keys()


async def test_same_key_again_answers_the_same_and_does_nothing_again(
    staff: Client, records: Records, clock: FixedClock
) -> None:
    first = {operation: await send(staff, operation, keyed(operation, records)) for operation in WITH_KEYS}
    assert all(answer["__typename"].endswith("Success") for answer in first.values())
    clock.advance(timedelta(minutes=10))
    await staff.post("{ organization { id } }")  # the first request of a minute notes that somebody is there
    async with nothing_changes():
        for operation in WITH_KEYS:
            assert await send(staff, operation, keyed(operation, records)) == first[operation]


async def test_same_key_with_another_body_is_refused(staff: Client, records: Records) -> None:
    for operation in WITH_KEYS:
        await send(staff, operation, keyed(operation, records))
        changes = ANOTHER[operation.name] or {"contactId": records.found}
        async with nothing_changes():
            answer = await send(staff, operation, keyed(operation, records, **changes))
        assert (answer["__typename"], answer["fields"]) == ("InvalidInput", REUSED), operation.name


async def effects_in_audit() -> int:
    """How many events tell of a change. That the answer shows a contact is another event."""
    return sum(row["action"] not in (VIEWED, PIN_READ) for row in await rows_of("audit_event"))


async def test_five_at_once_with_one_key_have_one_effect(staff: Client, records: Records) -> None:
    for operation in WITH_KEYS:
        given, before = keyed(operation, records), await effects_in_audit()
        answers = await asyncio.gather(*[send(staff, operation, given) for _ in range(5)])
        assert all(answer == answers[0] for answer in answers), operation.name
        assert answers[0]["__typename"].endswith("Success")
        effects = await effects_in_audit() - before
        assert effects == (0 if operation.name in DONE_ALREADY else 1), operation.name


async def test_keys_are_each_callers_and_each_mutations_own_and_last_a_day(
    practice: Practice, staff: Client, stranger: Client, clock: FixedClock
) -> None:
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    colleague = stranger.holding(session.access_token)
    given = {"givenName": "Ana", "familyName": "Santos", "idempotencyKey": "key-1"}

    async def made(client: Client) -> str:
        return str((await client.mutate("createContact", given, "contact { id }"))["contact"]["id"])

    first = await made(staff)
    assert await made(staff) == first
    assert await made(colleague) != first
    facility = await staff.mutate("createFacility", {"name": "Hilltop", "idempotencyKey": "key-1"})
    assert facility["__typename"] == "CreateFacilitySuccess"
    clock.advance(timedelta(hours=24, seconds=1))
    assert (await stranger.holding(staff.token).post("{ viewer { __typename } }")).status_code == 401
    _, later = await practice.signed_in(*EVERY_PERMISSION)
    assert await made(stranger.holding(later.access_token)) != first


async def test_a_refused_request_gives_its_key_back(staff: Client) -> None:
    given = {"givenName": "", "familyName": "", "idempotencyKey": "key-1"}
    assert (await staff.mutate("createContact", given))["__typename"] == "InvalidInput"
    answer = await staff.mutate("createContact", {**given, "familyName": "Santos"})
    assert answer["__typename"] == "CreateContactSuccess"


async def test_a_permission_taken_away_bites_on_repetition_too(
    practice: Practice, stranger: Client, staff: Client, records: Records
) -> None:
    caller, session = await practice.signed_in(*EVERY_PERMISSION)
    client = stranger.holding(session.access_token)
    for operation in WITH_KEYS:
        assert (await send(client, operation, keyed(operation, records)))["__typename"].endswith("Success")
    member = {"staffMemberId": encode_id("StaffMember", caller.staff_member_id), "permissions": []}
    await staff.mutate("setStaffPermissions", member)
    for operation in WITH_KEYS:
        assert (await send(client, operation, keyed(operation, records)))["__typename"] == "NotPermitted"


async def clicked(client: Client, given: dict[str, Any], success: str = "") -> dict[str, Any]:
    """What a click on the icon answers. A busy machine may say that it is too busy; then it is asked again."""
    while True:
        body = await client.answer(mutation("createPortalAccount", success), input=given)
        if not any(error["extensions"]["code"] == "UNAVAILABLE" for error in body.get("errors", ())):
            answer: dict[str, Any] = body["data"]["createPortalAccount"]
            return answer


async def test_fifty_clicks_at_once_make_one_account_and_one_letter(practice: Practice, stranger: Client) -> None:
    contact = encode_id("Contact", (await practice.contact()).id)
    desks = [(await practice.signed_in(Permission.WEB_PORTAL))[1] for _ in range(5)]
    success = "account { id email } contact { id portalStatus { state letter } }"
    answers = await asyncio.gather(
        *[
            clicked(stranger.holding(desks[number % 5].access_token), {"contactId": contact}, success)
            for number in range(50)
        ]
    )
    assert Counter(answer["__typename"] for answer in answers) == {"CreatePortalAccountSuccess": 50}
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["contact"] == {"id": contact, "portalStatus": {"state": "INVITED", "letter": "QUEUED"}}
    tables = ("portal_account", "portal_link", "invitation", "letter")
    assert [len(await rows_of(table)) for table in tables] == [1, 1, 1, 1]


async def test_fifty_at_once_for_two_who_share_an_address_make_one_account(practice: Practice, staff: Client) -> None:
    both = [encode_id("Contact", (await practice.contact(name)).id) for name in ("Omar", "Mia")]
    answers = await asyncio.gather(*[clicked(staff, {"contactId": both[number % 2]}) for number in range(50)])
    counted = Counter(answer["__typename"] for answer in answers)
    assert counted == {"CreatePortalAccountSuccess": 25, "EmailConflict": 25}
    assert [len(await rows_of(table)) for table in ("portal_account", "letter")] == [1, 1]


async def test_another_password_under_the_same_key_is_another_request(staff: Client, records: Records) -> None:
    operation = next(one for one in MUTATIONS if one.name == "createStaffMember")
    first = await send(staff, operation, keyed(operation, records))
    async with nothing_changes():
        again = await send(staff, operation, keyed(operation, records))
        other = await staff.run(
            "mutation ($input: CreateStaffMemberInput!) { createStaffMember(input: $input) {"
            " ... on InvalidInput { fields { path message } } } }",
            input=keyed(operation, records, password="nine quiet otters by the sea"),
        )
    assert again == first
    assert other["createStaffMember"]["fields"] == REUSED
