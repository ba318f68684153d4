"""The list of documents: whose they are, what comes first, where each stands, and page after page."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.applications import Starlette

from clinic.documents.models import DocumentKind, DocumentSharing, SignatureState
from clinic.records.actions.contacts import ContactFacts
from clinic.records.models import Relationship
from tests.patient_portal.papers import LONGEST, child_of, shared_row, signed_row
from tests.patient_portal.people import walk_in
from tests.patient_portal.practice import Page, Practice, Visitor

LIST = "/willow-creek/documents"


def titles(page: Page) -> list[str]:
    return re.findall(r'class="paper"[^>]*><bdi>([^<]*)</bdi>', page.response.text)


async def test_what_needs_a_signature_comes_first_then_the_newest(practice: Practice, nora: Visitor) -> None:
    await shared_row(practice, "Old plan", days_ago=3)
    await shared_row(practice, "Old consent", days_ago=9, signers=(practice.contact,))
    await shared_row(practice, "New letter", days_ago=1, kind=DocumentKind.LETTER)
    page = await nora.get(LIST)
    assert titles(page) == ["Old consent", "New letter", "Old plan"]
    assert "One document waits for your signature. Open it, read it, then sign." in page.text
    assert page.text.index("Please sign") < page.text.index("Your other documents")
    assert page.text.count("Please sign") == 2
    assert "New letter Letter Shared on Sunday, March 1, 2026" in page.text


async def test_own_documents_are_not_named_for_a_person_without_relatives(practice: Practice, nora: Visitor) -> None:
    await shared_row(practice)
    page = await nora.get(LIST)
    assert "About you" not in page.text
    assert "Whose documents" not in page.response.text


async def test_parent_sees_whose_each_is_and_chooses(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    await shared_row(practice, "Mine")
    await shared_row(practice, "Hers", about=child, days_ago=1)
    page = await nora.get(LIST)
    assert titles(page) == ["Mine", "Hers"]
    assert "Mine About you" in page.text
    assert "Hers About Mia Park" in page.text
    assert titles(await nora.get(f"{LIST}?of={child.id.hex}")) == ["Hers"]
    assert titles(await nora.get(f"{LIST}?of={practice.contact.id.hex}")) == ["Mine"]


async def test_child_without_documents_has_a_shelf_that_says_so(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    page = await nora.get(f"{LIST}?of={child.id.hex}")
    assert "Mia Park (0)" in page.text
    assert "Nothing about Mia Park has been shared with you yet" in page.text


async def test_shelf_of_a_stranger_shows_only_what_is_the_readers(
    practice: Practice, other_practice: Practice, nora: Visitor
) -> None:
    await shared_row(practice, "Mine")
    neighbour = await practice.add_contact(ContactFacts("Ana", "Santos"))
    await shared_row(practice, "Of a neighbour", about=neighbour)
    await shared_row(other_practice, "Of another practice")
    for stranger in (neighbour.id.hex, other_practice.contact.id.hex, "nonsense", ""):
        assert titles(await nora.get(f"{LIST}?of={stranger}")) == ["Mine"]


async def test_what_is_not_shared_with_the_reader_is_not_there(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    await shared_row(practice, "Not shared", sharing=DocumentSharing.NOT_SHARED, shared_at=None)
    await shared_row(practice, "Chosen, not for them", about=child, sharing=DocumentSharing.CHOSEN_RECIPIENTS)
    await shared_row(practice, "Taken back", withdrawn_at=practice.clock.now())
    hers = await shared_row(practice, "Hers", about=child)
    replaced = await shared_row(practice, "Replaced", superseded_by_id=hers.id, superseded_at=practice.clock.now())
    assert titles(await nora.get(LIST)) == ["Hers"]
    await Relationship.filter(client_id=child.id).update(portal_access=False)
    page = await nora.get(LIST)
    assert titles(page) == []
    assert "Nothing has been shared with you yet" in page.text
    assert replaced.title not in page.text


async def test_each_says_where_it_stands(practice: Practice, nora: Visitor) -> None:
    me, leo = practice.contact, await practice.add_contact(ContactFacts("Leo", "Park"))
    now = practice.clock.now()
    sealed: dict[str, Any] = {"completed_at": now, "completed_sha256": "0" * 64}
    await shared_row(practice, "Later", signers=(leo, me), in_sequence=True)
    half = await shared_row(practice, "Half", signers=(me, leo))
    await signed_row(half, me, practice)
    all_ = await shared_row(practice, "All", signers=(me,))
    await signed_row(all_, me, practice)
    await shared_row(practice, "Not me", signers=(leo,))
    await shared_row(practice, "Done", signature_state=SignatureState.COMPLETED, **sealed)
    await shared_row(practice, "No", signature_state=SignatureState.DECLINED)
    text = (await nora.get(LIST)).text
    for words in (
        "Later You sign later. Somebody else signs first.",
        "Half You have signed. Others still have to.",
        "All Everybody has signed. The sealed file is being made.",
        "Not me Others still have to sign",
        "Done ✓ Signed by everybody",
        "No Declined",
    ):
        assert words in text


async def test_list_is_turned_forth_and_back(practice: Practice, nora: Visitor) -> None:
    for number in range(45):
        await shared_row(practice, f"Paper {number:02}", days_ago=number)
    await shared_row(practice, "To sign", days_ago=90, signers=(practice.contact,))
    expected = ["To sign", *(f"Paper {number:02}" for number in range(45))]
    pages = [await nora.get(LIST)]
    while 'rel="next"' in pages[-1].response.text:
        pages.append(await nora.get(turn(pages[-1], "next")))
    assert [titles(page) for page in pages] == [expected[:20], expected[20:40], expected[40:]]
    back = await nora.get(turn(pages[2], "prev"))
    assert titles(back) == expected[20:40]
    first = await nora.get(turn(back, "prev"))
    assert titles(first) == expected[:20]
    assert 'rel="prev"' not in first.response.text


def turn(page: Page, way: str) -> str:
    found = re.search(rf'rel="{way}" href="([^"]+)"', page.response.text)
    assert found is not None
    return found[1].replace("&amp;", "&")


async def test_turning_keeps_to_the_chosen_person(practice: Practice, nora: Visitor) -> None:
    child = await child_of(practice)
    for number in range(21):
        await shared_row(practice, f"Hers {number:02}", about=child, days_ago=number)
    await shared_row(practice, "Mine", days_ago=40)
    second = await nora.get(turn(await nora.get(f"{LIST}?of={child.id.hex}"), "next"))
    assert titles(second) == ["Hers 20"]


@pytest.mark.parametrize(
    "mark", ["x", "1-2", "2-1-" + "0" * 32, "1--1-" + "0" * 32, "0-99999999999999999999-" + "0" * 32]
)
async def test_made_up_place_begins_at_the_beginning(practice: Practice, nora: Visitor, mark: str) -> None:
    await shared_row(practice, "Mine")
    assert titles(await nora.get(f"{LIST}?after={mark}")) == ["Mine"]
    assert titles(await nora.get(f"{LIST}?before={mark}")) == ["Mine"]


async def test_place_behind_the_last_says_so(practice: Practice, nora: Visitor) -> None:
    await shared_row(practice, "Mine")
    page = await nora.get(f"{LIST}?after=0-0-{'0' * 32}")
    assert "There is nothing more here" in page.text
    page = await nora.get(f"{LIST}?before=1-{'9' * 17}-{'f' * 32}")
    assert "There is nothing more here" in page.text


async def test_title_is_text_whatever_is_in_it(practice: Practice, nora: Visitor) -> None:
    await shared_row(practice, LONGEST, language="es")
    page = await nora.get(LIST)
    assert "<b>Agreement" not in page.response.text
    assert "&lt;b&gt;Agreement&lt;/b&gt; about" in page.response.text
    assert 'lang="es"><bdi>&lt;b&gt;' in page.response.text


async def test_list_costs_the_same_however_long_it_is(
    practice: Practice, nora: Visitor, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    await shared_row(practice, signers=(practice.contact,))
    with count_statements() as short:
        await nora.get(LIST)
    for number in range(40):
        await shared_row(practice, days_ago=number, signers=(practice.contact,))
    with count_statements() as long:
        await nora.get(LIST)
    assert len(long) == len(short)


async def test_before_records_are_connected_there_is_a_way_to_connect_them(app: Starlette, practice: Practice) -> None:
    alone = Visitor(app)
    await walk_in(alone, practice)
    await shared_row(practice, "Mine")
    page = await alone.get(LIST)
    assert titles(page) == []
    assert "Connect my records" in page.text
