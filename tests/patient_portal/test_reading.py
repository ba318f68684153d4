"""Reading one document: its pages and words, whose it is, where it stands, the file; and who reads nothing."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from starlette.applications import Starlette

from adapters.pdf_reading.reader import ProcessPdfReader
from clinic.documents.actions.share import unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.models import Document, DocumentKind, DocumentSharing, SignatureState
from clinic.portal_access.actions.unlink import unlink_account
from clinic.records.actions.contacts import ContactFacts
from clinic.records.models import Relationship
from clinic.values.ports import FileStoreUnavailable
from clinic.work.models import AuditEvent
from tests.patient_portal.papers import LONGEST, author, child_of, path_of, shared, shared_row, signed_row
from tests.patient_portal.people import linked_by_staff, walk_in
from tests.patient_portal.practice import EMAIL, PASSWORD, Practice, Visitor

ROOMS = ["", "pages/1", "file", "print", "sign", "decline"]
TEXT = """# What we do

We meet *once* a week.
Bring <b>nothing</b>.

- a pencil
- patience

| Fee | Amount |
|---|---|
| Session | $100 |
"""


async def noted(document: Document) -> list[str]:
    """What the audit says was read of it."""
    codes = ["document.viewed", "document.printed", "document.downloaded"]
    found = AuditEvent.filter(subject_id=document.id, action__in=codes).order_by("sequence")
    return [event.action for event in await found]


async def test_page_shows_pictures_each_with_its_words(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice, "Consent to treatment", pages=2)
    page = await nora.get(path_of(document))
    assert page.status == 200
    assert "From Fran Desk, Willow Creek Counseling" in page.text
    assert "Consent form, 2 pages" in page.text
    assert "Page 1 of 2 Read page 1 as text Consent to treatment 1" in page.text
    assert "Page 2 of 2 Read page 2 as text Consent to treatment 2" in page.text
    pictures = re.findall(r'src="([^"]+/pages/[^"]+)"', page.response.text)
    assert pictures == [path_of(document, f"pages/{number}?width=800") for number in (1, 2)]
    for address in pictures:
        answer = (await nora.get(address)).response
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"\x89PNG")


async def test_picture_comes_in_the_widths_the_page_names_and_no_other(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice)

    async def width_of(asked: str) -> int:
        content = (await nora.get(path_of(document, f"pages/1{asked}"))).response.content
        return int.from_bytes(content[16:20], "big")

    assert [await width_of(f"?width={width}") for width in (800, 1200, 1600)] == [800, 1200, 1600]
    assert [await width_of(asked) for asked in ("", "?width=100000", "?width=x")] == [1200, 1200, 1200]


@pytest.mark.parametrize("number", ["0", "2", "99999", "-1", "x", "1.png", "²"])
async def test_page_that_is_not_there_is_the_same_page_as_no_document(
    practice: Practice, nora: Visitor, number: str
) -> None:
    document = await shared(practice)
    page = await nora.get(path_of(document, f"pages/{number}"))
    assert (page.status, page.text) == (404, (await nora.get(path_of(uuid4()))).text)


async def test_written_text_is_shown_as_text_and_as_pages(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice, "Our agreement", text=TEXT)
    html = (await nora.get(path_of(document))).response.text
    assert '<h3 dir="auto">What we do</h3>' in html
    assert '<p class="words" dir="auto">We meet *once* a week.\nBring &lt;b&gt;nothing&lt;/b&gt;.</p>' in html
    assert re.search(r'<ul>\s*<li dir="auto">a pencil</li>\s*<li dir="auto">patience</li>\s*</ul>', html)
    assert '<dt dir="auto">Session</dt><dd dir="auto">$100</dd>' in html
    assert "See the pages as they look on paper" in html
    assert path_of(document, "pages/1?width=800") in html


async def test_many_pages_come_ten_at_a_time(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice, pages=23, signers=(practice.contact,))
    first = await nora.get(path_of(document))
    assert re.findall(r'id="page-(\d+)"', first.response.text) == [str(number) for number in range(1, 11)]
    assert 'href="?from=23#sign"' in first.response.text
    assert "Go on to sign" not in first.text
    second = await nora.get(path_of(document, "?from=11").replace("/?", "?"))
    assert re.findall(r'id="page-(\d+)"', second.response.text) == [str(number) for number in range(11, 21)]
    last = await nora.get(path_of(document, "?from=23").replace("/?", "?"))
    assert re.findall(r'id="page-(\d+)"', last.response.text) == ["21", "22", "23"]
    assert "Go on to sign" in last.text
    assert 'rel="next"' not in last.response.text
    for nonsense in ("x", "-5", "0", "99999999"):
        assert (await nora.get(path_of(document) + f"?from={nonsense}")).status == 200


async def test_each_opening_print_and_download_is_noted(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice)
    await nora.get(path_of(document))
    await nora.get(path_of(document, "pages/1"))
    await nora.get(path_of(document, "file"))
    await nora.get(path_of(document, "print"))
    assert await noted(document) == ["document.viewed", "document.downloaded", "document.printed"]


async def test_picture_alone_is_noted_too(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice)
    await nora.get(path_of(document, "pages/1"))
    assert await noted(document) == ["document.viewed"]


async def test_file_is_the_very_bytes_under_a_harmless_name(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice, 'Über "../uns" & <mehr>')
    for room, disposition in (("file", "attachment"), ("print", "inline")):
        answer = (await nora.get(path_of(document, room))).response
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'{disposition}; filename="uber-uns-mehr.pdf"'
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.content) == document.byte_count


@pytest.mark.parametrize("room", ROOMS)
async def test_somebody_elses_document_is_the_page_of_none_at_all(
    practice: Practice, other_practice: Practice, nora: Visitor, room: str
) -> None:
    neighbour = await practice.add_contact(ContactFacts("Ana", "Santos"))
    theirs = await shared_row(practice, "Theirs", about=neighbour, signers=(neighbour,))
    foreign = await shared_row(other_practice, "Foreign", signers=(other_practice.contact,))
    never = await nora.get(path_of(uuid4(), room))
    assert never.status == 404
    assert "There is no such document for you" in never.text
    for document in (theirs, foreign):
        answer = await nora.get(path_of(document, room))
        assert (answer.status, answer.text) == (never.status, never.text)
        assert await noted(document) == []
    assert (await nora.get(f"/willow-creek/documents/not-an-id/{room}".rstrip("/"))).text == never.text


@pytest.mark.parametrize("room", ["sign", "decline"])
async def test_somebody_elses_document_is_not_signed_or_declined(practice: Practice, nora: Visitor, room: str) -> None:
    neighbour = await practice.add_contact(ContactFacts("Ana", "Santos"))
    own = await shared(practice, signers=(practice.contact,))
    theirs = await shared_row(practice, "Theirs", about=neighbour, signers=(neighbour,))
    form = await nora.get(path_of(own, room))
    answer = await nora.send(form, path_of(theirs, room), typed_name="Nora Gray", password=PASSWORD, reason="no")
    assert answer.status == 404
    assert (await Document.get(id=theirs.id)).signature_state is SignatureState.WAITING


@pytest.mark.parametrize("room", ROOMS)
async def test_other_practices_door_shows_nothing(
    practice: Practice, other_practice: Practice, nora: Visitor, room: str
) -> None:
    document = await shared(practice, signers=(practice.contact,))
    answer = await nora.get(path_of(document, room, slug="harbor-house"))
    assert answer.goes_to.startswith("/harbor-house/?next=")
    assert await noted(document) == []


@pytest.mark.parametrize("room", ROOMS)
async def test_signed_out_people_sign_in_first_and_come_back(practice: Practice, visitor: Visitor, room: str) -> None:
    document = await shared_row(practice)
    answer = await visitor.get(path_of(document, room))
    assert answer.goes_to == f"/willow-creek/?next={path_of(document, room).replace('/', '%2F')}"
    assert await noted(document) == []


@pytest.mark.parametrize("room", ["", "sign", "decline"])
async def test_person_who_came_from_a_letter_is_led_on_after_signing_in(
    practice: Practice, nora: Visitor, app: Starlette, room: str
) -> None:
    document = await shared_row(practice, signers=(practice.contact,))
    elsewhere = Visitor(app)
    done = await elsewhere.fill(path_of(document, room), email=EMAIL, password=PASSWORD)
    assert done.goes_to == path_of(document, room)
    assert (await elsewhere.get(done.goes_to)).status == 200


@pytest.mark.parametrize("room", ROOMS)
async def test_before_saying_who_they_are_nobody_reads_anything(
    practice: Practice, visitor: Visitor, room: str
) -> None:
    await walk_in(visitor, practice)
    await linked_by_staff(practice)
    document = await shared_row(practice, signers=(practice.contact,))
    answer = await visitor.get(path_of(document, room))
    assert answer.goes_to.startswith("/willow-creek/confirm?next=")
    assert await noted(document) == []


@pytest.mark.parametrize("room", ROOMS)
async def test_unshared_document_is_refused_at_once(practice: Practice, nora: Visitor, room: str) -> None:
    document = await shared(practice, signers=(practice.contact,))
    assert (await nora.get(path_of(document, room))).status == 200
    await unshare_document(await author(practice), document.id, practice.services)
    assert (await nora.get(path_of(document, room))).status == 404


@pytest.mark.parametrize("room", ROOMS)
async def test_unlinked_person_is_refused_at_once(practice: Practice, nora: Visitor, room: str) -> None:
    document = await shared(practice, signers=(practice.contact,))
    assert (await nora.get(path_of(document, room))).status == 200
    await unlink_account(await author(practice), practice.contact.id, "moved away", practice.services)
    assert (await nora.get(path_of(document, room))).goes_to.startswith("/willow-creek/?next=")


async def test_relative_whose_access_ended_is_refused_at_once(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    document = await shared(practice, about=child)
    page = await nora.get(path_of(document))
    assert "About Mia Park" in page.text
    await Relationship.filter(client_id=child.id).update(portal_access=False)
    for room in ROOMS:
        assert (await nora.get(path_of(document, room))).status == 404


@pytest.mark.parametrize("room", ROOMS)
async def test_document_that_was_taken_back_says_so_without_its_title(
    practice: Practice, nora: Visitor, app: Starlette, room: str
) -> None:
    document = await shared(practice, "A title to forget", signers=(practice.contact,))
    await withdraw_document(await author(practice), document.id, "wrong person", practice.services)
    page = await nora.get(path_of(document, room))
    assert page.status == 410
    assert "We have taken this document back" in page.text
    assert "A title to forget" not in page.response.text
    assert "wrong person" not in page.response.text
    neighbour = await practice.add_contact(ContactFacts("Ana", "Santos"))
    theirs = await shared_row(practice, about=neighbour, withdrawn_at=practice.clock.now())
    assert (await nora.get(path_of(theirs, room))).status == 404


async def test_document_that_was_read_and_then_taken_back_says_so(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    read, unread = await shared(practice, about=child), await shared(practice, about=child)
    await nora.get(path_of(read))
    for document in (read, unread):
        await withdraw_document(await author(practice), document.id, "wrong person", practice.services)
    assert (await nora.get(path_of(read))).status == 410
    assert (await nora.get(path_of(unread))).status == 404
    await Relationship.filter(client_id=child.id).update(portal_access=False)
    assert (await nora.get(path_of(read))).status == 404


async def test_replaced_document_leads_to_the_newer_one(practice: Practice, nora: Visitor) -> None:
    old = await shared(practice, "The old one", signers=(practice.contact,))
    new = await shared(practice, "The new one", signers=(practice.contact,), supersedes_id=old.id)
    page = await nora.get(path_of(old))
    assert "A newer document has taken this one’s place" in page.text
    assert f'href="{path_of(new)}"' in page.response.text
    assert "Page 1 of 1" not in page.text
    assert (await nora.get(path_of(old, "sign"))).goes_to == path_of(old)
    shown = await nora.get(path_of(old) + "?old=1")
    assert "Page 1 of 1" in shown.text
    assert "Go on to sign" not in shown.text


async def test_replaced_document_says_nothing_of_one_that_is_not_shared(practice: Practice, nora: Visitor) -> None:
    old = await shared(practice, "The old one")
    new = await shared_row(practice, "Not shared yet", sharing=DocumentSharing.NOT_SHARED, shared_at=None)
    await Document.filter(id=old.id).update(superseded_by_id=new.id, superseded_at=practice.clock.now())
    page = await nora.get(path_of(old))
    assert "A newer document has taken this one’s place" in page.text
    assert str(new.id) not in page.response.text


async def test_page_says_whose_turn_it_is(practice: Practice, nora: Visitor) -> None:
    leo = await practice.add_contact(ContactFacts("Leo", "Park"))
    me = practice.contact
    ana = await practice.add_contact(ContactFacts("Ana", "Santos"))
    later = await shared_row(practice, "Later", signers=(leo, me, ana), in_sequence=True)
    text = (await nora.get(path_of(later))).text
    assert "It is not your turn to sign yet First we wait for: Leo Park." in text
    assert "Go on to sign" not in text
    assert (await nora.get(path_of(later, "sign"))).goes_to == path_of(later)
    await signed_row(later, leo, practice)
    assert "We ask you to sign this" in (await nora.get(path_of(later))).text
    await signed_row(later, me, practice)
    text = (await nora.get(path_of(later))).text
    assert "You have signed. Others still have to. We wait for: Ana Santos." in text
    await signed_row(later, ana, practice)
    text = (await nora.get(path_of(later))).text
    assert "Everybody has signed The sealed file is being made." in text
    assert "Leo Park Signed: Monday, March 2, 2026, 2:00 AM" in text
    assert "Nora Gray (you) Signed: Monday" in text


async def test_title_is_text_in_page_and_browsers_heading(practice: Practice, nora: Visitor) -> None:
    document = await shared_row(practice, LONGEST, kind=DocumentKind.OTHER)
    html = (await nora.get(path_of(document))).response.text
    assert "<b>Agreement" not in html
    assert html.count("&lt;b&gt;Agreement&lt;/b&gt;") == 6


async def test_view_is_noted_anew_after_an_hour(practice: Practice, nora: Visitor) -> None:
    document = await shared(practice)
    await nora.get(path_of(document))
    practice.clock.advance(timedelta(minutes=20))
    await nora.get(path_of(document))
    assert await noted(document) == ["document.viewed"]


async def test_file_store_that_is_away_is_said_to_be_passing(practice: Practice, nora: Visitor, app: Starlette) -> None:
    document = await shared(practice)
    portal = app.state.portal
    app.state.portal = replace(portal, services=replace(portal.services, files=Away()))
    for room in ("", "pages/1", "file", "print"):
        page = await nora.get(path_of(document, room))
        assert (page.status, page.response.headers["retry-after"]) == (503, "5")
        assert "We can’t answer right now" in page.text


async def test_page_that_can_not_be_drawn_now_is_said_to_be_passing(
    practice: Practice, nora: Visitor, app: Starlette
) -> None:
    document = await shared(practice)
    portal = app.state.portal
    too_busy = ProcessPdfReader(page_seconds=0)
    app.state.portal = replace(portal, services=replace(portal.services, reader=too_busy))
    page = await nora.get(path_of(document, "pages/1"))
    assert (page.status, page.response.headers["retry-after"]) == (503, "5")
    assert "We can’t answer right now" in page.text


class Away:
    """The port `FileStore` while its disk or its network is gone."""

    async def put(self, key: str, content: bytes) -> None:
        raise FileStoreUnavailable

    async def get(self, key: str) -> bytes:
        raise FileStoreUnavailable

    async def exists(self, key: str) -> bool:
        raise FileStoreUnavailable

    async def probe(self) -> None:
        raise FileStoreUnavailable
