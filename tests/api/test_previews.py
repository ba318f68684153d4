"""Settings can be looked at before they are saved: the letter, the sheet and the colours. Nothing is sent or kept."""

from datetime import timedelta
from typing import Any

import pypdfium2
import pytest

from api.server.relay import encode_id
from clinic.mail.models import Letter
from clinic.organizations.facilities import create_facility
from clinic.sessions.actions import end_session
from clinic.values.callers import Permission, StaffCaller
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes

LETTER = (
    "query Q($input: LetterPreviewInput!) { letterPreview(input: $input) { sender subject text html url darkUrl } }"
)
SHEET = "query Q($input: SheetPreviewInput!) { sheetPreview(input: $input) { imageUrl pdfUrl } }"
BRAND = """query Q($input: SheetPreviewInput!) { brandPreview(input: $input) {
  header { fill text contrast } onLight { fill contrast } onPaper contrastOnWhite } }"""
UNSAVED = {"name": "Unsaved & Sons", "phone": "+1 208 555 0199", "colour": "#ffee00", "address": "9 New Street\nBoise"}


@pytest.fixture
async def manager(practice: Practice, stranger: Client) -> tuple[StaffCaller, Client]:
    caller, session = await practice.signed_in(Permission.MANAGE_ORGANIZATION, reads_contacts=False)
    return caller, stranger.holding(session.access_token)


async def ask(client: Client, query: str, **given: Any) -> Any:
    [answer] = (await client.run(query, input={"settings": UNSAVED, **given})).values()
    return answer


async def opened(client: Client, address: str) -> Any:
    return await client.http.get(address.removeprefix("https://api.vestibule.example"))


async def test_letter_is_the_real_one_with_the_unsaved_settings(
    manager: tuple[StaffCaller, Client], practice: Practice
) -> None:
    client = manager[1]
    async with nothing_changes():
        letter = await ask(client, LETTER)
        page = await opened(client, letter["url"])
    assert letter["sender"] == "Unsaved & Sons"
    assert "+1 208 555 0199" in letter["text"]
    assert "9 New Street" in letter["text"]
    assert "Willow Creek" not in letter["text"]
    assert "Unsaved &amp; Sons" in letter["html"]
    shown = letter["html"].replace("@media (prefers-color-scheme: dark)", "@media not all")
    assert (page.status_code, page.text.replace("\r", "")) == (200, shown)
    assert "script-src" not in page.headers["content-security-policy"]
    assert "frame-ancestors 'self'; sandbox" in page.headers["content-security-policy"]
    assert not await Letter.exists()


async def test_letter_is_shown_on_dark_ground_whatever_the_screen(manager: tuple[StaffCaller, Client]) -> None:
    letter = await ask(manager[1], LETTER)
    light, dark = [(await opened(manager[1], letter[name])).text for name in ("url", "darkUrl")]
    assert "@media all {" in dark
    assert "@media not all {" in light
    assert "prefers-color-scheme" not in dark + light


async def test_letter_follows_language_sender_and_facility(
    manager: tuple[StaffCaller, Client], practice: Practice
) -> None:
    place = await create_facility(practice.system, "Lakeside", practice.services, phone="+1 208 555 0166")
    of_place = await ask(manager[1], LETTER, language="es", facilityId=encode_id("Facility", place.id))
    assert of_place["sender"] == "Lakeside"
    assert "0166" in of_place["text"]
    assert "0199" not in of_place["text"]
    assert 'lang="es"' in of_place["html"]
    discreet = await ask(manager[1], LETTER, sender="DISCREET")
    assert (discreet["sender"], "Unsaved" in discreet["html"]) == ("Your care portal", False)


async def test_sheet_is_a_picture_and_a_pdf(manager: tuple[StaffCaller, Client]) -> None:
    sheet = await ask(manager[1], SHEET, language="es")
    image = await opened(manager[1], sheet["imageUrl"])
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    pdf = await opened(manager[1], sheet["pdfUrl"])
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


async def test_sheet_is_on_the_unsaved_paper_or_on_the_one_asked_for(manager: tuple[StaffCaller, Client]) -> None:
    for given, width in (
        ({}, 612),
        ({"settings": {"paperSize": "A4"}}, 595),
        ({"settings": {"paperSize": "A4"}, "paper": "LETTER"}, 612),
        ({"paper": "A4"}, 595),
    ):
        sheet = await ask(manager[1], SHEET, **given)
        pdf = await opened(manager[1], sheet["pdfUrl"])
        assert round(pypdfium2.PdfDocument(pdf.content)[0].get_width()) == width


async def test_colour_is_shown_as_chosen_and_as_used(manager: tuple[StaffCaller, Client]) -> None:
    brand = await ask(manager[1], BRAND)
    assert brand["header"] == {"fill": "#ffee00", "text": "#000000", "contrast": 17.48}
    assert brand["contrastOnWhite"] < 4.5 <= brand["onLight"]["contrast"]
    assert brand["onLight"]["fill"] != "#ffee00"


async def test_address_ends_with_time_session_and_permission(
    manager: tuple[StaffCaller, Client], practice: Practice, clock: FixedClock
) -> None:
    caller, client = manager
    address = (await ask(client, LETTER))["url"]
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert (await opened(client, address)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await opened(client, address)).status_code == 404
    fresh = (await ask(client, LETTER))["url"]
    await end_session(caller, practice.services)
    assert (await opened(client, fresh)).status_code == 404
    pin = practice.services.secrets.encrypt("K7MP4TQX")
    for made_up in ("x", f"{fresh[-60:]}", pin):
        assert (await client.http.get(f"/previews/{made_up}")).status_code == 404


async def test_what_can_not_be_saved_can_not_be_previewed(manager: tuple[StaffCaller, Client]) -> None:
    answer = await manager[1].post(LETTER, {"input": {"settings": {"colour": "red", "name": ""}}})
    [error] = answer.json()["errors"]
    assert [field["path"] for field in error["extensions"]["fields"]] == ["name", "colour"]
    for given in ({"language": "fr"}, {"facilityId": "made up"}):
        answer = await manager[1].post(LETTER, {"input": given})
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_longest_settings_still_have_an_address(manager: tuple[StaffCaller, Client]) -> None:
    wide = "\N{GRINNING FACE}"
    settings = {
        "name": wide * 200,
        "discreetName": wide * 200,
        "address": "\n".join([wide * 200] * 4),
        "phone": wide * 40,
        "website": "https://" + wide * 290,
    }
    letter = await ask(manager[1], LETTER, settings=settings)
    assert len(letter["url"]) < 24_000
    assert (await opened(manager[1], letter["url"])).status_code == 200
