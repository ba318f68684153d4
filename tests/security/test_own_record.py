"""What a patient's token opens: their own record, in words meant for them, and nothing that staff keep about it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.server.relay import encode_id
from clinic.documents.models import DocumentSharing, Signature
from clinic.organizations.actions import create_facility
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact
from tests.api.client import Client
from tests.factories import Mailbox, Practice
from tests.factories.documents import put_document
from tests.security.people import registered
from tests.words import predictable

EVERYTHING = """
{ viewer { ... on PortalAccount { email contact {
  id givenName familyName dateOfBirth language email emails portalPin
  portalStatus { state icon summary action blockedReason letter account { email contact { id } } }
  portalLinks { totalCount nodes { id email linkedHow unlinkReason } edges { cursor } pageInfo { endCursor } }
  formerPortalAccounts { email }
  relationships { id kind portalAccess client { id } relative { givenName } }
  currentEpisode { id facility { name } }
  appointments { totalCount nodes { id startsAt contact { id } } }
} } } }
"""


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox, stranger: Client) -> Client:
    """A registered person about whom staff have noted a good deal."""
    person = await registered(practice, mailbox)
    contact_id = person.contact.id
    await _earlier_link(practice, contact_id)
    child = await practice.contact("Mia", "Reyes", emails=())
    system, services = practice.system, practice.services
    await create_relationship(system, contact_id, child.id, "estranged mother", services)
    riverside = await create_facility(system, "Riverside Addiction Ward", services)
    await create_episode(system, contact_id, riverside.id, services, at_facility=True)
    now = services.clock.now()
    tomorrow = now + timedelta(days=1)
    await create_appointment(system, contact_id, tomorrow, tomorrow + timedelta(hours=1), services)
    return stranger.holding(person.session.access_token)


async def _earlier_link(practice: Practice, contact_id: UUID) -> None:
    """Somebody else was linked to this record by mistake, until staff noticed."""
    then = practice.services.clock.now() - timedelta(days=9)
    organization_id = practice.organization.id
    stranger = await PortalAccount.create(
        organization_id=organization_id,
        email="someone@else.example",
        email_normal="someone@else.example",
        created_at=then,
        registered_at=then,
        email_verified_at=then,
        password_hash="!",
    )
    await PortalLink.create(
        organization_id=organization_id,
        account_id=stranger.id,
        contact_id=contact_id,
        email=stranger.email,
        linked_at=then,
        linked_how=LinkedHow.STAFF,
        unlinked_at=then + timedelta(days=1),
        unlink_reason="wrong Omar, ex-husband complained",
    )


async def own(patient: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await patient.run(EVERYTHING))["viewer"]["contact"]
    return found


async def test_patient_reads_who_they_are_on_record(patient: Client) -> None:
    contact = await own(patient)
    assert contact["givenName"] == "Omar"
    assert contact["dateOfBirth"] == "1980-05-04"
    assert contact["emails"] == ["omar.reyes@example.com"]
    assert contact["appointments"]["totalCount"] == 1


async def test_patient_is_not_told_what_staff_say_about_the_door(patient: Client) -> None:
    contact = await own(patient)
    assert contact["portalPin"] is None
    assert contact["portalStatus"] == {
        "state": "LINKED",
        "icon": "BLUE_GLOBE_PERSON",
        "summary": "Your portal account is linked to your record.",
        "action": None,
        "blockedReason": None,
        "letter": "NONE",
        "account": {"email": "omar.reyes@example.com", "contact": {"id": contact["id"]}},
    }


async def test_patient_sees_neither_earlier_links_nor_relationships_nor_episodes(patient: Client) -> None:
    contact = await own(patient)
    assert contact["portalLinks"] == {"totalCount": 0, "nodes": [], "edges": [], "pageInfo": {"endCursor": None}}
    assert contact["formerPortalAccounts"] == []
    assert contact["relationships"] == []
    assert contact["currentEpisode"] is None
    whole = predictable(str(contact))
    for word in ("someone@else", "ex-husband", "estranged", "Mia", "Addiction"):
        assert word not in whole


async def test_other_people_and_staff_records_are_null_by_every_id(
    patient: Client, practice: Practice, other_practice: Practice
) -> None:
    neighbour = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    foreign = await other_practice.contact()
    member = await practice.staff()
    link = await PortalLink.all().first()
    assert link is not None
    ids = [
        encode_id("Contact", neighbour.id),
        encode_id("Contact", foreign.id),
        encode_id("StaffMember", member.staff_member_id),
        encode_id("PortalLink", link.id),
        encode_id("Organization", other_practice.organization.id),
        encode_id("PortalAccount", (await PortalAccount.get(email="someone@else.example")).id),
    ]
    asked = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await patient.run(asked, ids=ids))["nodes"] == [None] * len(ids)
    one = "query($id: ID!) { contact(id: $id) { id } node(id: $id) { id } }"
    assert await patient.run(one, id=ids[0]) == {"contact": None, "node": None}


async def test_documents_of_others_and_those_not_shared_are_null_by_every_id(
    patient: Client, practice: Practice, other_practice: Practice
) -> None:
    me = await Contact.get(given_name="Omar")
    neighbour = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    foreign = await other_practice.contact()
    everybody = DocumentSharing.ALL_AUTHORIZED
    own = await put_document(practice, me, "Mine", sharing=everybody, signers=[me])
    hidden = [
        await put_document(practice, me, "Not shared", signers=[me]),
        await put_document(practice, me, "Chosen for another", sharing=DocumentSharing.CHOSEN_RECIPIENTS, signers=[me]),
        await put_document(practice, neighbour, "Hers", sharing=everybody, signers=[neighbour]),
        await put_document(other_practice, foreign, "Elsewhere", sharing=everybody, signers=[foreign]),
    ]
    places = {place.document_id: place.id for place in await Signature.all()}
    ids = [encode_id("Document", document.id) for document in hidden]
    ids += [encode_id("Signature", places[document.id]) for document in hidden]
    asked = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await patient.run(asked, ids=ids))["nodes"] == [None] * len(ids)
    mine = encode_id("Document", own.id)
    assert (await patient.run(asked, ids=[mine]))["nodes"] == [{"id": mine}]
    listed = await patient.run("{ viewer { ... on PortalAccount { documents { totalCount nodes { title } } } } }")
    assert listed["viewer"]["documents"] == {"totalCount": 1, "nodes": [{"title": "Mine"}]}


async def test_before_proving_who_they_are_a_linked_person_reads_nothing(patient: Client) -> None:
    await PortalLink.filter(unlinked_at=None).update(identity_confirmed_at=None)
    assert (await patient.run("{ viewer { ... on PortalAccount { contact { id } } } }"))["viewer"] == {"contact": None}
    contact = await Contact.get(given_name="Omar")
    assert await patient.run("query($id: ID!) { contact(id: $id) { id } }", id=encode_id("Contact", contact.id)) == {
        "contact": None
    }


async def test_ended_link_closes_the_record_at_once(patient: Client, practice: Practice) -> None:
    await PortalLink.filter(unlinked_at=None).update(unlinked_at=practice.services.clock.now())
    assert (await patient.run("{ viewer { ... on PortalAccount { contact { id } } } }"))["viewer"] == {"contact": None}
