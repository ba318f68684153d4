"""The icon on a page of another origin, as docs/embedding.md tells an EHR's developer to put it there."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.an_ehr import House, button, ehr_beside_the_practice, opens, window_of_the_ehr
from tests.journeys.at_the_desk import is_sound, record_of

UPDATE = "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }"
CREATE = "mutation ($input: CreateContactInput!) { createContact(input: $input) { __typename } }"
UNLINK = "mutation ($input: UnlinkPortalAccountInput!) { unlinkPortalAccount(input: $input) { __typename } }"


@pytest.fixture(scope="module")
async def house(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with ehr_beside_the_practice(demo_at_rest, tmp_path_factory.mktemp("portal_status")) as house:
        yield house


@pytest.fixture
async def page(house: House, browser: Browser) -> AsyncIterator[Page]:
    async with window_of_the_ehr(house, browser) as page:
        yield page


async def test_following_the_documentation_shows_six_states_with_one_request(house: House, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if request.url.endswith("/graphql") else None)
    icons = await opens(page, house, "Nora Gray", "Ines Novak", "Ana Santos", "Leo Park", "Mia Park", "Abel Whitaker")
    said = ("No email address", "Invited", "Account found, not linked", "Linked", "Address conflict")
    for icon, words in zip(icons, said, strict=False):
        await expect(icon.locator(".text")).to_have_text(words)
    assert asked.count("POST") == 1
    assert (
        len({await icon.locator("svg").evaluate("svg => svg.innerHTML.replace(/cut\\d+/g, '')") for icon in icons}) >= 5
    )
    await is_sound(page)


async def test_the_gray_globe_is_clicked_the_address_checked_and_the_sheet_printed(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Omar Reyes")
    await expect(button(icon)).to_have_accessible_name("No account, Omar Reyes. Create the portal account")
    await button(icon).click()
    dialog = icon.locator("dialog")
    await expect(dialog.locator("h2")).to_be_focused()
    await expect(dialog.locator(".address")).to_have_text("omar.reyes@example.com")
    await expect(dialog.locator("option").first).to_have_text("Riverside")
    await is_sound(page)
    await dialog.get_by_role("button", name="Create the account and email Omar Reyes").click()
    await expect(dialog.locator("h2")).to_have_text("Omar Reyes is invited")
    await expect(dialog).to_contain_text("An email to omar.reyes@example.com is on its way.")
    await expect(page.locator("#said")).to_contain_text("INVITED")
    async with page.context.expect_page() as opened:
        await dialog.get_by_role("button", name="Print the instructions").click()
    await expect(dialog.locator("h2")).to_have_text("The sheet is open in another window")
    address = await dialog.get_by_role("link", name="Open the sheet").get_attribute("href")
    assert address is not None
    assert address.startswith(f"{house.chart.api_url}/files/")
    sheet = await page.context.request.get(address)
    assert (sheet.status, (await sheet.body())[:5]) == (200, b"%PDF-")
    assert await (await opened.value).evaluate("opener") is None
    await page.keyboard.press("Escape")
    await expect(button(icon)).to_be_focused()
    await expect(icon.locator(".text")).to_have_text("Invited")
    letter = await house.product.letter_to("omar.reyes@example.com")
    assert "Riverside" in str(letter["From"])


async def test_by_keyboard_alone_words_come_with_the_focus_and_go_with_escape(house: House, page: Page) -> None:
    conflict, nobody = await opens(page, house, "Mia Park", "Nora Gray")
    await page.keyboard.press("Tab")
    await expect(button(conflict)).to_be_focused()
    tip = conflict.locator(".tip")
    await expect(tip).to_be_visible()
    await expect(tip).to_contain_text("belongs to another record")
    await expect(button(conflict)).to_have_accessible_description(re.compile("belongs to another record.*transfer"))
    await page.keyboard.press("Escape")
    await expect(tip).to_be_hidden()
    await expect(button(conflict)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(tip).to_be_visible()
    await expect(conflict.locator(".spoken")).to_contain_text("Use another address")
    await page.keyboard.press("Tab")
    await expect(tip).to_be_hidden()
    await expect(nobody.locator(".tip")).to_contain_text("Add one to this contact.")
    await expect(page.locator("dialog")).to_have_count(0)


async def test_words_stay_while_the_pointer_is_on_them_and_come_by_a_long_touch(
    house: House, page: Page, browser: Browser
) -> None:
    [icon] = await opens(page, house, "Leo Park")
    await button(icon).hover()
    await expect(icon.locator(".tip")).to_be_visible()
    await icon.locator(".tip").hover()
    await page.wait_for_function("performance.now() > 0")
    await expect(icon.locator(".tip")).to_be_visible()
    await page.mouse.move(5, 600)
    await expect(icon.locator(".tip")).to_be_hidden()
    await button(icon).dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    await expect(icon.locator(".tip")).to_be_visible()


async def test_who_came_back_is_linked_by_one_click_and_the_sheet_offered(house: House, page: Page) -> None:
    await _unlinked(house, "Jolene Tsosie")
    [icon] = await opens(page, house, "Jolene Tsosie")
    await expect(button(icon)).to_have_accessible_name("Account found, not linked, Jolene Tsosie. Link the account")
    await button(icon).click()
    await expect(icon.locator("dialog h2")).to_have_text("Jolene Tsosie is linked")
    await expect(icon.locator("dialog .primary")).to_have_text("Print the instructions")
    assert (await record_of(house.product, house.chart.token, "Jolene Tsosie"))["portalStatus"]["state"] == "LINKED"
    await icon.get_by_role("button", name="Not now").click()
    await expect(icon.locator(".text")).to_have_text("Linked")


async def _unlinked(house: House, name: str) -> dict[str, Any]:
    """The record, whose account is linked to nobody any more."""
    record = await record_of(house.product, house.chart.token, name)
    unlink = {"contactId": record["id"], "reason": "The wrong record."}
    await house.product.graphql(UNLINK, house.chart.token, input=unlink)
    return record


async def test_spanish_words_and_the_icon_alone(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Farah Haddad")
    await page.evaluate(
        "() => addEventListener('portal-status-change', () => { window.heard = (window.heard ?? 0) + 1; })"
    )
    await icon.evaluate("icon => { icon.lang = 'es'; icon.setAttribute('display', 'icon'); }")
    await expect(button(icon)).to_have_accessible_name("Invitado, Farah Haddad. Imprimir las instrucciones")
    # What the server says is asked for anew, and nobody is told of a change where there was none.
    said = icon.locator(".tip p[lang=es]")
    await expect(said).to_have_text(re.compile("^Con invitación: el correo a farah"))
    assert await page.evaluate("window.heard ?? 0") == 0
    box = await button(icon).bounding_box()
    assert box is not None
    assert box["width"] < 60
    await button(icon).click()
    await expect(icon.locator("dialog h2")).to_have_text("¿Imprimir las instrucciones de Farah Haddad?")
    await expect(icon.get_by_role("button", name="Enviar el correo de nuevo")).to_be_visible()
    await is_sound(page)


async def test_the_gallery_is_sound_in_every_theme(house: House, browser: Browser) -> None:
    for settings in ({}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        context = await browser.new_context(viewport={"width": 400, "height": 900}, **settings)  # type: ignore[arg-type]
        gallery = await context.new_page()
        await gallery.goto(f"{house.chart.api_url}/elements/v1/gallery.html")
        await expect(gallery.locator("portal-status svg").first).to_be_visible()
        await is_sound(gallery)
        await gallery.click("#language")
        await expect(gallery.locator("portal-status").first).to_contain_text("Sin correo electrónico")
        await context.close()


async def test_where_several_accounts_fit_staff_choose_one(house: House, page: Page) -> None:
    both = []
    for name in ("Delphine Arsenault", "Rasheed Coleman"):
        record = await _unlinked(house, name)
        both += record["emails"]
        await house.product.graphql(UPDATE, house.chart.token, input={"contactId": record["id"], "emails": []})
    facts = {"givenName": "Two", "familyName": "Accounts", "emails": both}
    await house.product.graphql(CREATE, house.chart.token, input=facts)
    [icon] = await opens(page, house, "Two Accounts")
    await button(icon).click()
    await expect(icon.get_by_role("radio")).to_have_count(2)
    # What tells two accounts apart besides their addresses.
    for pick in await icon.locator("dialog .pick").all():
        await expect(pick).to_contain_text(re.compile(r"registered [A-Z][a-z]+ \d+, \d{4}; last sign-in: "))
    await is_sound(page)
    await icon.get_by_role("radio", name=both[1]).check()
    await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog h2")).to_have_text("Two Accounts is linked")
    await expect(icon.locator("dialog")).to_contain_text(f"The account {both[1]} belongs to this record now.")


async def test_an_address_on_another_record_is_said_before_yes_and_the_other_icon_changes_too(
    house: House, page: Page
) -> None:
    token, product = house.chart.token, house.product
    for name in ("First", "Second"):
        facts = {"givenName": name, "familyName": "Twin", "emails": ["twins@example.com"]}
        await product.graphql(CREATE, token, input=facts)
    first, second = await opens(page, house, "First Twin", "Second Twin")
    await button(first).click()
    await expect(first.locator("dialog .note")).to_contain_text("Another record bears this address too.")
    await first.locator("dialog .primary").click()
    await expect(first.locator("dialog h2")).to_have_text("First Twin is invited")
    await expect(second.locator(".text")).to_have_text("Address conflict")


async def test_an_invitation_is_sent_again_and_taken_back_beside_the_sheet(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Pilar Zamora")
    await button(icon).click()
    await icon.get_by_role("button", name="Send the email again").click()
    await expect(icon.locator("dialog h2")).to_have_text("The email is on its way again.")
    await icon.get_by_role("button", name="Close").click()
    await button(icon).click()
    await icon.get_by_role("button", name="Take the invitation back").click()
    await expect(icon.locator("dialog h2")).to_have_text("Take the invitation of Pilar Zamora back?")
    await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog h2")).to_have_text("The invitation is taken back.")
    await expect(icon.locator(".text")).to_have_text("No account")
