"""`/files/d.…` and `pageTexts`: a document's bytes and words, for whoever may see it at that moment, and audited."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from obstore.store import MemoryStore

from adapters.files import StoredFiles
from api.files import inline_as
from api.requests.document_words import MOST_AT_ONCE
from api.server.relay import encode_id
from clinic.documents.files import document_key, sha256_of
from clinic.documents.models import Document, DocumentSharing, SignatureState
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.models import Relationship
from clinic.sessions.actions import end_session
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from clinic.values.ports import FileStoreUnavailable, Services
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.api.family import Family, make_family
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document
from tests.factories.pdfs import sound_pdf

ALL, CHOSEN = DocumentSharing.ALL_AUTHORIZED, DocumentSharing.CHOSEN_RECIPIENTS
ADDRESSES = "query Q($id: ID!) { node(id: $id) { ... on Document { url completedUrl } } }"
WORDS = "query Q($id: ID!) { node(id: $id) { ... on Document { pageTexts } } }"


class Cupboard(StoredFiles):
    """A store that can be out of reach."""

    shut = False

    async def get(self, key: str) -> bytes:
        if self.shut:
            raise FileStoreUnavailable
        return await super().get(key)


@pytest.fixture
def cupboard() -> Cupboard:
    return Cupboard(MemoryStore())


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, cupboard: Cupboard) -> Services:
    return replace(make_services(clock, mailbox), files=cupboard)


@pytest.fixture
async def family(practice: Practice, stranger: Client) -> Family:
    return await make_family(practice, stranger)


def of(document: Document) -> str:
    return encode_id("Document", document.id)


async def address(client: Client, document: Document, which: str = "url") -> str:
    url = (await client.run(ADDRESSES, id=of(document)))["node"][which]
    assert re.fullmatch(r"https://api\.vestibule\.example/files/d\.[A-Za-z0-9_-]+", url)
    return str(url)


async def opened(client: Client, url: str, method: str = "GET") -> httpx2.Response:
    """As a browser opens it: without the bearer token."""
    return await client.http.request(method, url)


async def readings(document: Document) -> list[str]:
    events = await AuditEvent.filter(subject_id=document.id).order_by("sequence")
    return [f"{event.actor_kind} {event.action}" for event in events]


async def sealed(practice: Practice, document: Document, content: bytes) -> None:
    digest = sha256_of(content)
    await practice.services.files.put(document_key(practice.organization.id, digest), content)
    await Document.filter(id=document.id).update(
        signature_state=SignatureState.COMPLETED,
        completed_at=practice.services.clock.now(),
        completed_sha256=digest,
    )


async def test_staff_and_reader_open_the_very_bytes_and_each_opening_is_audited(
    practice: Practice, staff: Client, family: Family
) -> None:
    content = sound_pdf(2)
    document = await put_document(practice, family.mia, "Plan of care", sharing=ALL, content=content)
    for client in (staff, family.leo.client):
        response = await opened(client, await address(client, document))
        assert (response.status_code, response.content) == (200, content)
        assert dict(response.headers) | {
            "content-type": "application/pdf",
            "content-length": str(len(content)),
            "content-disposition": "inline; filename=\"plan-of-care.pdf\"; filename*=UTF-8''Plan%20of%20care.pdf",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        } == dict(response.headers)
    assert await readings(document) == ["staff document.downloaded", "patient document.downloaded"]


async def test_the_head_alone_tells_the_same_and_is_audited_too(practice: Practice, family: Family) -> None:
    document = await put_document(practice, family.mia, sharing=ALL)
    url = await address(family.leo.client, document)
    head, whole = await opened(family.leo.client, url, "HEAD"), await opened(family.leo.client, url)
    assert (head.status_code, head.content) == (200, b"")
    names = ("content-length", "content-type", "content-disposition", "cache-control", "content-security-policy")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]
    assert await readings(document) == ["patient document.downloaded"] * 2
    for method in ("POST", "PUT", "DELETE"):
        assert (await opened(family.leo.client, url, method)).status_code == 405


async def test_the_sealed_file_has_an_address_once_there_is_one(practice: Practice, family: Family) -> None:
    document = await put_document(practice, family.mia, "Consent", sharing=ALL)
    client = family.leo.client
    assert (await client.run(ADDRESSES, id=of(document)))["node"]["completedUrl"] is None
    await sealed(practice, document, b"%PDF sealed")
    response = await opened(client, await address(client, document, "completedUrl"))
    assert response.content == b"%PDF sealed"
    assert 'filename="consent-signed.pdf"' in response.headers["content-disposition"]
    assert (await opened(client, await address(client, document))).content != b"%PDF sealed"


async def test_an_address_works_for_ten_minutes(practice: Practice, family: Family, clock: FixedClock) -> None:
    document = await put_document(practice, family.mia, sharing=ALL)
    url = await address(family.leo.client, document)
    clock.advance(timedelta(minutes=9, seconds=59))
    assert (await opened(family.leo.client, url)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await opened(family.leo.client, url)).status_code == 404


async def test_a_readers_address_ends_with_whatever_opened_the_document_to_them(
    practice: Practice, family: Family, clock: FixedClock
) -> None:
    leo, now = family.leo, clock.now()
    document = await put_document(practice, family.mia, sharing=CHOSEN, recipients=[leo.contact])
    endings: list[tuple[Any, Any, dict[str, Any]]] = [
        (PortalLink, leo.link.id, {"unlinked_at": now}),
        (PortalLink, leo.link.id, {"identity_confirmed_at": None}),
        (Document, document.id, {"sharing": DocumentSharing.NOT_SHARED}),
        (Relationship, family.leos.id, {"portal_access": False}),
        (Relationship, family.leos.id, {"ends_on": now.date() - timedelta(days=2)}),
        (PortalAccount, leo.account.id, {"disabled_at": now}),
    ]
    url = await address(leo.client, document)
    for model, key, change in endings:
        row = await model.get(id=key)
        before = {name: getattr(row, name) for name in change}
        assert (await opened(leo.client, url)).status_code == 200
        await model.filter(id=key).update(**change)
        async with nothing_changes():
            assert (await opened(leo.client, url)).status_code == 404, change
        await model.filter(id=key).update(**before)
    taken_back = await put_document(practice, family.mia, sharing=ALL)
    gone = await address(leo.client, taken_back)
    await Document.filter(id=taken_back.id).update(withdrawn_at=now)
    assert [(await opened(leo.client, each)).status_code for each in (url, gone)] == [200, 404]
    await end_session(leo.caller, practice.services)
    assert (await opened(leo.client, url)).status_code == 404


async def test_a_staff_members_address_ends_with_permission_employment_and_session(
    practice: Practice, stranger: Client, family: Family, clock: FixedClock
) -> None:
    document = await put_document(practice, family.mia)
    caller, session = await practice.signed_in(Permission.WEB_PORTAL)
    client = stranger.holding(session.access_token)
    url = await address(client, document)
    member = StaffMember.filter(id=caller.staff_member_id)
    for change, back in (
        ({"permissions": "VIEW_AUDIT VIEW_CONTACTS"}, {"permissions": "VIEW_CONTACTS WEB_PORTAL"}),
        ({"permissions": "WEB_PORTAL"}, {"permissions": "VIEW_CONTACTS WEB_PORTAL"}),
        ({"disabled_at": clock.now()}, {"disabled_at": None}),
    ):
        assert (await opened(client, url)).status_code == 200
        await member.update(**change)
        async with nothing_changes():
            assert (await opened(client, url)).status_code == 404
        await member.update(**back)
    await end_session(caller, practice.services)
    assert (await opened(client, url)).status_code == 404


async def test_staff_without_the_permission_know_of_a_document_and_can_not_open_it(
    practice: Practice, stranger: Client, family: Family
) -> None:
    document = await put_document(practice, family.mia)
    _, session = await practice.signed_in(*set(Permission) - {Permission.WEB_PORTAL})
    client = stranger.holding(session.access_token)
    url = await address(client, document)
    async with nothing_changes():
        assert (await opened(client, url)).status_code == 404
        assert (await client.run(WORDS, id=of(document)))["node"] == {"pageTexts": None}


async def test_whatever_is_no_address_of_ours_is_not_found(
    practice: Practice, other_practice: Practice, staff: Client, family: Family
) -> None:
    document = await put_document(practice, family.mia, sharing=ALL)
    url = await address(family.leo.client, document)
    token = url.rpartition("/files/")[2]
    made_up = [
        "d.",
        "d.x",
        token[2:],
        token[:-1],
        token[:-4] + "AAAA",
        f"{token}.pdf",
        "d." + "A" * 5000,
        f"D{token[1:]}",
    ]
    secret = practice.services.secrets.encrypt("{}").rstrip("=")
    async with nothing_changes():
        for bad in [*made_up, f"d.{secret}"]:
            response = await opened(staff, f"https://api.vestibule.example/files/{bad}")
            assert response.status_code == 404, bad
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["content-type"].startswith("text/plain")


async def test_a_store_out_of_reach_is_said_and_not_audited(
    practice: Practice, family: Family, cupboard: Cupboard
) -> None:
    document = await put_document(practice, family.mia, sharing=ALL)
    url = await address(family.leo.client, document)
    cupboard.shut = True
    async with nothing_changes():
        response = await opened(family.leo.client, url)
        answer = await family.leo.client.answer(WORDS, id=of(document))
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    # Null, so that it blanks no page; and an error that says so.
    assert answer["data"] == {"node": {"pageTexts": None}}
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_words_are_given_to_whoever_may_see_them_and_noted_as_a_view_once_an_hour(
    practice: Practice, family: Family, staff: Client, clock: FixedClock
) -> None:
    content = sound_pdf(2, "Plan of care")
    document = await put_document(practice, family.mia, sharing=ALL, content=content)
    words = {"pageTexts": ["Plan of care 1", "Plan of care 2"]}
    for client in (family.leo.client, family.leo.client, staff):
        found = (await client.run(WORDS, id=of(document)))["node"]
        assert {"pageTexts": [page.strip() for page in found["pageTexts"]]} == words
    assert await readings(document) == ["patient document.viewed", "staff document.viewed"]
    async with nothing_changes():
        assert (await family.omar.client.run(WORDS, id=of(document)))["node"] is None


async def test_words_of_many_documents_are_not_given_at_once(practice: Practice, family: Family) -> None:
    content = sound_pdf()
    for _ in range(MOST_AT_ONCE + 1):
        await put_document(practice, family.mia, sharing=ALL, content=content)
    text = (
        "query Q($first: Int!) { viewer { ... on PortalAccount { documents(first: $first) { nodes { pageTexts } } } } }"
    )
    answer = await family.leo.client.answer(text, first=MOST_AT_ONCE + 1)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"TOO_COMPLEX"}
    assert len((await family.leo.client.run(text, first=MOST_AT_ONCE))["viewer"]["documents"]["nodes"]) == MOST_AT_ONCE


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Plan of care", "Plan of care.pdf"),
        ("Consentimiento: niño", "Consentimiento niño.pdf"),
        ("同意書", "同意書.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
        ("a\u200fb \u05d0\u05d1", "a b \u05d0\u05d1.pdf"),
        ('x"; filename="evil.exe', "x ; filename= evil.exe.pdf"),
        ("<img src=x>", "img src=x.pdf"),
        ("...", "document.pdf"),
        ("e" * 200, "e" * 100 + ".pdf"),
    ],
)
def test_a_title_becomes_a_file_name_that_means_nothing_to_a_system(title: str, name: str) -> None:
    disposition = inline_as(title, "plain.pdf")
    found = re.fullmatch(r"inline; filename=\"plain\.pdf\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)", disposition)
    assert found is not None
    assert unquote(found[1]) == name
