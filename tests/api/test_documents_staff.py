"""Staff make documents, share them, and take them back: the whole way over HTTP, as the staff screen sends it."""

import asyncio
from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.documents.models import Document, DocumentSharing, Signature, SignatureState, Upload
from clinic.mail.models import Letter, LetterKind
from clinic.records.models import Contact, Relationship
from clinic.values.callers import Permission
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.api.family import Family, make_family
from tests.api.test_uploads import send
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document, put_upload
from tests.factories.pdfs import sound_pdf

ALL, CHOSEN = DocumentSharing.ALL_AUTHORIZED, DocumentSharing.CHOSEN_RECIPIENTS
DOCUMENT = "id title kind language sha256 pageCount sharing signatureState inSequence"
# As the staff screen asks for it.
SCREEN = """query ($id: ID!, $after: String) { contact(id: $id) { documents(first: 20, after: $after) {
  nodes { id title pageCount sharing recipients { id displayName } signatureState url completedUrl }
  pageInfo { hasNextPage endCursor } } } }"""
RIGHT_TO_LEFT = "\u202e"


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


@pytest.fixture
async def desk(practice: Practice, stranger: Client) -> Client:
    """A staff member who may do just this."""
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    return stranger.holding(session.access_token)


def of(record: Contact | Document | Upload) -> str:
    return encode_id(type(record).__name__, record.id)


async def create(client: Client, contact: Contact, **given: Any) -> dict[str, Any]:
    given = {"contactId": of(contact), "title": "Plan of care", **given}
    return await client.mutate("createDocument", given, f"document {{ {DOCUMENT} signatures {{ position }} }}")


async def problems(client: Client, contact: Contact, **given: Any) -> list[str]:
    """The inputs that are refused; nothing was made."""
    async with nothing_changes():
        answer = await create(client, contact, **given)
    assert answer["__typename"] == "InvalidInput", answer
    return [problem["path"] for problem in answer["fields"]]


async def share(client: Client, document: Document, **given: Any) -> dict[str, Any]:
    success = "document { sharing recipients { displayName } }"
    return await client.mutate("shareDocument", {"documentId": of(document), **given}, success)


async def test_an_upload_becomes_a_document_shared_with_nobody(desk: Client, family: Family) -> None:
    content = sound_pdf(3)
    upload = (await send(desk, content)).json()
    answer = await create(
        desk,
        family.mia,
        uploadId=upload["uploadId"],
        kind="PLAN",
        language="es",
        signerIds=[family.leo.id, of(family.mia)],
        inSequence=True,
    )
    document = answer["document"]
    assert document == {
        "id": document["id"],
        "title": "Plan of care",
        "kind": "PLAN",
        "language": "es",
        "sha256": upload["sha256"],
        "pageCount": 3,
        "sharing": "NOT_SHARED",
        "signatureState": "WAITING",
        "inSequence": True,
        "signatures": [{"position": 1}, {"position": 2}],
    }
    [row] = (await desk.run(SCREEN, id=of(family.mia)))["contact"]["documents"]["nodes"]
    assert row == {
        "id": document["id"],
        "title": "Plan of care",
        "pageCount": 3,
        "sharing": "NOT_SHARED",
        "recipients": [],
        "signatureState": "WAITING",
        "url": row["url"],
        "completedUrl": None,
    }
    assert (await desk.http.get(row["url"])).content == content
    assert [event.action for event in await AuditEvent.filter(action="document.created")] == ["document.created"]
    assert not await Letter.exists()


async def test_a_text_becomes_a_document_whose_words_can_be_read(desk: Client, family: Family) -> None:
    text = "# Your plan\n\nCall us **first**.\n\n- Monday\n- Friday\n\n<script>alert(1)</script>"
    document = (await create(desk, family.mia, text=text))["document"]
    assert (document["kind"], document["signatureState"], document["signatures"]) == ("OTHER", "NOT_REQUIRED", [])
    words = await desk.run("query Q($id: ID!) { node(id: $id) { ... on Document { pageTexts } } }", id=document["id"])
    [page] = words["node"]["pageTexts"]
    for wanted in ("Plan of care", "Your plan", "Monday", "<script>alert(1)</script>"):
        assert wanted in page


async def test_what_can_not_become_a_document_names_the_input(
    practice: Practice, other_practice: Practice, desk: Client, family: Family
) -> None:
    caller = await practice.staff(Permission.WEB_PORTAL)
    upload = of(await put_upload(practice, caller))
    mia = family.mia
    assert await problems(desk, mia) == ["uploadId"]
    assert await problems(desk, mia, uploadId=upload, text="Both") == ["text"]
    assert await problems(desk, mia, text=" \n ") == ["text"]
    assert await problems(desk, mia, uploadId=upload, title="t" * 201) == ["title"]
    assert await problems(desk, mia, uploadId=upload, title="  ") == ["title"]
    assert await problems(desk, mia, uploadId=upload, title=f"Plan {RIGHT_TO_LEFT}fdp.exe") == ["title"]
    assert await problems(desk, mia, uploadId=upload, title="Two\nlines") == ["title"]
    assert await problems(desk, mia, uploadId=upload, language="no language") == ["language"]
    # Rosa is a relative without portal access, Omar is none, and the rest names nobody.
    theirs = await other_practice.contact()
    for stranger in (family.rosa.id, family.omar.id, of(theirs), upload, "no id", ""):
        assert await problems(desk, mia, uploadId=upload, signerIds=[stranger]) == ["signerIds"], stranger
    assert await problems(desk, mia, uploadId=upload, signerIds=[family.leo.id] * 2) == ["signerIds"]
    assert (await create(desk, mia, uploadId=upload))["__typename"] == "CreateDocumentSuccess"
    assert await problems(desk, mia, uploadId=upload) == ["uploadId"]


async def test_an_upload_of_another_practice_is_not_there(
    other_practice: Practice, desk: Client, family: Family
) -> None:
    theirs = await put_upload(other_practice, await other_practice.staff(Permission.WEB_PORTAL))
    async with nothing_changes():
        answer = await create(desk, family.mia, uploadId=of(theirs))
    assert (answer["__typename"], answer["path"]) == ("NotFound", "uploadId")


async def test_a_title_of_200_characters_with_markup_and_marks_is_harmless_text(desk: Client, family: Family) -> None:
    title = ("<b>&amp;{{7*7}}</b> \u05d0\u200f\u05d1 ${x} " + "é" * 200)[:200]
    document = (await create(desk, family.mia, title=title, text="Words"))["document"]
    assert document["title"] == title
    [row] = (await desk.run(SCREEN, id=of(family.mia)))["contact"]["documents"]["nodes"]
    disposition = (await desk.http.get(row["url"])).headers["content-disposition"]
    assert disposition.isascii()
    assert not set(disposition) & set("<>\r\n{}")


async def test_a_new_document_takes_an_old_ones_place(desk: Client, practice: Practice, family: Family) -> None:
    old = await put_document(practice, family.mia, "Old", sharing=ALL)
    new = (await create(desk, family.mia, text="New words", supersedesId=of(old)))["document"]
    text = "query Q($id: ID!) { node(id: $id) { ... on Document { supersededBy { id } } } }"
    assert (await desk.run(text, id=of(old)))["node"] == {"supersededBy": {"id": new["id"]}}
    async with nothing_changes():
        again = await create(desk, family.mia, text="Newer words", supersedesId=of(old))
        shared = await share(desk, old, allAuthorized=True)
    for answer in (again, shared):
        assert (answer["__typename"], answer["reason"]) == ("DocumentClosed", "SUPERSEDED")
    others = await put_document(practice, family.leo.contact)
    async with nothing_changes():
        answer = await create(desk, family.mia, text="Words", supersedesId=of(others))
    assert (answer["__typename"], answer["path"]) == ("NotFound", "supersedesId")


async def test_sharing_with_all_or_with_chosen_people_and_ending_it(
    desk: Client, practice: Practice, family: Family
) -> None:
    document = await put_document(practice, family.mia, signers=[family.leo.contact])
    answer = await share(desk, document, allAuthorized=True)
    assert answer["document"]["sharing"] == "ALL_AUTHORIZED"
    assert sorted(person["displayName"] for person in answer["document"]["recipients"]) == ["Leo Park", "Mia Park"]
    [letter] = await Letter.filter(kind=LetterKind.DOCUMENT_AWAITS)
    assert letter.account_id == family.leo.account.id
    async with nothing_changes():
        assert (await share(desk, document, allAuthorized=True))["__typename"] == "ShareDocumentSuccess"
    answer = await share(desk, document, recipientIds=[family.leo.id])
    assert answer["document"] == {"sharing": "CHOSEN_RECIPIENTS", "recipients": [{"displayName": "Leo Park"}]}
    given = {"documentId": of(document)}
    answer = await desk.mutate("unshareDocument", given, "document { sharing recipients { id } }")
    assert answer["document"] == {"sharing": "NOT_SHARED", "recipients": []}
    async with nothing_changes():
        assert (await desk.mutate("unshareDocument", given))["__typename"] == "UnshareDocumentSuccess"
    events = await AuditEvent.filter(subject_id=document.id).order_by("sequence")
    assert [event.action for event in events] == ["document.shared", "document.shared", "document.unshared"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"allAuthorized": False},
        {"allAuthorized": None, "recipientIds": None},
        {"allAuthorized": True, "recipientIds": []},
    ],
    ids=["neither", "false", "null", "both"],
)
async def test_one_way_of_sharing_has_to_be_chosen(
    desk: Client, practice: Practice, family: Family, given: dict[str, Any]
) -> None:
    document = await put_document(practice, family.mia)
    async with nothing_changes():
        answer = await share(desk, document, **given)
    assert [problem["path"] for problem in answer["fields"]] == ["allAuthorized"]


async def test_only_the_client_and_relatives_with_access_can_be_chosen(
    desk: Client, practice: Practice, other_practice: Practice, family: Family
) -> None:
    document, theirs = await put_document(practice, family.mia), await other_practice.contact()
    for nobody in ([], [family.rosa.id], [family.omar.id, family.leo.id], [of(theirs)], ["no id"], [of(document)]):
        async with nothing_changes():
            answer = await share(desk, document, recipientIds=nobody)
        assert [problem["path"] for problem in answer["fields"]] == ["recipientIds"]
    await Relationship.filter(id=family.rosas.id).update(portal_access=True)
    assert (await share(desk, document, recipientIds=[family.rosa.id]))["__typename"] == "ShareDocumentSuccess"


async def test_everything_unshared_is_shared_with_the_client_at_once(
    desk: Client, practice: Practice, family: Family
) -> None:
    leo = family.leo
    for title in ("One", "Two"):
        await put_document(practice, leo.contact, title)
    chosen = await put_document(practice, leo.contact, "For all", sharing=ALL)
    success = "sharedCount contact { documents { nodes { title sharing recipients { displayName } } } }"
    answer = await desk.mutate("shareAllDocuments", {"contactId": leo.id}, success)
    assert answer["sharedCount"] == 2
    found = {node.pop("title"): node for node in answer["contact"]["documents"]["nodes"]}
    alone = {"sharing": "CHOSEN_RECIPIENTS", "recipients": [{"displayName": "Leo Park"}]}
    assert (found["One"], found["Two"]) == (alone, alone)
    assert (await Document.get(id=chosen.id)).sharing is ALL
    assert await Letter.filter(kind=LetterKind.DOCUMENT_AWAITS).count() == 1
    async with nothing_changes():
        assert (await desk.mutate("shareAllDocuments", {"contactId": leo.id}, "sharedCount"))["sharedCount"] == 0


async def test_a_document_is_taken_back_with_or_without_a_reason_until_it_is_signed(
    desk: Client, practice: Practice, family: Family
) -> None:
    success = "document { withdrawnAt withdrawReason recipients { id } }"
    with_reason, without = [await put_document(practice, family.mia, sharing=ALL) for _ in range(2)]
    answer = await desk.mutate("withdrawDocument", {"documentId": of(with_reason), "reason": "A typo."}, success)
    assert answer["document"] == {
        "withdrawnAt": answer["document"]["withdrawnAt"],
        "withdrawReason": "A typo.",
        "recipients": [],
    }
    answer = await desk.mutate("withdrawDocument", {"documentId": of(without)}, success)
    assert answer["document"]["withdrawReason"] is None
    async with nothing_changes():
        assert (await desk.mutate("withdrawDocument", {"documentId": of(without)}, success)) == answer
        assert (await share(desk, without, allAuthorized=True))["reason"] == "WITHDRAWN"
    signed = await put_document(practice, family.mia, sharing=ALL, signers=[family.leo.contact])
    await Signature.filter(document_id=signed.id).update(signed_at=practice.services.clock.now())
    async with nothing_changes():
        answer = await desk.mutate("withdrawDocument", {"documentId": of(signed)})
        too_long = await desk.mutate("withdrawDocument", {"documentId": of(with_reason), "reason": "x" * 999})
    assert (answer["__typename"], answer["reason"]) == ("DocumentClosed", "SIGNED")
    assert [problem["path"] for problem in too_long["fields"]] == ["reason"]


PREVIEW = """query Q($id: ID!) { sharingPreview(documentId: $id) { document { id } signers { displayName }
  members { contact { displayName } relationship hasAccess hasAccount endsOn }
  allAuthorized { now { contact { displayName } } later { contact { displayName } } }
  chosenRecipients { now { contact { displayName } } later { contact { displayName } } } } }"""


async def test_the_preview_says_who_would_see_it_now_and_later_in_either_way(
    desk: Client, practice: Practice, family: Family
) -> None:
    document = await put_document(practice, family.mia, signers=[family.leo.contact])
    await desk.run(PREVIEW, id=of(document))  # shows the people, which is a view of each
    async with nothing_changes():
        preview = (await desk.run(PREVIEW, id=of(document)))["sharingPreview"]

    def names(members: list[dict[str, Any]]) -> list[str]:
        return [member["contact"]["displayName"] for member in members]

    assert preview["members"] == [
        {
            "contact": {"displayName": "Mia Park"},
            "relationship": None,
            "hasAccess": True,
            "hasAccount": False,
            "endsOn": None,
        },
        {
            "contact": {"displayName": "Leo Park"},
            "relationship": "father",
            "hasAccess": True,
            "hasAccount": True,
            "endsOn": None,
        },
        {
            "contact": {"displayName": "Rosa Park"},
            "relationship": "grandmother",
            "hasAccess": False,
            "hasAccount": True,
            "endsOn": None,
        },
    ]
    assert (preview["document"], preview["signers"]) == ({"id": of(document)}, [{"displayName": "Leo Park"}])
    ways = [
        {when: names(preview[way][when]) for when in ("now", "later")} for way in ("allAuthorized", "chosenRecipients")
    ]
    assert ways == [
        {"now": ["Leo Park"], "later": ["Mia Park", "Rosa Park"]},
        {"now": ["Leo Park"], "later": ["Mia Park"]},
    ]


async def test_the_preview_is_for_staff_who_may_share(
    practice: Practice, other_practice: Practice, desk: Client, family: Family
) -> None:
    document = of(await put_document(practice, family.leo.contact, sharing=ALL))
    _, session = await practice.signed_in(*set(Permission) - {Permission.WEB_PORTAL})
    refusal = await desk.holding(session.access_token).refusal(PREVIEW, id=document)
    assert (refusal["code"], refusal["permission"]) == ("FORBIDDEN", "WEB_PORTAL")
    assert (await family.leo.client.refusal(PREVIEW, id=document))["code"] == "FORBIDDEN"
    theirs = of(await put_document(other_practice, await other_practice.contact()))
    assert (await desk.run(PREVIEW, id=theirs))["sharingPreview"] is None


async def test_one_upload_sent_at_once_by_many_makes_one_document(
    practice: Practice, desk: Client, family: Family
) -> None:
    upload = of(await put_upload(practice, await practice.staff(Permission.WEB_PORTAL)))
    answers = await asyncio.gather(*[create(desk, family.mia, uploadId=upload) for _ in range(8)])
    assert sorted(answer["__typename"] for answer in answers) == ["CreateDocumentSuccess", *["InvalidInput"] * 7]
    assert await Document.all().count() == 1


async def test_one_key_sent_at_once_by_many_makes_one_document_of_a_text(desk: Client, family: Family) -> None:
    given = {"text": "Words", "idempotencyKey": "key-1"}
    answers = await asyncio.gather(*[create(desk, family.mia, **given) for _ in range(5)])
    assert all(answer == answers[0] for answer in answers)
    assert await Document.all().count() == 1


async def test_a_completed_document_keeps_its_readers_and_can_be_shared_further(
    desk: Client, practice: Practice, family: Family
) -> None:
    document = await put_document(practice, family.mia, sharing=CHOSEN, recipients=[family.leo.contact])
    await Document.filter(id=document.id).update(
        signature_state=SignatureState.COMPLETED,
        completed_at=practice.services.clock.now(),
        completed_sha256=document.sha256,
    )
    assert (await share(desk, document, allAuthorized=True))["__typename"] == "ShareDocumentSuccess"
    answer = await desk.mutate("withdrawDocument", {"documentId": of(document)})
    assert (answer["__typename"], answer["reason"]) == ("DocumentClosed", "COMPLETED")


async def test_mutations_of_one_request_each_answer_what_holds_after_them(
    desk: Client, practice: Practice, family: Family
) -> None:
    document = await put_document(practice, family.mia)
    answers = "document { sharing recipients { displayName } contact { documents { nodes { sharing } } } }"
    text = f"""mutation ($all: ShareDocumentInput!, $some: ShareDocumentInput!, $nobody: UnshareDocumentInput!) {{
      all: shareDocument(input: $all) {{ ... on ShareDocumentSuccess {{ {answers} }} }}
      some: shareDocument(input: $some) {{ ... on ShareDocumentSuccess {{ {answers} }} }}
      nobody: unshareDocument(input: $nobody) {{ ... on UnshareDocumentSuccess {{ {answers} }} }} }}"""
    which = {"documentId": of(document)}
    found = await desk.run(
        text,
        all={**which, "allAuthorized": True},
        some={**which, "recipientIds": [family.leo.id]},
        nobody=which,
    )
    told = {
        name: (
            answer["document"]["sharing"],
            sorted(person["displayName"] for person in answer["document"]["recipients"]),
            answer["document"]["contact"]["documents"]["nodes"],
        )
        for name, answer in found.items()
    }
    assert told == {
        "all": ("ALL_AUTHORIZED", ["Leo Park", "Mia Park"], [{"sharing": "ALL_AUTHORIZED"}]),
        "some": ("CHOSEN_RECIPIENTS", ["Leo Park"], [{"sharing": "CHOSEN_RECIPIENTS"}]),
        "nobody": ("NOT_SHARED", [], [{"sharing": "NOT_SHARED"}]),
    }
