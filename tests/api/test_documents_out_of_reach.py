"""Whoever may not see a document gets no trace of it, whatever they ask: ids guessed, nested, aliased, in fragments."""

from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.documents.models import Document, DocumentSharing, Signature
from tests.api.client import Client
from tests.api.family import Family, make_family
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document
from tests.words import predictable

ALL, CHOSEN = DocumentSharing.ALL_AUTHORIZED, DocumentSharing.CHOSEN_RECIPIENTS
SECRET = "Nobody else's business"


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


def of(record: Any) -> str:
    return encode_id(type(record).__name__, record.id)


async def secret(practice: Practice, family: Family) -> tuple[Document, Signature]:
    """A document of Omar's, for him alone and signed by him."""
    omar = family.omar.contact
    document = await put_document(practice, omar, SECRET, sharing=CHOSEN, recipients=[omar], signers=[omar])
    return document, await Signature.get(document_id=document.id)


FIELDS = """... on Document { title url completedUrl pageTexts sha256 contact { displayName } recipients { id }
  signatures { signer { displayName } } }
  ... on Signature { documentSha256 signer { displayName } }
  ... on Contact { documents { totalCount nodes { title } } }
  ... on PortalAccount { documents { totalCount nodes { title } } }"""


async def test_guessed_ids_give_nothing_by_any_way_to_them(
    practice: Practice, other_practice: Practice, family: Family
) -> None:
    document, signature = await secret(practice, family)
    ids = [of(document), of(signature), family.omar.id, of(family.omar.account)]
    aliased = " ".join(f'n{number}: node(id: "{key}") {{ ...F }}' for number, key in enumerate(ids))
    text = f"query Q($ids: [ID!]!) {{ {aliased} nodes(ids: $ids) {{ ...F }} }} fragment F on Node {{ id {FIELDS} }}"
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    elsewhere = family.leo.client.holding(session.access_token)
    async with nothing_changes():
        for client in (family.leo.client, family.rosa.client, elsewhere):
            answer = await client.run(text, ids=ids)
            assert answer.pop("nodes") == [None] * len(ids)
            assert set(answer.values()) == {None}


async def test_no_nested_field_leads_from_a_shared_document_to_another(practice: Practice, family: Family) -> None:
    await secret(practice, family)
    leo, mia, omar = family.leo, family.mia, family.omar.contact
    await put_document(practice, mia, "Mia's own")
    await put_document(practice, family.rosa.contact, "Rosa's own", sharing=ALL)
    shared = await put_document(practice, mia, "Shared", sharing=ALL, signers=[omar, family.rosa.contact, leo.contact])
    documents = "documents(first: 3) { totalCount nodes { title contact { documents(first: 3) { nodes { title } } } } }"
    text = f"""query Q($id: ID!) {{ node(id: $id) {{ ... on Document {{
      contact {{ {documents} portalStatus {{ account {{ {documents} }} }} }} recipients {{ {documents} }}
      signatures {{ signer {{ {documents} portalStatus {{ account {{ id }} }} }} }} }} }} }}"""
    answer = await leo.client.run(text, id=of(shared))
    assert SECRET not in str(answer)
    assert "own" not in predictable(str(answer))
    counts = [signature["signer"]["documents"]["totalCount"] for signature in answer["node"]["signatures"]]
    assert (answer["node"]["contact"]["documents"]["totalCount"], counts) == (1, [0, 0, 0])


async def test_another_persons_list_is_not_opened_by_asking_for_that_person(practice: Practice, family: Family) -> None:
    await secret(practice, family)
    listed = "documents(contactId: $who) { totalCount nodes { id } }"
    text = f"query Q($who: ID) {{ viewer {{ ... on PortalAccount {{ {listed} }} }} }}"
    for who in (family.omar.id, family.rosa.id, encode_id("Contact", family.leo.account.id)):
        answer = await family.leo.client.run(text, who=who)
        assert answer["viewer"]["documents"] == {"totalCount": 0, "nodes": []}
    for bad in ("no id", "", of(family.leo.account)):
        refusal = await family.leo.client.answer(text, who=bad)
        assert refusal["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "contactId"}


async def test_the_audit_of_a_document_is_for_those_who_may_view_it(
    practice: Practice, other_practice: Practice, staff: Client, family: Family
) -> None:
    document, _ = await secret(practice, family)
    await family.omar.client.run(
        "query Q($id: ID!) { node(id: $id) { ... on Document { pageTexts } } }", id=of(document)
    )
    text = (
        "query Q($id: ID!) { auditEvents(subjectId: $id) { nodes { action subject { ... on Document { title } } } } }"
    )
    events = (await staff.run(text, id=of(document)))["auditEvents"]["nodes"]
    assert events == [{"action": "document.viewed", "subject": {"title": SECRET}}]
    assert (await family.leo.client.refusal(text, id=of(document)))["code"] == "FORBIDDEN"
    _, session = await other_practice.signed_in(*EVERY_PERMISSION)
    elsewhere = await staff.holding(session.access_token).run(text, id=of(document))
    assert elsewhere["auditEvents"]["nodes"] == []


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { ... on PortalAccount { documents(first: 100) { nodes { contact { documents(first: 100) { nodes "
        "{ title } } } } } } } }",
        "{ viewer { ... on PortalAccount { documents(first: 100) { nodes { signatures { signer { documents(first: 9) "
        "{ nodes { signatures { signer { displayName } } } } } } } } } } }",
        "{ viewer { ... on PortalAccount { documents { nodes { contact { documents { nodes { contact { documents "
        "{ nodes { contact { documents { nodes { title } } } } } } } } } } } } } }",
    ],
    ids=["wide", "wider", "deep"],
)
async def test_asking_for_too_much_at_once_is_refused_before_anything_is_read(family: Family, text: str) -> None:
    refusal = await family.leo.client.refusal(text)
    assert refusal["code"] == "TOO_COMPLEX"
