"""Single keys at the staff screen can be turned off, all of them (WCAG 2.2, 2.1.4), and are silent while one types."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.at_the_desk import demo_practice, desk_at
from tests.journeys.conftest import Product


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_keys")) as product:
        yield product


async def test_turned_off_no_single_key_does_anything_and_that_is_remembered(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in()
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
