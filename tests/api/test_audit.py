"""The audit over the API: what happened to a record, for those who may view it and nobody else."""

from clinic.values.callers import Permission
from tests.api.client import Client
from tests.api.records import make_records
from tests.factories import EVERY_PERMISSION, Practice

EVENTS = """query Q($id: ID, $first: Int, $after: String) { auditEvents(subjectId: $id, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { id action actor reason hash previousHash subject { __typename id } } } }"""

UPDATE = "mutation M($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }"


async def test_events_of_a_record_are_told_newest_first_with_who_and_on_what(practice: Practice, staff: Client) -> None:
    records = await make_records(practice)
    await staff.run(UPDATE, input={"contactId": records.contact, "givenName": "Omara"})
    events = (await staff.run(EVENTS, id=records.contact))["auditEvents"]
    assert [event["action"] for event in events["nodes"]] == [
        "contact.viewed",
        "contact.updated",
        "contact.created",
    ]
    assert {event["subject"]["id"] for event in events["nodes"]} == {records.contact}
    assert events["totalCount"] == len(events["nodes"])
    assert all(event["actor"] and event["hash"] for event in events["nodes"])
    one_by_one, after = [], None
    for _ in events["nodes"]:
        page = (await staff.run(EVENTS, id=records.contact, first=1, after=after))["auditEvents"]
        one_by_one += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    assert one_by_one == events["nodes"]


async def test_the_whole_chain_hangs_together(practice: Practice, staff: Client) -> None:
    await make_records(practice)
    events = (await staff.run(EVENTS, first=100))["auditEvents"]["nodes"]
    assert [event["previousHash"] for event in events[:-1]] == [event["hash"] for event in events[1:]]


async def test_without_the_permission_nothing_is_told(practice: Practice, stranger: Client) -> None:
    records = await make_records(practice)
    _, session = await practice.signed_in(*EVERY_PERMISSION - {Permission.VIEW_AUDIT})
    client = stranger.holding(session.access_token)
    refusal = await client.refusal(EVENTS, id=records.contact)
    assert (refusal["code"], refusal["permission"]) == ("FORBIDDEN", "VIEW_AUDIT")
    assert await client.run("query Q($id: ID!) { node(id: $id) { id } }", id=records.event) == {"node": None}


async def test_another_practice_sees_no_event_of_ours(
    practice: Practice, other_practice: Practice, stranger: Client
) -> None:
    records = await make_records(practice)
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    theirs = stranger.holding(session.access_token)
    assert (await theirs.run(EVENTS, id=records.contact))["auditEvents"]["nodes"] == []
    assert await theirs.run("query Q($id: ID!) { node(id: $id) { id } }", id=records.event) == {"node": None}


ABOUT_A_RECORD = """query Q($id: ID) { auditEvents(subjectId: $id, withRelated: true, first: 100) {
  totalCount nodes { action subject { id } } } }"""


async def test_what_was_done_to_a_records_account_is_told_with_the_record_when_asked_for(
    practice: Practice, other_practice: Practice, staff: Client, stranger: Client
) -> None:
    records = await make_records(practice)
    alone = (await staff.run(EVENTS, id=records.contact))["auditEvents"]["nodes"]
    assert {event["action"] for event in alone} == {"contact.created"}
    whole = (await staff.run(ABOUT_A_RECORD, id=records.contact))["auditEvents"]
    told = {(event["action"], event["subject"]["id"]) for event in whole["nodes"] if event["subject"]}
    assert ("contact.created", records.contact) in told
    assert ("portal_account.created", records.account) in told
    assert ("episode.created", records.episode) in told
    assert whole["totalCount"] == len(whole["nodes"])
    of_another = (await staff.run(ABOUT_A_RECORD, id=records.found))["auditEvents"]["nodes"]
    assert records.account not in {event["subject"]["id"] for event in of_another if event["subject"]}
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    theirs = await stranger.holding(session.access_token).run(ABOUT_A_RECORD, id=records.contact)
    assert theirs["auditEvents"]["nodes"] == []
