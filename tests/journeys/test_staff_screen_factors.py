"""Second factors at the staff screen: a passkey and an app are added and asked for, and important changes ask again."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, demo_practice, desk_at
from tests.journeys.conftest import Product
from tests.journeys.demo_at_rest import DATABASE
from tests.virtual_authenticator import holds_an_authenticator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staff_screen_factors")


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, folder: Path) -> AsyncIterator[Product]:
    # A browser makes passkeys for a name, and for no number.
    async with demo_practice(demo_at_rest, folder, name="localhost") as product:
        yield product


async def enters_password(desk: Desk, email: str) -> None:
    page = desk.page
    await page.fill("[name=organization]", "willow-creek")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main form button[type=submit]")


async def signs_out(desk: Desk, words: str = "Sign out") -> None:
    """On a narrow screen, where it is in the person's menu."""
    await desk.page.locator("#top .me .fold > button").click()
    await desk.page.locator("#top").get_by_role("button", name=words).click()
    await expect(desk.page.locator("[name=password]")).to_be_visible()


async def test_passkey_is_added_and_asked_for(demo: Product, browser: Browser, folder: Path) -> None:
    # The other test of this file leaves a factor behind, and the order of the two is random.
    with closing(sqlite3.connect(folder / DATABASE, timeout=10)) as connection, connection:
        for table in ("passkey", "totp", "recovery_code"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        connection.execute("UPDATE staff_member SET must_add_factor = 0")
    async with desk_at(browser, demo.api_url, 320) as desk:
        page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
        await holds_an_authenticator(page)
        await desk.signs_in(FRONT_DESK)
        await desk.goes_to("account", "My account")
        await page.get_by_role("button", name="Add a passkey").press("Enter")
        await expect(page.locator("dialog")).to_contain_text("Not on a log-on that you share")
        await desk.is_sound()
        await expect(page.locator("dialog input").first).to_be_focused()
        await page.keyboard.type("Front desk laptop")
        await page.keyboard.press("Enter")
        codes = page.locator("dialog .codes code")
        await expect(codes).to_have_count(10)
        await desk.is_sound()
        recovery = await codes.first.text_content()
        await page.get_by_role("button", name="I have kept them").click()
        await expect(page.locator("main")).to_contain_text("Passkey “Front desk laptop”")
        await desk.is_sound()
        await demo.letter_to(FRONT_DESK)

        await signs_out(desk)
        await enters_password(desk, FRONT_DESK)
        await expect(heading).to_have_text("Second step")
        await desk.is_sound()
        await page.get_by_role("button", name="Use a passkey").press("Enter")
        await expect(heading).to_contain_text("Calendar")

        await signs_out(desk)
        await enters_password(desk, FRONT_DESK)
        await page.get_by_text("Use a recovery code instead").click()
        await page.fill("[name=recoveryCode]", "2222-2222-2222-2222")
        await page.keyboard.press("Enter")
        await expect(page.locator("main [role=alert]")).to_contain_text("This is not right")
        await page.fill("[name=recoveryCode]", recovery or "")
        await page.keyboard.press("Enter")
        await expect(heading).to_contain_text("Calendar")


async def test_important_change_asks_again_and_a_colleague_starts_anew(
    demo: Product, browser: Browser, folder: Path
) -> None:
    async with desk_at(browser, demo.api_url) as admin, desk_at(browser, demo.api_url, 320, locale="es-ES") as desk:
        page, heading = admin.page, desk.page.locator("main:not([aria-busy]) h1")
        await admin.signs_in(ADMIN)
        with closing(sqlite3.connect(folder / DATABASE, timeout=10)) as connection, connection:
            long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat(" ")
            connection.execute("UPDATE staff_session SET created_at = ?", (long_ago,))
        await admin.goes_to("staff", "Staff")
        await page.get_by_role("button", name=re.compile("^Reset the second factor of Frances")).click()
        await page.get_by_role("button", name="Reset the second factor", exact=True).last.click()
        await expect(page.locator("dialog").last).to_contain_text("Is it you?")
        await admin.is_sound()
        await expect(page.locator("dialog [name=password]")).to_be_focused()
        await page.keyboard.type("a wrong one")
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog [role=alert]").last).to_be_visible()
        await page.fill("dialog [name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        handed_over = page.locator("dialog", has_text="Hand this code to")
        await expect(handed_over).to_be_visible()
        await admin.is_sound()
        code = await handed_over.locator("code").text_content()

        await enters_password(desk, FRONT_DESK)
        await desk.page.fill("[name=recoveryCode]", code or "")
        await desk.is_sound()
        await desk.page.keyboard.press("Enter")
        await expect(heading).to_have_text("Mi cuenta")
        await expect(desk.page.locator("main [role=status]")).to_contain_text("Su consultorio pide un segundo factor")
        await expect(desk.page.locator("#top nav a")).to_have_count(0)
        await desk.page.get_by_role("button", name="Agregar códigos de una aplicación").click()
        await desk.is_sound()
        secret = (await desk.page.locator("dialog code").text_content() or "").replace(" ", "")
        # The present code and later the next one: each is taken for half a minute at least from the moment it is made.
        await desk.page.fill("dialog [name=code]", pyotp.TOTP(secret).now())
        await desk.page.keyboard.press("Enter")
        await desk.page.get_by_role("button", name="Los he guardado").click()
        await expect(desk.page.locator("#top nav a")).not_to_have_count(0)
        # The page that begins anew takes the focus when it is there, which closes a menu.
        await expect(heading).to_be_focused()
        await signs_out(desk, "Cerrar sesión")
        await enters_password(desk, FRONT_DESK)
        await expect(heading).to_have_text("Segundo paso")
        await desk.page.fill("[name=code]", pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30)))
        await desk.page.keyboard.press("Enter")
        await expect(heading).not_to_have_text("Segundo paso")
