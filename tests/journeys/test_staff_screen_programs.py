"""Programs at the staff screen: added with the secret shown once, changed, given another secret, and disabled."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.at_the_desk import ADMIN, demo_practice, desk_at
from tests.journeys.conftest import Product


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_programs")) as product:
        yield product


async def test_a_program_is_added_changed_and_disabled(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in(ADMIN)
        await desk.goes_to("programs", "Programs")
        await page.get_by_role("button", name="Add a program").click()
        dialog = page.locator("dialog")
        await dialog.locator("[name=name]").fill("Chart system")
        await expect(dialog.locator("[name=MANAGE_STAFF]")).to_have_count(0)
        await dialog.locator("[name=VIEW_CONTACTS]").check()
        await dialog.locator("[name=mayActForStaff]").check()
        await desk.is_sound()
        await dialog.get_by_role("button", name="Add a program").click()
        await expect(dialog.locator(".field:has([name=mayActForStaff]) .error")).to_have_text(
            "Only a program with keys may act for staff."
        )
        await dialog.locator("[name=mayActForStaff]").uncheck()
        await dialog.get_by_role("button", name="Add a program").click()
        await expect(dialog.locator("code.secret")).to_be_visible()
        first = await dialog.locator("code.secret").inner_text()
        await desk.is_sound()
        await dialog.get_by_role("button", name="I have kept it").click()
        await expect(dialog).to_have_count(0)

        card = page.locator("main section")
        await expect(card).to_contain_text("Chart system")
        await expect(card).to_contain_text("a secret")
        await desk.holds_nowhere(first)
        await card.get_by_role("button", name="Change: Chart system").click()
        await dialog.locator("[name=name]").fill("Charts")
        await dialog.locator("[name=jwksUrl]").fill("https://10.0.0.8/keys")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.locator(".field:has([name=jwksUrl]) .error")).to_contain_text("from the internet")
        await dialog.locator("[name=jwksUrl]").fill("")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
        await expect(card.locator("h2")).to_contain_text("Charts")

        await card.get_by_role("button", name="New secret: Charts").click()
        await dialog.get_by_role("button", name="New secret").click()
        await expect(dialog.locator("code.secret")).to_be_visible()
        await expect(dialog.locator("code.secret")).not_to_have_text(first)
        await dialog.get_by_role("button", name="I have kept it").click()
        await expect(dialog).to_have_count(0)
        await expect(card).to_contain_text("The old secret works until")

        await card.get_by_role("button", name="Disable: Charts").click()
        await dialog.get_by_role("button", name="Disable").click()
        await expect(card.locator(".mark")).to_have_text("Disabled")
        await expect(card.get_by_role("button")).to_have_count(0)
        await desk.is_sound()
