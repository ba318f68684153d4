"""A morning at the front desk, from sign-in to the printed sheet: by mouse, and by keyboard alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pypdfium2
import pytest
from playwright.async_api import Browser, Page, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import front_desk as front_desk
from tests.journeys.two_people import (
    a_merge_is_asked_for,
    a_transfer_is_asked_for,
    the_transfer_is_approved,
    two_accounts_are_no_merge,
)
from tests.journeys.wrong_lines import the_wrong_line_is_marked, types_an_id
from tests.looks import Look


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_morning")) as product:
        yield product


@pytest.fixture
async def desk(front_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with front_desk.lent(request.node) as desk:
        yield desk


@asynccontextmanager
async def _the_sheet(desk: Desk) -> AsyncIterator[None]:
    """What happens in this block opens an instruction sheet in another window."""
    async with desk.page.context.expect_event("request", lambda request: "/files/" in request.url) as opened:
        yield
    answer = await desk.page.context.request.get((await opened.value).url)
    assert (answer.status, (await answer.body())[:5]) == (200, b"%PDF-")


async def test_by_mouse(demo: Product, desk: Desk) -> None:
    page = desk.page
    await desk.goes_to("calendar", "Calendar")
    await page.get_by_role("button", name="Appointment of Omar Reyes").click()
    panel = page.locator("#appointment")
    icon = panel.locator("portal-status")
    await icon.locator(".icon").click()
    await expect(icon.locator("dialog .address")).to_have_text("omar.reyes@example.com")
    await desk.is_sound()
    await icon.get_by_role("button", name="Create the account and email Omar Reyes").click()
    await expect(icon.locator("dialog h2")).to_have_text("Omar Reyes is invited")
    await desk.is_sound()
    async with _the_sheet(desk):
        await icon.locator("dialog .primary").click()
    await icon.get_by_role("button", name="Close").click()
    await expect(panel.locator(".summary")).to_contain_text("Invited")
    # The row behind the window tells the same, without a reload.
    await expect(page.locator("tr.chosen portal-status .text")).to_have_text("Invited")
    letter = await demo.letter_to("omar.reyes@example.com")
    assert "Riverside" in str(letter["From"])
    assert (await record_of(demo, await token_of(demo), "Omar Reyes"))["portalLinks"]["totalCount"] == 1


async def test_by_keyboard_alone_until_single_keys_are_turned_off(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page, keys = desk.page, desk.page.keyboard
        await desk.signs_in_by_keyboard()
        beatriz = page.locator("button.row", has_text="Beatriz Ocampo")
        await expect(beatriz).to_be_visible()
        await desk.tabs_to("button.row")
        while not await beatriz.evaluate("row => row === document.activeElement"):
            await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(page.locator("#appointment h2")).to_be_focused()
        await keys.press("i")
        dialog = page.locator("#appointment portal-status dialog")
        await expect(dialog.locator("h2")).to_be_focused()
        # The screen's own keys are silent while the icon asks.
        await keys.press("2")
        await expect(dialog.locator(".address")).to_have_text("beatriz.ocampo@example.com")
        await keys.press("Tab")
        await keys.press("Tab")
        await expect(dialog.locator(".primary")).to_be_focused()
        await keys.press("Enter")
        await expect(dialog.locator("h2")).to_have_text("Beatriz Ocampo is invited")
        await keys.press("Tab")
        async with _the_sheet(desk):
            await keys.press("Enter")
        await expect(dialog.locator("h2")).to_have_text("The sheet is open in another window")
        await page.bring_to_front()
        await keys.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(page.locator("#appointment")).to_be_visible()
        await keys.press("Escape")
        await expect(page.locator("#appointment")).to_be_hidden()
        await expect(page.locator("tr", has=beatriz)).to_contain_text("Invited")  # the list is drawn anew until then
        await expect(page.locator("button.row:focus")).to_have_text("Beatriz Ocampo")
        await keys.press("Enter")
        await expect(page.locator("#appointment h2")).to_be_focused()
        await keys.press("o")
        await expect(page.locator("h1")).to_have_text("Beatriz Ocampo")
        await keys.press("p")
        record = await record_of(demo, await token_of(demo), "Beatriz Ocampo")
        await expect(page.locator("output.pin")).to_have_text(record["portalPin"])
        await keys.press("3")
        await expect(page.locator("h1")).to_contain_text("Worklist")
        await keys.press("1")
        await expect(page.locator("h1")).to_contain_text("Calendar")
        await _single_keys_are_listed_and_can_be_turned_off(desk)


async def _single_keys_are_listed_and_can_be_turned_off(desk: Desk) -> None:
    page = desk.page
    await expect(page.locator("#top")).to_contain_text("Frances Desk")
    await page.keyboard.press("?")
    await expect(page.locator("dialog h2")).to_have_text("Keys")
    await expect(page.locator("dialog dl")).to_contain_text("Contacts")
    await expect(page.locator("dialog dl").get_by_text("Today", exact=True)).to_be_visible()
    await desk.is_sound()
    await page.get_by_role("checkbox", name="Single keys are on").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog:modal")).to_have_count(0)
    await page.keyboard.press("2")
    await page.keyboard.press("Control+k")
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator("h1")).to_contain_text("Calendar")


async def _enters(desk: Desk, name: str, day: str, at: str) -> None:
    """Add an appointment on the calendar's page."""
    page = desk.page
    await page.keyboard.press("a")
    await page.fill("dialog [name='-who']", name)
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name=name).check()
    await page.fill("dialog [name=startsAt]", day)
    await page.fill("dialog [name=time]", at)
    await page.select_option("dialog [name=facilityId]", label="Hilltop")
    await page.click("dialog form:not([role=search]) button[type=submit]")


async def test_a_day_is_planned_moved_cancelled_undone_and_printed(demo: Product, browser: Browser, desk: Desk) -> None:
    day = "calendar?day=2030-03-10"  # the clocks skip from two to three in the morning
    async with desk_at(browser, demo.api_url) as other:
        page = desk.page
        await other.signs_in()
        for window in (desk, other):
            await window.goes_to(day, "March 10, 2030")
        await page.keyboard.press("a")
        await expect(page.locator("dialog:modal")).to_be_visible()
        await desk.is_sound()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog:modal")).to_have_count(0)
        await _enters(desk, "Omar Reyes", "2030-03-10", "02:30")
        error = page.locator("dialog .field:has([aria-invalid]) .error")
        await expect(error).to_contain_text("There is no 02:30 on Sunday, March 10, 2030")
        await expect(page.locator("dialog [name=time]")).to_be_focused()
        await page.fill("dialog [name=time]", "10:00")
        await page.fill("dialog [name=startsAt]", "1930-03-10")
        await page.click("dialog form:not([role=search]) button[type=submit]")
        await expect(error).to_have_text("Check the year: 1930 is too long ago for an appointment.")
        await expect(page.locator("dialog [name=startsAt]")).to_be_focused()
        await page.fill("dialog [name=startsAt]", "2030-03-10")
        await page.click("dialog form:not([role=search]) button[type=submit]")
        await expect(page.locator("#notices")).to_contain_text("Entered: Sunday, March 10, 2030, 10:00 AM.")
        row = "tr:has(.row)"
        # The other window hears of it, though nobody was in its calendar.
        for window in (desk, other):
            await expect(window.page.locator(row)).to_contain_text("10:00 AM – 10:50 AM")
            await window.page.get_by_role("button", name="Appointment of Omar Reyes").click()

        for window in (desk, other):
            await expect(window.page.locator("#appointment h2")).to_be_focused()
        await other.page.keyboard.press("m")
        await expect(other.page.locator("dialog:modal")).to_be_visible()
        await page.keyboard.press("m")
        await page.fill("dialog:modal [name=time]", "14:00")
        await page.select_option("dialog:modal [name=staffMemberId]", index=1)
        chosen = await page.locator("dialog:modal [name=staffMemberId] option:checked").text_content()
        await page.click("dialog:modal button[type=submit]")
        await expect(page.locator(row)).to_contain_text("2:00 PM – 2:50 PM")
        await expect(page.locator(f"{row} td.with")).to_have_text(str(chosen))

        # Two windows clash: what was typed stays until the person has chosen.
        await other.page.fill("dialog:modal [name=endsAt]", "30")
        await other.page.click("dialog:modal button[type=submit]")
        clash = other.page.get_by_role("dialog", name="This was changed meanwhile")
        await expect(clash).to_contain_text("Start: Mar 10, 2030, 2:00 PM")
        await expect(clash).to_contain_text(f"Staff member: {chosen}")
        await other.is_sound()
        await clash.get_by_role("button", name="Back to what I typed").click()
        await expect(other.page.locator("dialog:modal [name=endsAt]")).to_have_value("30")
        await other.page.click("dialog:modal button[type=submit]")
        await clash.get_by_role("button", name="Leave it as it is now").click()
        await expect(other.page.locator(row)).to_contain_text("2:00 PM – 2:50 PM")

        pages = pypdfium2.PdfDocument(await page.pdf())
        printed = "\n".join(sheet.get_textpage().get_text_range() for sheet in pages)
        for shown in ("Omar Reyes", str(chosen), "Hilltop", "March 10, 2030"):
            assert shown in printed
        assert "Add an appointment" not in printed

        await page.get_by_role("button", name="Appointment of Omar Reyes").click()
        await expect(page.locator("#appointment h2")).to_be_focused()
        await page.keyboard.press("x")
        await expect(page.locator("#notices")).to_contain_text("Canceled.")
        for window in (desk, other):
            await expect(window.page.locator("main")).to_contain_text("There are no appointments on this day.")
        await page.get_by_role("button", name="Undo").click()
        for window in (desk, other):
            await expect(window.page.locator(row)).to_contain_text("Omar Reyes")


async def test_a_clash_over_a_record_keeps_what_was_typed_in_spanish_too(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, locale="es-US", width=320) as desk:
        page = desk.page
        # As a phone writes it, with capitals.
        await page.fill("[name=organization]", "Willow-Creek")
        await page.fill("[name=email]", FRONT_DESK)
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form button[type=submit]")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Agenda")
        token = await token_of(demo)
        record = await record_of(demo, token, "Ines Novak")
        await desk.goes_to(f"contact/{record['id']}", "Ines Novak")
        await page.get_by_role("button", name="Archivar este expediente").click()
        refused = page.locator("main [role=alert]")
        await expect(refused).to_contain_text("Desvincule la cuenta o retire la invitación")
        # The record is drawn anew when somebody changes it, and what was said stays.
        await demo.graphql(
            "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }",
            token,
            input={"contactId": record["id"], "phones": ["(208) 555-0111"]},
        )
        await expect(page.locator("main")).to_contain_text("(208) 555-0111")
        await expect(refused).to_contain_text("Desvincule la cuenta o retire la invitación")
        await page.get_by_role("button", name="Cambiar los teléfonos").click()
        await page.fill("dialog [name=phones-0]", "call mother")
        await page.click("dialog button[type=submit]")
        await expect(page.locator("dialog [name=phones-0][aria-invalid]")).to_be_focused()
        await expect(page.locator("dialog .error").first).to_contain_text("Escriba un teléfono como +1 208 555 0134")
        await page.fill("dialog [name=phones-0]", "(208) 555-0199")
        await demo.graphql(
            "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }",
            token,
            input={"contactId": record["id"], "language": "es"},
        )
        await page.click("dialog button[type=submit]")
        clash = page.get_by_role("dialog", name="Esto cambió mientras tanto")
        await expect(clash).to_contain_text("Idioma de los correos: Español")
        await desk.is_sound()
        await clash.get_by_role("button", name="Guardar lo mío de todos modos").click()
        await expect(page.locator("main")).to_contain_text("(208) 555-0199")
        await expect(page.locator("main")).to_contain_text("Español")
        await desk.is_sound()


async def _adds_una(page: Page) -> None:
    await page.click("text=Add a contact")
    await page.fill("dialog [name=givenName]", "Una")
    await page.fill("dialog [name=familyName]", "Quill")
    await page.fill("dialog [name=dateOfBirth]", "1990-01-02")
    await page.fill("dialog [name=emails]", "una.quill@example.com")
    await page.click("dialog button[type=submit]")


async def test_a_person_on_record_is_shown_before_they_are_added_again(desk: Desk) -> None:
    page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
    warning = page.locator("dialog [role=alert]")
    await desk.goes_to("contacts", "Contacts")
    await _adds_una(page)
    await expect(heading).to_have_text("Una Quill")
    first = page.url

    await desk.goes_to("contacts", "Contacts")
    await _adds_una(page)
    await expect(warning).to_be_focused()
    await expect(warning).to_contain_text("Is this person on record already?")
    await expect(warning.locator("li")).to_contain_text("same name and date of birth · same email address")
    for look in (Look(320, 900), Look(390, 900, color_scheme="dark"), Look(1280, 900)):
        await look.put_on(page)
        await desk.is_sound()
    await warning.get_by_role("link", name="Open the record of Una Quill").click()
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(heading).to_have_text("Una Quill")
    assert page.url == first

    await desk.goes_to("contacts", "Contacts")
    await _adds_una(page)
    await expect(warning).to_be_focused()
    await warning.get_by_role("button", name="Add this person anyway").click()
    await expect(heading).to_have_text("Una Quill")
    assert page.url != first


CREATE = "mutation ($input: CreateContactInput!) { createContact(input: $input) { __typename } }"


async def test_what_takes_two_people_is_asked_for_and_decided_by_another(
    demo: Product, browser: Browser, desk: Desk
) -> None:
    token = await token_of(demo)
    people = {"Kim Oak": "kim@example.com", "Kimberly Oak": "kim.oak@example.com", "Lee Parker": "leo.park@example.com"}
    for name, email in people.items():
        given, family = name.split()
        await demo.graphql(CREATE, token, input={"givenName": given, "familyName": family, "emails": [email]})
    await a_merge_is_asked_for(desk)
    await two_accounts_are_no_merge(desk)
    await a_transfer_is_asked_for(desk)
    async with desk_at(browser, demo.api_url, locale="es") as colleague:
        await colleague.page.fill("[name=organization]", "willow-creek")
        await colleague.page.fill("[name=email]", ADMIN)
        await colleague.page.fill("[name=password]", PASSWORD)
        await colleague.page.click("main form button[type=submit]")
        await expect(colleague.page.locator("main:not([aria-busy]) h1")).to_contain_text("Agenda")
        page, heading = colleague.page, colleague.page.locator("main:not([aria-busy]) h1")
        await colleague.goes_to("transfers", "Transferencias")
        await colleague.is_sound()
        card = page.locator("section.card", has_text="Kim Oak")
        await expect(card).to_contain_text("She showed the same card twice.")
        await card.get_by_role("button", name="Unir los dos expedientes").click()
        await expect(page.locator("dialog h2")).to_be_focused()
        await colleague.is_sound()
        await page.locator("dialog").get_by_role("button", name="Unir los dos expedientes").click()
        await expect(heading).to_have_text("Kim Oak")
        await expect(page.locator("#notices")).to_contain_text("Los dos expedientes son uno.")
        addresses = page.locator("section.card", has_text="kim.oak@example.com")
        await expect(addresses).to_contain_text("kim@example.com")
        await the_transfer_is_approved(colleague)
    record = await record_of(demo, token, "Kim Oak")
    assert record["emails"] == ["kim@example.com", "kim.oak@example.com"]


CALL = "mutation ($input: SetExternalIdsInput!) { setExternalIds(input: $input) { __typename } }"


async def test_a_chart_opens_the_record_by_its_own_number(demo: Product, desk: Desk) -> None:
    token = await token_of(demo)
    record = await record_of(demo, token, "Nora Gray")
    number = {"system": "https://ehr.example/patients", "value": "0042 & more"}
    page = desk.page
    await desk.finds("Nora Gray")
    await the_wrong_line_is_marked(page)
    box = await types_an_id(page)
    # A sync has named the record meanwhile, and its number is not lost.
    of_sync = {"system": "urn:sync", "value": "7"}
    await demo.graphql(CALL, token, input={"recordId": record["id"], "externalIds": [of_sync]})
    await box.locator("button[type=submit]").click()
    await expect(box.get_by_role("alert")).to_contain_text("changed these meanwhile")
    await box.get_by_role("button", name="Cancel").click()
    ids = page.locator("main .ids li")
    await expect(ids).to_have_text(["7 urn:sync"])
    box = await types_an_id(page)
    await box.locator("button[type=submit]").click()
    await expect(ids).to_have_text(["0042 & more https://ehr.example/patients", "7 urn:sync"])
    await page.get_by_role("button", name="External ids of Nora Gray").click()
    await box.get_by_role("button", name="Remove").last.click()
    await desk.is_sound()
    await box.locator("button[type=submit]").click()
    await expect(ids).to_have_text(["0042 & more https://ehr.example/patients"])
    await page.evaluate("called => { location.hash = '#/contact?' + new URLSearchParams(called); }", number)
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("Nora Gray")
    await page.evaluate(
        "called => { location.hash = '#/contact?' + new URLSearchParams(called); }", {**number, "value": "42"}
    )
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("There is no such contact")
    await expect(page.locator("main a[href='#/contacts']")).to_be_visible()
