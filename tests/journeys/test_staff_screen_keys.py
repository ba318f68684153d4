"""The head of the staff screen, and its single keys, which can be turned off and are silent while somebody types."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.at_the_desk import ADMIN, demo_practice, desk_at
from tests.journeys.conftest import Product


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_keys")) as product:
        yield product


# Nothing of the head stands on a second line: each of its parts is 44 pixels high.
_ONE_LINE = "() => document.querySelector('#top').offsetHeight < 88"
_ROOMS_IN_SPANISH = [
    *("Agenda", "Contactos", "Pendientes", "Transferencias"),
    *("Personal", "Ajustes", "Programas", "Webhooks"),
]
# Whether each word of these places stands on one line.
_NO_WORD_IS_BROKEN = """places => [...document.querySelectorAll(places)].every(place => {
  const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    for (const word of text.data.matchAll(/[^\\s-]+/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (range.getClientRects().length > 1) return false;
    }
  return true;
})"""


async def test_every_room_fits_one_line_and_the_rare_ones_are_in_a_menu(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page, keys, heading = desk.page, desk.page.keyboard, desk.page.locator("main:not([aria-busy]) h1")
        await desk.signs_in(ADMIN)
        await page.wait_for_function(_ONE_LINE)
        more = page.get_by_role("navigation", name="Rooms").get_by_role("button", name="More")
        staff, settings = (page.locator("#top .menu").get_by_role("link", name=name) for name in ("Staff", "Settings"))
        await more.focus()
        await keys.press("Enter")
        await expect(staff).to_be_visible()
        await desk.is_sound()
        await keys.press("Tab")
        await expect(staff).to_be_focused()
        await keys.press("Escape")
        await expect(more).to_be_focused()
        await expect(more).to_have_attribute("aria-expanded", "false")
        await expect(staff).to_be_hidden()
        await keys.press("Enter")
        await settings.click()
        await expect(heading).to_have_text("Settings of the practice")
        await expect(settings).to_be_hidden()
        await expect(page.locator("#top [aria-current]")).to_have_attribute("href", "#/settings")

        # The keys of its rooms act while the menu is closed, too.
        await page.locator("h1").focus()
        await keys.press("5")
        await expect(heading).to_have_text("Staff")
        await page.get_by_role("button", name="Español").click()
        await expect(page.get_by_role("button", name="English")).to_be_visible()
        await page.wait_for_function(_ONE_LINE)

        # On a phone the head is two lines: rooms and person are behind a button each, and the keys act all the same.
        await page.set_viewport_size({"width": 320, "height": 700})
        await page.wait_for_function("() => document.querySelector('#top').offsetHeight < 112")
        await expect(page.get_by_role("link", name="Agenda")).to_be_hidden()
        await page.get_by_role("button", name="Menú").click()
        await expect(page.locator("#top nav").get_by_role("link")).to_have_text(_ROOMS_IN_SPANISH, use_inner_text=True)
        await desk.is_sound()
        await keys.press("Escape")
        await page.get_by_role("button", name="Adrian Minh", exact=True).click()
        await expect(page.get_by_role("button", name="Cerrar sesión")).to_be_visible()
        await desk.is_sound()
        await page.get_by_role("link", name="Mi cuenta").click()
        await expect(heading).to_have_text("Mi cuenta")
        await expect(page.get_by_role("link", name="Mi cuenta")).to_be_hidden()
        await page.locator("h1").focus()
        await keys.press("2")
        await expect(heading).to_have_text("Contactos")


async def test_no_name_is_broken_inside_a_word_beside_an_appointments_window(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in()
        await desk.page.locator("button.row", has_text="Ana Santos").first.click()
        await expect(desk.page.locator("#appointment .summary")).to_be_visible()
        for width in (1280, 1000):
            await desk.page.set_viewport_size({"width": width, "height": 900})
            await desk.page.wait_for_function(_NO_WORD_IS_BROKEN, arg=".day td:not(.portal)")
            await desk.is_sound()


async def test_turned_off_no_single_key_does_anything_and_that_is_remembered(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in()
        # Who has few rooms needs no menu for them.
        await expect(desk.page.locator("#top .menu")).to_have_count(0)
        page, heading, dialog = (
            desk.page,
            desk.page.locator("main:not([aria-busy]) h1"),
            desk.page.locator("dialog:modal"),
        )
        await page.locator("#search").press_sequentially("2?")
        await expect(heading).to_contain_text("Calendar")
        await expect(dialog).to_have_count(0)
        await page.locator("h1").focus()
        await page.keyboard.press("2")
        await expect(heading).to_have_text("Contacts")

        await page.keyboard.press("?")
        await dialog.get_by_role("checkbox").uncheck()
        await dialog.get_by_role("button", name="Close").click()
        for _ in range(2):
            await page.locator("h1").focus()
            await page.keyboard.press("?")
            await page.keyboard.press("1")
            await expect(dialog).to_have_count(0)
            await expect(heading).to_have_text("Contacts")
            await page.reload()
            await expect(heading).to_have_text("Contacts")

        # The way back is a button, by mouse or by Tab.
        await page.locator("#top button.keys").click()
        await dialog.get_by_role("checkbox").check()
        await dialog.get_by_role("button", name="Close").click()
        await expect(dialog).to_have_count(0)
        await page.keyboard.press("1")
        await expect(heading).to_contain_text("Calendar")


async def test_an_appointment_that_is_closed_and_opened_again_at_once_stays_open(
    demo: Product, browser: Browser
) -> None:
    """The browser tells a script that a window was closed only after the next key, if that is quick."""
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in()
        window, row = desk.page.locator("#appointment"), desk.page.locator("button.row").first
        await row.click()
        await expect(window.locator("h2")).to_be_focused()
        both = [await window.element_handle(), await row.element_handle()]
        await desk.page.evaluate("([window, row]) => { window.close(); row.click(); }", both)
        await expect(window.locator(".summary")).to_be_visible()
        await expect(window.locator("h2")).to_be_focused()
