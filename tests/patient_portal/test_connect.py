"""Showing who one is: connecting with the PIN, and the question after staff linked the account."""

import re

import pytest
from starlette.applications import Starlette

from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import LinkedHow, PortalLink
from clinic.records.actions.contacts import ContactFacts
from tests.patient_portal.people import connect, linked_by_staff, staff_member, walk_in
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Practice, Visitor

MISS = "This does not match what we have on record."


async def test_pin_and_date_of_birth_connect_the_records(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    answer = await connect(visitor, practice)
    assert answer.goes_to == "/willow-creek/documents?connected=1"
    page = await visitor.get(answer.goes_to)
    assert "Your records are connected." in page.text
    assert "Nothing has been shared with you yet" in page.text
    assert (await visitor.get("/willow-creek/connect")).goes_to == "/willow-creek/documents"


async def test_every_miss_reads_the_same(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    pages = [
        await connect(visitor, practice, pin="22222222"),
        await connect(visitor, practice, date_of_birth="1956-12-04"),
    ]
    for page in pages:
        assert (page.status, MISS in page.text) == (422, True)
    assert await PortalLink.all().count() == 0


async def test_after_five_misses_there_is_a_pause(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    for _ in range(5):
        assert (await connect(visitor, practice, pin="22222222")).status == 422
    page = await connect(visitor, practice)
    assert (page.status, page.response.headers["retry-after"]) == (429, "3600")
    assert "Try again in 60 minutes." in page.text


async def test_missing_answers_are_asked_for_and_the_pin_is_kept(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    page = await connect(visitor, practice, pin="", date_of_birth="soon")
    assert page.status == 422
    assert "Enter the PIN from your printed instructions." in page.text
    assert "Enter the month by its name or as a number from 1 to 12." in page.text
    assert (await connect(visitor, practice, pin="K7MP-4TQX", date_of_birth="")).fields["pin"] == "K7MP-4TQX"


async def test_signed_out_people_sign_in_first(practice: Practice, visitor: Visitor) -> None:
    for room in ("connect", "confirm", "account", "account/password", "account/email", "account/record"):
        answer = await visitor.get(f"/willow-creek/{room}")
        assert answer.goes_to == f"/willow-creek/?next=%2Fwillow-creek%2F{room.replace('/', '%2F')}"


async def test_after_staff_linked_nothing_is_shown_before_the_answer(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await linked_by_staff(practice)
    page = await visitor.follow("/willow-creek/documents")
    assert page.response.url.path == "/willow-creek/confirm"
    page = await visitor.follow("/willow-creek/account/record")
    assert page.response.url.path == "/willow-creek/confirm"
    assert "Nora" not in page.response.text
    wrong = await visitor.send(page, date_of_birth="1956-12-04")
    assert (wrong.status, MISS in wrong.text) == (422, True)
    answer = await visitor.send(page, date_of_birth=BORN.isoformat())
    assert answer.goes_to == "/willow-creek/account/record"
    assert (await visitor.get("/willow-creek/documents")).status == 200
    assert (await visitor.get("/willow-creek/confirm")).goes_to == "/willow-creek/documents"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "This account belongs to another record now"),
        ("es", "Esta cuenta es ahora de otro expediente"),
    ],
)
async def test_after_a_transfer_the_former_holder_reads_what_happened_and_whom_to_call(
    practice: Practice, visitor: Visitor, language: str, said: str
) -> None:
    await walk_in(visitor, practice)
    await linked_by_staff(practice)
    page = await visitor.follow(f"/willow-creek/documents?lang={language}")
    assert said not in page.text
    await PortalLink.all().update(linked_how=LinkedHow.TRANSFER)

    page = await visitor.follow(f"/willow-creek/documents?lang={language}")

    assert page.response.url.path == "/willow-creek/confirm"
    assert said in page.text
    day = {
        "en": "On Monday, March 2, 2026, two people at Willow Creek",
        "es": "El lunes, 2 de marzo de 2026, dos personas",
    }
    assert day[language] in page.text
    assert 'href="tel:' in page.response.text.partition(said)[2].partition("</section>")[0]


async def test_record_without_date_of_birth_asks_for_the_pin(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice, "luz@example.com")
    luz = await practice.add_contact(ContactFacts("Luz", "Vega", emails=["luz@example.com"]))
    practice.contact = luz
    await linked_by_staff(practice)
    page = await visitor.follow("/willow-creek/documents")
    assert "pin" in page.fields
    answer = await visitor.send(page, pin=practice.pin(luz))
    assert answer.goes_to == "/willow-creek/documents"


async def test_connecting_asks_everybody_for_the_same_and_a_record_without_date_of_birth_takes_any(
    practice: Practice, visitor: Visitor
) -> None:
    await walk_in(visitor, practice, "luz@example.com")
    luz = await practice.add_contact(ContactFacts("Luz", "Vega", emails=["luz@example.com"]))
    missing = await connect(visitor, practice, pin=practice.pin(luz), date_of_birth="")
    assert (missing.status, "Enter your date of birth" in missing.text) == (422, True)
    answer = await connect(visitor, practice, pin=practice.pin(luz), date_of_birth="1991-07-30")
    assert answer.goes_to == "/willow-creek/documents?connected=1"


async def test_wrong_answers_pause_too(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await linked_by_staff(practice)
    page = await visitor.follow("/willow-creek/documents")
    for _ in range(5):
        await visitor.send(page, date_of_birth="1956-12-04")
    assert (await visitor.send(page, date_of_birth=BORN.isoformat())).status == 429


async def test_answer_never_leads_out_of_the_portal(practice: Practice, visitor: Visitor) -> None:
    await walk_in(visitor, practice)
    await linked_by_staff(practice)
    page = await visitor.get("/willow-creek/confirm?next=//evil.example/")
    answer = await visitor.send(page, date_of_birth=BORN.isoformat())
    assert answer.goes_to == "/willow-creek/documents"


async def test_unlinked_person_is_refused_at_the_next_request_and_sees_nothing_afterwards(
    practice: Practice, visitor: Visitor
) -> None:
    await walk_in(visitor, practice)
    await connect(visitor, practice)
    assert (await visitor.get("/willow-creek/documents")).status == 200
    await unlink_account(await staff_member(practice), practice.contact.id, "discharged", practice.services)
    refused = await visitor.get("/willow-creek/documents")
    assert refused.goes_to == "/willow-creek/?next=%2Fwillow-creek%2Fdocuments"
    await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    page = await visitor.get("/willow-creek/documents")
    assert "Your account is not connected to your records yet" in page.text
    assert "Fran Desk" not in (await visitor.get("/willow-creek/account/record")).response.text


BOXES = {"en": ["Month", "Day", "Year"], "es": ["Día", "Mes", "Año"]}
_BOX = re.compile(r'<label for="(date_of_birth-[a-z]+)">([^<]+)</label>\s*<input type="text" id="([^"]+)"')


@pytest.mark.parametrize("language", BOXES)
async def test_every_form_asks_for_a_date_in_three_labelled_boxes(
    practice: Practice, app: Starlette, language: str
) -> None:
    alone, linked = Visitor(app), Visitor(app)
    await walk_in(alone, practice, "ana@example.com")
    await walk_in(linked, practice)
    await linked_by_staff(practice)
    omar = await practice.add_contact(ContactFacts("Omar", "Reyes", date_of_birth=BORN, emails=["omar@example.com"]))
    link = await practice.invite(omar)
    for browser, path in ((Visitor(app), link), (alone, "/willow-creek/connect"), (linked, "/willow-creek/confirm")):
        page = await browser.get((await browser.follow(path)).response.url.path + f"?lang={language}")
        boxes = _BOX.findall(page.response.text)
        assert [label for _, label, _ in boxes] == BOXES[language], path
        assert all(named == box for named, _, box in boxes), path
