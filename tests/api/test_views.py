"""Whatever the API shows of a person is noted once the answer is out: few people one by one, many by their number."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.connection import get_connection

from api.server.relay import encode_id
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.records.actions.views import FEW
from clinic.records.models import Contact
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.api.records import registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document

DAY = 'from: "2026-03-02T00:00:00Z", to: "2026-03-03T00:00:00Z"'
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


async def test_the_note_costs_nothing_the_second_time(
    practice: Practice, staff: Client, count_statements: Listen
) -> None:
    contact = await practice.contact()
    with count_statements() as first:
        await staff.run(CONTACT, id=of(contact))
    with count_statements() as second:
        await staff.run(CONTACT, id=of(contact))
    # Who asks, the contact and its facts. That it is noted already is remembered.
    assert len(second) == 3
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in second)
    assert len(first) > len(second)


async def test_patients_and_unknown_ids_leave_no_view(
    practice: Practice, other_practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    _, session = await registered(practice, mailbox)
    contact = await Contact.get(organization_id=practice.organization.id)
    theirs = await other_practice.contact()
    patient = stranger.holding(session.access_token)
    async with nothing_changes():
        assert (await staff.run(CONTACT, id=of(theirs)))["contact"] is None
        assert (await patient.run(CONTACT, id=of(contact)))["contact"] is not None
        await stranger.post(CONTACT, {"id": of(contact)})


async def put_beside(practice: Practice, contact: Contact) -> dict[str, UUID]:
    """Records of each kind that hang on the contact, by the names of their types."""
    child = await practice.contact("Mia", emails=())
    tie = await create_relationship(practice.system, child.id, contact.id, "father", practice.services)
    episode = await create_episode(practice.system, contact.id, None, practice.services, at_facility=False)
    now = practice.services.clock.now()
    appointment = await create_appointment(
        practice.system, contact.id, now, now + timedelta(hours=1), practice.services
    )
    document = await put_document(practice, contact)
    account = await PortalAccount.get(organization_id=practice.organization.id)
    link = await PortalLink.get(account_id=account.id)
    return {
        "Relationship": tie.id,
        "Episode": episode.id,
        "Appointment": appointment.id,
        "Document": document.id,
        "PortalAccount": account.id,
        "PortalLink": link.id,
        "Contact": contact.id,
    }


async def test_every_way_to_one_persons_facts_is_a_view(practice: Practice, mailbox: Mailbox, stranger: Client) -> None:
    await registered(practice, mailbox)
    contact = await Contact.get(organization_id=practice.organization.id)
    beside = await put_beside(practice, contact)
    await put_document(practice, contact, "Not sent", signers=[contact])
    ways: list[tuple[str, dict[str, object]]] = [
        ('{ contacts(search: "park") { edges { node { id } } } }', {}),
        ("query Q($ids: [ID!]!) { nodes(ids: $ids) { ...F } } fragment F on Node { id }", {"ids": [of(contact)]}),
        ("{ portalStateCounts { state } contacts(portalState: [LINKED]) { nodes { dateOfBirth } } }", {}),
        (f"{{ appointments({DAY}) {{ nodes {{ contact {{ displayName }} }} }} }}", {}),
        ("{ documentsToFollowUp(reason: NOT_SENT) { nodes { title } } }", {}),
    ]
    ways += [(NODE, {"id": encode_id(kind, key)}) for kind, key in beside.items()]
    for text, variables in ways:
        caller, session = await practice.signed_in(*EVERY_PERMISSION)
        await stranger.holding(session.access_token).run(text, **variables)
        events = AuditEvent.filter(action="contact.viewed", subject_id=contact.id, actor_id=caller.staff_member_id)
        assert await events.count() == 1, (text, variables)


async def test_reading_a_pin_is_noted_beside_the_view_also_in_a_list(practice: Practice, staff: Client) -> None:
    people = [await practice.contact(f"P{number}", emails=()) for number in range(FEW + 1)]
    for _ in range(2):
        await staff.run("{ contacts { nodes { portalPin } } }")
    read = await AuditEvent.filter(action="portal_pin.read").values_list("subject_id", flat=True)
    assert {str(one) for one in read} == {str(person.id) for person in people}
    assert len(read) == len(people)


async def test_a_list_of_many_is_one_event_with_its_size(practice: Practice, staff: Client) -> None:
    for number in range(FEW + 1):
        await practice.contact(f"P{number}", emails=())
    for _ in range(3):
        await staff.run("{ contacts { nodes { displayName } } }")
    [event] = await AuditEvent.filter(action="contacts.listed")
    assert (event.subject_kind, event.details) == ("Organization", f'{{"count": "{FEW + 1}"}}')
    assert await viewed() == []
    await practice.contact("New", emails=())
    await staff.run("{ contacts { nodes { displayName } } }")
    assert await AuditEvent.filter(action="contacts.listed").count() == 2


async def test_counting_people_shows_nobody(practice: Practice, staff: Client) -> None:
    contact = await practice.contact()
    await put_document(practice, contact, signers=[contact])
    async with nothing_changes():
        await staff.run("{ contacts { totalCount } portalStateCounts { count } }")
        counted = await staff.run("{ documentsToFollowUp(reason: NOT_SENT) { totalCount } }")
    assert counted == {"documentsToFollowUp": {"totalCount": 1}}


async def test_calendar_of_several_people_is_one_event_each_hour(
    practice: Practice, staff: Client, clock: FixedClock, count_statements: Listen
) -> None:
    for number in range(3):
        person = await practice.contact(f"P{number}", emails=())
        begins = clock.now() + timedelta(hours=number)
        await create_appointment(practice.system, person.id, begins, begins + timedelta(hours=1), practice.services)
    text = f"{{ appointments({DAY}) {{ nodes {{ contact {{ displayName }} }} }} }}"
    await staff.run(text)
    with count_statements() as again:
        await staff.run(text)
    # Who asks, the appointments, their facts: the hot path has nothing more.
    assert len(again) == 3
    [event] = await AuditEvent.filter(action="contacts.listed")
    assert event.details == '{"count": "3"}'


async def test_reading_goes_on_where_noting_fails(practice: Practice, staff: Client) -> None:
    contact, database = await practice.contact(), get_connection("default")
    await database.execute_script("ALTER TABLE audit_event RENAME TO audit_event_away")
    try:
        assert (await staff.run(CONTACT, id=of(contact)))["contact"] == {"displayName": "Omar Reyes"}
    finally:
        await database.execute_script("ALTER TABLE audit_event_away RENAME TO audit_event")
    assert await viewed() == []
