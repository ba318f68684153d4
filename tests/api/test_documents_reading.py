"""Who sees which documents, in which order, and what of the people they name."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.server.relay import encode_id
from api.types.document_lists import READER_CURSORS
from clinic.documents.models import Document, DocumentRecipient, DocumentSharing, Signature, SignatureState
from clinic.portal_access.models import PortalLink
from clinic.records.models import Relationship
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.api.family import Family, make_family
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document

ALL, CHOSEN = DocumentSharing.ALL_AUTHORIZED, DocumentSharing.CHOSEN_RECIPIENTS

OF_CONTACT = """query Q($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { contact(id: $id) {
  documents(first: $first, after: $after, last: $last, before: $before) { totalCount nodes { title }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
MINE = """query Q($who: ID, $first: Int, $after: String) { viewer { ... on PortalAccount {
  documents(contactId: $who, first: $first, after: $after) { totalCount
    nodes { id title awaitsYou contact { displayName } } pageInfo { hasNextPage endCursor } } } } }"""
NODE = "query Q($id: ID!) { node(id: $id) { id } }"


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


def of(record: Document | Signature) -> str:
    return encode_id(type(record).__name__, record.id)


async def titles(client: Client, **variables: Any) -> list[str]:
    page = (await client.run(MINE, **variables))["viewer"]["documents"]
    found = [node["title"] for node in page["nodes"]]
    if not variables.get("first"):
        assert page["totalCount"] == len(found)
    return found


async def sees(client: Client, document: Document) -> bool:
    """Whether the document is there for the caller, by every way to it alike."""
    signature = await Signature.get_or_none(document_id=document.id)
    ids = [of(document), *([of(signature)] if signature else [])]
    found = [(await client.run(NODE, id=key))["node"] for key in ids]
    found += (await client.run("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["nodes"]
    listed = (await client.run(MINE))["viewer"]["documents"]["nodes"]
    ways = {node is not None for node in found} | {of(document) in [node["id"] for node in listed]}
    assert len(ways) == 1, ways
    return ways.pop()


async def test_staff_see_all_of_a_contacts_documents_newest_first(practice: Practice, family: Family) -> None:
    for minutes, title in ((3, "Oldest"), (2, "Middle"), (1, "Newest")):
        await put_document(practice, family.mia, title, minutes_ago=minutes)
    await put_document(practice, family.leo.contact, "Another person's")
    _, session = await practice.signed_in()
    staff = family.leo.client.holding(session.access_token)
    mia = encode_id("Contact", family.mia.id)
    page = (await staff.run(OF_CONTACT, id=mia))["contact"]["documents"]
    assert (page["totalCount"], page["nodes"]) == (3, [{"title": t} for t in ("Newest", "Middle", "Oldest")])
    first = (await staff.run(OF_CONTACT, id=mia, first=2))["contact"]["documents"]
    rest = await staff.run(OF_CONTACT, id=mia, first=2, after=first["pageInfo"]["endCursor"])
    assert [n["title"] for n in first["nodes"]] == ["Newest", "Middle"]
    assert [n["title"] for n in rest["contact"]["documents"]["nodes"]] == ["Oldest"]
    last = await staff.run(OF_CONTACT, id=mia, last=2, before=first["pageInfo"]["endCursor"])
    assert [n["title"] for n in last["contact"]["documents"]["nodes"]] == ["Newest"]


async def test_patients_see_what_awaits_their_signature_first_then_the_newest(
    practice: Practice, family: Family
) -> None:
    leo, mia = family.leo.contact, family.mia
    await put_document(practice, leo, "Newest", sharing=ALL, minutes_ago=1)
    await put_document(
        practice,
        leo,
        "Signed by Rosa first",
        sharing=ALL,
        signers=[family.rosa.contact, leo],
        in_sequence=True,
        minutes_ago=3,
    )
    await put_document(practice, mia, "To sign, older", sharing=ALL, signers=[leo], minutes_ago=9)
    await put_document(practice, leo, "To sign, newer", sharing=ALL, signers=[leo], minutes_ago=8)
    await put_document(practice, leo, "Unshared")
    await put_document(practice, family.rosa.contact, "Rosa's", sharing=ALL)
    expected = ["To sign, newer", "To sign, older", "Newest", "Signed by Rosa first"]
    assert await titles(family.leo.client) == expected
    found: list[tuple[str, bool, str]] = []
    cursor, more = None, True
    while more:
        page = (await family.leo.client.run(MINE, first=1, after=cursor))["viewer"]["documents"]
        found += [(node["title"], node["awaitsYou"], node["contact"]["displayName"]) for node in page["nodes"]]
        more, cursor = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert found == [
        ("To sign, newer", True, "Leo Park"),
        ("To sign, older", True, "Mia Park"),
        ("Newest", False, "Leo Park"),
        ("Signed by Rosa first", False, "Leo Park"),
    ]
    assert await titles(family.leo.client, who=encode_id("Contact", mia.id)) == ["To sign, older"]


async def test_shelves_tell_whose_documents_a_person_may_look_at(practice: Practice, family: Family) -> None:
    await put_document(practice, family.mia, "To sign", sharing=ALL, signers=[family.leo.contact])
    await put_document(practice, family.mia, "To read", sharing=CHOSEN, recipients=[family.leo.contact])
    text = "{ documentShelves { own documentCount awaitingCount contact { displayName } } }"
    assert (await family.leo.client.run(text))["documentShelves"] == [
        {"own": True, "documentCount": 0, "awaitingCount": 0, "contact": {"displayName": "Leo Park"}},
        {"own": False, "documentCount": 2, "awaitingCount": 1, "contact": {"displayName": "Mia Park"}},
    ]
    assert [shelf["own"] for shelf in (await family.rosa.client.run(text))["documentShelves"]] == [True]
    await PortalLink.filter(id=family.leo.link.id).update(identity_confirmed_at=None)
    assert (await family.leo.client.run(text))["documentShelves"] == []


async def test_sharing_decides_who_sees_a_document_by_every_way_to_it(practice: Practice, family: Family) -> None:
    leo, rosa, omar = family.leo, family.rosa, family.omar

    async def readers(document: Document) -> list[bool]:
        return [await sees(person.client, document) for person in (leo, rosa, omar)]

    unshared = await put_document(practice, family.mia, signers=[leo.contact])
    for_all = await put_document(practice, family.mia, sharing=ALL, signers=[leo.contact])
    for_leo = await put_document(practice, family.mia, sharing=CHOSEN, recipients=[leo.contact])
    for_rosa = await put_document(practice, family.mia, sharing=CHOSEN, recipients=[rosa.contact, omar.contact])
    assert [await readers(d) for d in (unshared, for_all, for_leo, for_rosa)] == [
        [False, False, False],
        [True, False, False],
        [True, False, False],
        [False, False, False],
    ]
    await Relationship.filter(id=family.rosas.id).update(portal_access=True)
    assert [await readers(d) for d in (unshared, for_all, for_leo, for_rosa)] == [
        [False, False, False],
        [True, True, False],
        [True, False, False],
        [False, True, False],
    ]


async def test_access_ends_with_the_relationship_the_link_the_sharing_and_the_document(
    practice: Practice, family: Family, clock: FixedClock
) -> None:
    leo = family.leo
    document = await put_document(practice, family.mia, sharing=CHOSEN, recipients=[leo.contact])
    today = clock.now().date()

    async def lost(model: Any, key: UUID, **change: Any) -> None:
        before = {name: getattr(await model.get(id=key), name) for name in change}
        assert await sees(leo.client, document)
        await model.filter(id=key).update(**change)
        assert not await sees(leo.client, document)
        await model.filter(id=key).update(**before)

    await lost(Relationship, family.leos.id, ends_on=today - timedelta(days=2))
    await lost(Relationship, family.leos.id, portal_access=False)
    await lost(PortalLink, leo.link.id, identity_confirmed_at=None)
    await lost(PortalLink, leo.link.id, unlinked_at=clock.now())
    await lost(Document, document.id, sharing=DocumentSharing.NOT_SHARED)
    await DocumentRecipient.filter(document_id=document.id).delete()
    assert not await sees(leo.client, document)
    taken_back = await put_document(practice, family.mia, sharing=ALL)
    assert await sees(leo.client, taken_back)
    await Document.filter(id=taken_back.id).update(withdrawn_at=clock.now())
    assert not await sees(leo.client, taken_back)


async def test_a_document_of_another_practice_is_there_for_nobody(
    practice: Practice, other_practice: Practice, family: Family, staff: Client
) -> None:
    theirs = await put_document(other_practice, await other_practice.contact(), sharing=ALL)
    for client in (staff, family.leo.client):
        assert (await client.run(NODE, id=of(theirs)))["node"] is None
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    other = staff.holding(session.access_token)
    ours = await put_document(practice, family.leo.contact, sharing=ALL, signers=[family.leo.contact])
    signature = await Signature.get(document_id=ours.id)
    for key in (of(ours), of(signature)):
        assert (await other.run(NODE, id=key))["node"] is None
    account = encode_id("PortalAccount", family.leo.account.id)
    nested = "query Q($id: ID!) { node(id: $id) { ... on PortalAccount { documents { totalCount } } } }"
    assert (await other.run(nested, id=account))["node"] is None


async def test_staff_see_what_an_accounts_person_sees(practice: Practice, family: Family, staff: Client) -> None:
    await put_document(practice, family.mia, "Shared", sharing=ALL, signers=[family.leo.contact])
    await put_document(practice, family.mia, "Unshared")
    text = """query Q($ids: [ID!]!, $who: ID) { nodes(ids: $ids) { ... on PortalAccount {
      documents(contactId: $who) { totalCount nodes { title awaitsYou } } } } }"""
    people = (family.leo, family.rosa)
    ids = [encode_id("PortalAccount", one.account.id) for one in people]
    seen = {"totalCount": 1, "nodes": [{"title": "Shared", "awaitsYou": True}]}
    nothing: dict[str, Any] = {"totalCount": 0, "nodes": []}
    assert [node["documents"] for node in (await staff.run(text, ids=ids))["nodes"]] == [seen, nothing]
    only_leos = await staff.run(text, ids=ids, who=family.leo.id)
    assert [node["documents"] for node in only_leos["nodes"]] == [nothing, nothing]
    # A patient gets no other account, and so nobody else's list.
    as_leo = await family.leo.client.run(text, ids=ids)
    assert as_leo["nodes"] == [{"documents": seen}, None]


async def test_recipients_are_who_sees_it_today_and_a_patient_is_told_only_of_themselves(
    practice: Practice, family: Family, staff: Client
) -> None:
    names = "query Q($id: ID!) { node(id: $id) { ... on Document { recipients { displayName } } } }"

    async def recipients(client: Client, document: Document) -> set[str]:
        found = (await client.run(names, id=of(document)))["node"]["recipients"]
        return {person["displayName"] for person in found}

    for_all = await put_document(practice, family.mia, sharing=ALL)
    chosen = await put_document(
        practice, family.mia, sharing=CHOSEN, recipients=[family.leo.contact, family.rosa.contact]
    )
    assert await recipients(staff, for_all) == {"Mia Park", "Leo Park"}
    assert await recipients(staff, chosen) == {"Leo Park"}
    await Relationship.filter(id=family.rosas.id).update(portal_access=True)
    assert await recipients(staff, chosen) == {"Leo Park", "Rosa Park"}
    assert await recipients(family.leo.client, for_all) == {"Leo Park"}
    assert await recipients(family.rosa.client, chosen) == {"Rosa Park"}
    assert await recipients(staff, await put_document(practice, family.mia)) == set()


PERSON = """{ displayName givenName dateOfBirth language email emails portalPin
  portalStatus { state letter account { id } summary }
  portalLinks { totalCount nodes { id } } relationships { id } currentEpisode { id } formerPortalAccounts { id }
  appointments { totalCount nodes { id } } documents { totalCount } }"""


async def test_people_named_in_a_document_are_named_and_nothing_else(
    practice: Practice, family: Family, staff: Client, clock: FixedClock
) -> None:
    times = {"startsAt": clock.now().isoformat(), "endsAt": (clock.now() + timedelta(hours=1)).isoformat()}
    for contact in (family.mia, family.rosa.contact, family.leo.contact):
        await staff.mutate("createAppointment", {"contactId": encode_id("Contact", contact.id), **times})
    document = await put_document(
        practice, family.mia, sharing=ALL, signers=[family.rosa.contact, family.leo.contact, family.mia]
    )
    named = f"contact {PERSON} signatures {{ signer {PERSON} }}"
    text = f"query Q($id: ID!) {{ node(id: $id) {{ ... on Document {{ {named} }} }} }}"
    node = (await family.leo.client.reading("es").run(text, id=of(document)))["node"]
    rosa, leo, mia = [signature["signer"] for signature in node["signatures"]]
    untold: dict[str, Any] = {
        "dateOfBirth": None,
        "language": "und",
        "email": None,
        "emails": [],
        "portalPin": None,
        "portalStatus": {
            "state": "NO_EMAIL",
            "letter": "NONE",
            "account": None,
            "summary": "Solo el consultorio ve cómo está el portal de esta persona.",
        },
        "portalLinks": {"totalCount": 0, "nodes": []},
        "relationships": [],
        "currentEpisode": None,
        "formerPortalAccounts": [],
        "appointments": {"totalCount": 0, "nodes": []},
    }
    assert rosa == {"displayName": "Rosa Park", "givenName": "Rosa", **untold, "documents": {"totalCount": 0}}
    assert mia == {"displayName": "Mia Park", "givenName": "Mia", **untold, "documents": {"totalCount": 1}}
    assert node["contact"] == mia
    assert (leo["dateOfBirth"], leo["appointments"]["totalCount"]) == ("1980-05-04", 1)
    assert leo["documents"] == {"totalCount": 0}


async def test_reasons_and_relationships_are_told_to_the_practice_and_to_whom_they_are_of(
    practice: Practice, family: Family, staff: Client, clock: FixedClock
) -> None:
    await Relationship.filter(id=family.rosas.id).update(portal_access=True)
    document = await put_document(practice, family.mia, sharing=ALL, signers=[family.rosa.contact, family.leo.contact])
    await Signature.filter(document_id=document.id, signer_id=family.rosa.contact.id).update(
        declined_at=clock.now(), decline_reason="Not without my lawyer."
    )
    await Document.filter(id=document.id).update(signature_state=SignatureState.DECLINED)
    text = (
        "query Q($id: ID!) { node(id: $id) { ... on Document { signatures { position declineReason relationship } } } }"
    )

    async def told(client: Client) -> list[tuple[Any, ...]]:
        found = (await client.run(text, id=of(document)))["node"]["signatures"]
        return [tuple(signature.values()) for signature in found]

    reason = "Not without my lawyer."
    assert await told(staff) == [(1, reason, "grandmother"), (2, None, "father")]
    assert await told(family.rosa.client) == [(1, reason, None), (2, None, None)]
    assert await told(family.leo.client) == [(1, None, None), (2, None, None)]


async def test_what_was_superseded_is_left_out_for_patients_and_leads_to_its_successor(
    practice: Practice, family: Family, staff: Client, clock: FixedClock
) -> None:
    leo = family.leo.contact
    new = await put_document(practice, leo, "New", sharing=ALL)
    old = await put_document(practice, leo, "Old", sharing=ALL, superseded_by_id=new.id, superseded_at=clock.now())
    assert await titles(family.leo.client) == ["New"]
    text = "query Q($id: ID!) { node(id: $id) { ... on Document { supersededBy { title } } } }"
    assert (await staff.run(text, id=of(old)))["node"]["supersededBy"] == {"title": "New"}
    assert (await family.leo.client.run(text, id=of(old)))["node"]["supersededBy"] == {"title": "New"}
    await Document.filter(id=new.id).update(sharing=DocumentSharing.NOT_SHARED)
    assert (await family.leo.client.run(text, id=of(old)))["node"]["supersededBy"] is None


async def test_cursors_of_other_lists_and_made_up_ones_are_refused_or_harmless(
    practice: Practice, family: Family, staff: Client
) -> None:
    for minutes in (1, 2):
        await put_document(practice, family.leo.contact, sharing=ALL, minutes_ago=minutes)
    page = (await staff.run(OF_CONTACT, id=family.leo.id, first=1))["contact"]["documents"]
    refusal = await family.leo.client.answer(MINE, after=page["pageInfo"]["endCursor"])
    assert refusal["errors"][0]["extensions"]["argument"] == "after"
    beyond = (2**62, datetime(2026, 3, 2, 9, tzinfo=UTC), UUID("00000000-0000-4000-8000-000000000000"))
    made_up = READER_CURSORS.encode(beyond)
    assert (await family.leo.client.run(MINE, after=made_up))["viewer"]["documents"]["totalCount"] == 2


async def test_the_agreement_to_sign_is_offered_to_patients_in_their_language(family: Family) -> None:
    text = "query Q($language: String) { signingConsent(language: $language) { version language text given } }"
    usual = (await family.leo.client.run(text))["signingConsent"]
    assert (usual["version"], usual["language"], usual["given"]) == ("2026-11", "en", False)
    assert "Willow Creek Counseling" in usual["text"]
    spanish = (await family.leo.client.run(text, language="es-MX"))["signingConsent"]
    assert spanish["language"] == "es"
    assert spanish["text"] != usual["text"]


async def test_reading_lists_and_nodes_writes_no_view_of_the_document(
    practice: Practice, family: Family, staff: Client
) -> None:
    document = await put_document(practice, family.mia, sharing=ALL, signers=[family.leo.contact])
    # Staff's first look is a view of the record.
    await staff.run("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[of(document)])
    async with nothing_changes():
        assert await sees(family.leo.client, document)
        await staff.run("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[of(document)])


async def test_permissions_change_nothing_about_what_staff_see(practice: Practice, family: Family) -> None:
    await put_document(practice, family.mia, "Plan")
    for permissions in ((), (Permission.WEB_PORTAL,)):
        _, session = await practice.signed_in(*permissions)
        staff = family.leo.client.holding(session.access_token)
        page = await staff.run(OF_CONTACT, id=encode_id("Contact", family.mia.id))
        assert page["contact"]["documents"]["nodes"] == [{"title": "Plan"}]
