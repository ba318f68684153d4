"""Nobody works at the staff screen for a while: a notice comes first, and what was typed waits for the same person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, demo_practice, desk_at
from tests.journeys.conftest import Product

MINUTE = 60_000


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_idle")) as product:
        yield product


async def comes_back(desk: Desk, email: str) -> None:
    await desk.page.fill("[name=email]", email)
    await desk.page.fill("[name=password]", PASSWORD)
    await desk.page.click("main form button[type=submit]")
    await expect(desk.page.locator("main:not([aria-busy]) h1")).to_have_text("Staff")


async def test_notice_comes_before_the_end_and_what_was_typed_waits(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, 320) as desk:
        page, clock = desk.page, desk.page.clock
        await clock.install()
        await desk.opens()
        await desk.signs_in(ADMIN)
        await desk.goes_to("staff", "Staff")
        await page.get_by_role("button", name="Invite a colleague").click()
        name = page.locator("dialog [name=name]")
        await expect(name).to_be_focused()
        await page.keyboard.type("Ida Lark")

        await clock.fast_forward(14 * MINUTE)
        notice = page.get_by_role("alertdialog", name="Are you still there?")
        stay = notice.get_by_role("button", name="Stay signed in")
        await expect(stay).to_be_focused()
        await desk.is_sound()
        async with page.expect_response("**/graphql"):
            await page.keyboard.press("Enter")
        await expect(notice).to_have_count(0)
        await expect(name).to_be_focused()
        await expect(name).to_have_value("Ida Lark")

        await clock.fast_forward(15 * MINUTE)
        await expect(page.locator("main [name=password]")).to_be_visible()
        await expect(page.locator("dialog")).to_have_count(0)
        await expect(page.locator("main")).to_contain_text("nobody used this page for 15 minutes")
        await comes_back(desk, ADMIN)
        await expect(name).to_have_value("Ida Lark")

        await clock.fast_forward(15 * MINUTE)
        await expect(page.locator("main [name=password]")).to_be_visible()
        await comes_back(desk, FRONT_DESK)
        await expect(page.locator("dialog")).to_have_count(0)
