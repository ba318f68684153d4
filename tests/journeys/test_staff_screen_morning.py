"""A morning at the front desk, from sign-in to the printed sheet: by mouse, and by keyboard alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import FRONT_DESK, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_morning")) as product:
        yield product


@asynccontextmanager
async def _the_sheet(desk: Desk) -> AsyncIterator[None]:
    """What happens in this block opens an instruction sheet in another window."""
    async with desk.page.context.expect_event("request", lambda request: "/files/" in request.url) as opened:
        yield
    answer = await desk.page.context.request.get((await opened.value).url)
    assert (answer.status, (await answer.body())[:5]) == (200, b"%PDF-")


async def test_by_mouse(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in()
        await page.get_by_role("button", name="Appointment of Omar Reyes").click()
        panel = page.locator("#appointment")
        icon = panel.locator("portal-status")
        await icon.locator(".icon").click()
        await expect(icon.locator("dialog .address")).to_have_text("omar.reyes@example.com")
        await desk.is_sound()
        await icon.get_by_role("button", name="Create the account and e-mail Omar Reyes").click()
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


async def _tabs_to(page: Page, what: str) -> None:
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"{what} is not reached by Tab")


async def test_by_keyboard_alone(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page, keys = desk.page, desk.page.keyboard
        await keys.type("willow-creek")
        for typed in (FRONT_DESK, PASSWORD):
            await keys.press("Tab")
            await keys.type(typed)
        await keys.press("Enter")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        await _tabs_to(page, "button.row")
        while "Beatriz Ocampo" not in await page.evaluate("document.activeElement.textContent"):
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
        await expect(page.locator("button.row:focus")).to_have_text("Beatriz Ocampo")
        await keys.press("Enter")
        await keys.press("o")
        await expect(page.locator("h1")).to_have_text("Beatriz Ocampo")
        await keys.press("p")
        record = await record_of(demo, await token_of(demo), "Beatriz Ocampo")
        await expect(page.locator("output.pin")).to_have_text(record["portalPin"])
        await keys.press("3")
        await expect(page.locator("h1")).to_contain_text("Worklist")
        await keys.press("1")
        await expect(page.locator("h1")).to_contain_text("Calendar")


async def test_single_keys_are_listed_and_can_be_turned_off(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in()
        await page.keyboard.press("?")
        await expect(page.locator("dialog h2")).to_have_text("Keys")
        await expect(page.locator("dialog dl")).to_contain_text("Contacts")
        await desk.is_sound()
        await page.get_by_role("checkbox", name="Single keys are on").uncheck()
        await page.keyboard.press("Escape")
        await page.keyboard.press("2")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#search")).to_be_focused()
        await expect(page.locator("h1")).to_contain_text("Calendar")
