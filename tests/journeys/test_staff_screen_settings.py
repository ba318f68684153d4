"""Settings are seen before they are saved, on letter, sheet and portal; an invitation before it is sent."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from dev.demo.logos import harbor_logo
from tests.journeys.at_the_desk import ADMIN, Desk, demo_practice, desk_at, is_sound
from tests.journeys.conftest import Product
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import admins_desk as admins_desk

SAVED = "The settings are saved."


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("staff_screen_settings")
    async with demo_practice(demo_at_rest, folder, with_portal=True) as product:
        yield product


@pytest.fixture
async def desk(admins_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with admins_desk.lent(request.node) as desk:
        yield desk


async def in_settings(desk: Desk, heading: str = "Settings") -> None:
    await desk.goes_to("settings", heading)
    await expect(desk.page.locator(".drawn:not([aria-busy]) iframe")).to_be_visible()


async def test_logo_and_colour_are_previewed_saved_and_seen_on_letter_and_portal(
    demo: Product, desk: Desk, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(harbor_logo())
    page = desk.page
    await in_settings(desk)
    before = await page.locator(".portal-header img").get_attribute("src")
    await expect(page.locator("figcaption").first).to_contain_text("On Letter paper, as it is set.")
    await page.select_option("[name=paperSize]", "A4")
    await expect(page.locator("figcaption").last).to_contain_text("On A4 paper, as it is set.")
    await page.fill("[name=colour]", "#ffee00")
    await page.fill("[name=name]", "Willow & Creek")
    await page.set_input_files("[name='-logo']", logo)
    await expect(page.locator("main form").first).to_contain_text("The new logo is in the preview")
    header = page.locator(".drawn:not([aria-busy]) .portal-header")
    await expect(header).to_have_text("Willow & Creek")
    await expect(header).to_have_css("background-color", "rgb(255, 238, 0)")
    await expect(page.locator(".portal-header img")).not_to_have_attribute("src", before or "")
    await expect(page.locator(".tones")).to_contain_text("darkened")
    letter = page.frame_locator(".preview iframe")
    await expect(letter.locator("p").nth(1)).to_have_text("Willow & Creek")
    await expect(letter.locator(".page")).to_have_css("background-color", "rgb(255, 255, 255)")
    await page.click("text=On a dark screen")
    await expect(page.locator("button[aria-pressed=true]")).to_have_text("On a dark screen")
    await expect(letter.locator(".page")).to_have_css("background-color", "rgb(27, 35, 38)")
    for image in (page.locator(".portal-header img"), page.locator(".paper img").first, letter.locator("img")):
        await expect(image).to_have_js_property("complete", True)
        await expect(image).not_to_have_js_property("naturalWidth", 0)
    await desk.is_sound()

    # Leaving loses nothing.
    await desk.goes_to("staff", "Staff")
    await in_settings(desk)
    await expect(page.locator("[name=colour]")).to_have_value("#ffee00")
    await expect(page.locator("main [role=status]").first).to_have_text("These changes are not saved yet.")

    await page.fill("[name=website]", "nowhere")
    await page.get_by_role("button", name="Save the settings").click()
    await expect(page.locator(".field:has([name=website]) .error")).to_contain_text("full address")
    # The preview is pale while it is drawn anew. Here that ends with a refusal.
    await expect(page.locator(".preview [role=status]")).to_contain_text("the last settings that could be used")
    await expect(page.locator(".drawn:not([aria-busy])")).to_be_visible()
    await desk.is_sound()
    await page.fill("[name=website]", "")
    await page.fill("[name=allowedOrigins]", "https://ehr.example.org\nhttps://chart.example.org/patients")
    await page.get_by_role("button", name="Save the settings").click()
    origins = page.locator(".field:has([name=allowedOrigins])")
    await expect(origins.locator(".error")).to_contain_text("Line 2: Use up to 20 addresses")
    await page.fill("[name=allowedOrigins]", "https://ehr.example.org\nhttps://CHART.example.org/")
    await page.get_by_role("button", name="Save the settings").click()
    await expect(page.locator("#notices")).to_contain_text(SAVED)
    await expect(page.locator("#top .brand")).to_have_text("Willow & Creek")
    await expect(page.locator("[name=paperSize]")).to_have_value("A4")

    await page.goto(f"{demo.portal_url}/willow-creek/")
    await expect(page.locator("header")).to_contain_text("Willow & Creek")
    await expect(page.locator("header")).to_have_css("background-color", "rgb(255, 238, 0)")
    await is_sound(page)

    await desk.opens("#/settings")
    await in_settings(desk)
    kept = "https://ehr.example.org\nhttps://chart.example.org"
    await expect(page.locator("[name=allowedOrigins]")).to_have_value(kept)
    await page.get_by_role("button", name="Archive Hilltop").click()
    await expect(page.locator("#notices")).to_contain_text("Hilltop is archived")
    await page.locator("#notices").get_by_role("button", name="Undo").click()
    await expect(page.locator("#notices")).to_contain_text("Hilltop is offered again")


async def test_settings_and_an_invitation_in_spanish_on_a_narrow_screen_in_the_dark(
    demo: Product, browser: Browser
) -> None:
    async with desk_at(browser, demo.api_url, 320, locale="es-MX", color_scheme="dark") as desk:
        page = desk.page
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", ADMIN)
        await page.fill("[name=password]", "willow creek demo 2026")
        await page.click("main form button[type=submit]")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Agenda")
        await in_settings(desk, "Ajustes")
        await expect(page.frame_locator(".preview iframe").locator("html")).to_have_attribute("lang", "es")
        await desk.is_sound()
        await desk.goes_to("erasable", "Documentos firmados para borrar")
        await expect(page.locator("main")).to_contain_text("documento")
        await desk.is_sound()
        await in_settings(desk, "Ajustes")
        await page.get_by_role("button", name="Agregar una sede").click()
        await page.fill("dialog [name=name]", "Tokio")
        await page.fill("dialog [name=timeZone]", "Tokio")
        await page.get_by_role("button", name="Agregar esta sede").click()
        await expect(page.locator("dialog .field:has([name=timeZone]) .error")).to_contain_text(
            "zona horaria de la lista"
        )
        await desk.is_sound()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await _an_invitation_is_looked_at_in_spanish(desk)


async def _an_invitation_is_looked_at_in_spanish(desk: Desk) -> None:
    page = desk.page
    await desk.finds("Omar Reyes")
    await page.get_by_role("button", name="Ver el correo antes").click()
    box = page.get_by_role("dialog", name="El correo para Omar Reyes")
    await expect(box.locator(".drawn:not([aria-busy])")).to_contain_text("Para omar")
    await expect(page.frame_locator("dialog iframe").locator(".page")).to_contain_text("Omar")
    await desk.is_sound()


def _signed_in_2010(product: Product) -> str:
    """The title of the first document that somebody was to sign. It is as if they had, and another signer declined."""
    database = product.environment["VESTIBULE_DATABASE_URL"].removeprefix("sqlite://")
    then = "2010-03-02 12:00:00+00:00"
    with closing(sqlite3.connect(database)) as connection, connection:
        [[document, title]] = connection.execute(
            "SELECT d.id, d.title FROM document d JOIN signature s ON s.document_id = d.id "
            "JOIN contact c ON c.id = d.contact_id "
            "WHERE s.signed_at IS NULL AND c.date_of_birth < '1991-01-01' ORDER BY d.created_at, d.id LIMIT 1"
        )
        connection.execute("UPDATE signature SET signed_at = ? WHERE document_id = ?", (then, document))
        connection.execute(
            "UPDATE document SET signature_state = 'DECLINED', last_signed_at = ? WHERE id = ?", (then, document)
        )
    return str(title)


async def test_signed_document_is_erased_after_the_rule_is_set(demo: Product, desk: Desk) -> None:
    title = _signed_in_2010(demo)
    page = desk.page
    await desk.goes_to("erasable", "Signed documents to erase")
    await expect(page.locator("main")).to_contain_text("Signed documents are kept for ever.")
    await desk.is_sound()
    await in_settings(desk)
    await page.fill("[name=signedRetentionYears]", "101")
    await page.get_by_role("button", name="Save the settings").click()
    years = page.locator(".field:has([name=signedRetentionYears])")
    await expect(years.locator(".error")).not_to_be_empty()
    await page.fill("[name=signedRetentionYears]", "10")
    await page.get_by_role("button", name="Save the settings").click()
    await expect(page.locator("#notices")).to_contain_text(SAVED)
    await expect(page.locator("[name=signedRetentionYears]")).to_have_value("10")

    await page.get_by_role("link", name="Signed documents that may be erased").click()
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("Signed documents to erase")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await desk.is_sound()
    await page.get_by_role("button", name=f"Erase {title} of").click()
    box = page.get_by_role("dialog", name=f"Erase “{title}” of")
    await expect(box.locator("[name=reason]")).to_be_focused()
    await desk.is_sound()
    await box.get_by_role("button", name="Erase for good").click()
    await expect(box.locator(".error").first).not_to_be_empty()
    await box.locator("[name=reason]").fill("Its time is over.")
    await box.get_by_role("button", name="Erase for good").click()
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.locator("#notices")).to_contain_text("The document is erased.")
    await expect(page.locator("main")).to_contain_text("No signed document may be erased yet.")


async def test_invitation_is_looked_at_before_it_is_sent(desk: Desk) -> None:
    page = desk.page
    await desk.finds("Omar Reyes")
    await page.get_by_role("button", name="Preview the email").click()
    box = page.get_by_role("dialog", name="The email for Omar Reyes")
    letter = page.frame_locator("dialog iframe")
    await expect(box).to_contain_text("To omar")
    await expect(letter.locator(".page")).to_contain_text("Omar")
    await expect(letter.locator(".page")).to_have_css("background-color", "rgb(255, 255, 255)")
    await desk.is_sound()
    await box.get_by_role("button", name="On a dark screen").click()
    await expect(letter.locator(".page")).to_have_css("background-color", "rgb(27, 35, 38)")
    await box.get_by_label("Sender shown in the email").select_option("DISCREET")
    await expect(box.locator(".drawn:not([aria-busy])")).to_contain_text("From WCC Office")
    await expect(letter.locator(".page")).not_to_contain_text("Omar")
    await desk.is_sound()
    await box.get_by_role("button", name="Send a sample to me").click()
    await expect(box).to_contain_text("A sample is on its way to admin@")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Preview the email")).to_be_focused()
