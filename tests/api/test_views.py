"""Opening one record by the API is noted once the answer is out; lists, patients and refusals are not."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tortoise.connection import get_connection

from api.server.relay import encode_id
from clinic.records.models import Contact
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.api.records import registered
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes

CONTACT = "query Q($id: ID!) { contact(id: $id) { displayName } }"
NODE = "query Q($id: ID!) { node(id: $id) { id ... on Contact { displayName } } }"
NODES = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"

Listen = Callable[[], AbstractContextManager[list[str]]]


def of(contact: Contact) -> str:
    return encode_id("Contact", contact.id)


async def viewed() -> list[object]:
    return list(await AuditEvent.filter(action="contact.viewed").values_list("subject_id", flat=True))


@pytest.mark.parametrize("text", [CONTACT, NODE], ids=["contact", "node"])
async def test_looking_up_one_record_is_noted_once_with_who_and_from_where(
    practice: Practice, staff: Client, text: str
) -> None:
    contact = await practice.contact()
    for _ in range(3):
        assert await staff.run(text, id=of(contact))
    [event] = await AuditEvent.filter(action="contact.viewed")
    assert (event.subject_kind, event.subject_id, event.actor_kind) == ("Contact", contact.id, "staff")
    assert event.actor_id is not None
    assert event.address
    assert event.request_id


async def test_each_record_of_one_document_is_noted(practice: Practice, staff: Client) -> None:
    contacts = [await practice.contact(name, emails=()) for name in ("Omar", "Rosa", "Mia")]
    fields = " ".join(f'c{number}: contact(id: "{of(one)}") {{ id }}' for number, one in enumerate(contacts))
    await staff.run(f"{{ {fields} }}")
    assert {str(one) for one in await viewed()} == {str(one.id) for one in contacts}


async def test_the_read_costs_the_same_and_the_note_three_reads_less_the_second_time(
    practice: Practice, staff: Client, count_statements: Listen
) -> None:
    contact = await practice.contact()
    with count_statements() as first:
        await staff.run(CONTACT, id=of(contact))
    with count_statements() as second:
        await staff.run(CONTACT, id=of(contact))
    # Who asks, the contact and its facts; then, the answer being out, one look whether it is noted already.
    assert len(second) == 4
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in second)
    assert len(first) > len(second)


async def test_lists_patients_and_unknown_ids_leave_no_view(
    practice: Practice, other_practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    _, session = await registered(practice, mailbox)
    contact = await Contact.get(organization_id=practice.organization.id)
    theirs = await other_practice.contact()
    patient = stranger.holding(session.access_token)
    async with nothing_changes():
        await staff.run("{ contacts { nodes { displayName portalStatus { state } } } }")
        await staff.run(NODES, ids=[of(contact)])
        assert (await staff.run(CONTACT, id=of(theirs)))["contact"] is None
        assert (await patient.run(CONTACT, id=of(contact)))["contact"] is not None
        await stranger.post(CONTACT, {"id": of(contact)})


async def test_reading_goes_on_where_noting_fails(practice: Practice, staff: Client) -> None:
    contact, database = await practice.contact(), get_connection("default")
    await database.execute_script("ALTER TABLE audit_event RENAME TO audit_event_away")
    try:
        assert (await staff.run(CONTACT, id=of(contact)))["contact"] == {"displayName": "Omar Reyes"}
    finally:
        await database.execute_script("ALTER TABLE audit_event_away RENAME TO audit_event")
    assert await viewed() == []
