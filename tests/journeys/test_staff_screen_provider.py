"""The practice's own sign-in on the staff screen, at a real provider on this machine."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from clinic.values.ports import SystemClock
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, served_provider
from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, demo_practice, desk_at
from tests.journeys.conftest import Product

SIGN_IN = "Sign in with your practice's account"


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    folder = tmp_path_factory.mktemp("staff_screen_provider")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VESTIBULE_WEBHOOK_LOOPBACK", "allow")
        async with demo_practice(demo_at_rest, folder) as product:
            yield product


@pytest.fixture
async def provider(demo: Product) -> AsyncIterator[Provider]:
    async with served_provider(f"{demo.api_url}/oauth/willow-creek/callback") as served:
        yield served


async def test_practice_sets_its_provider_and_staff_sign_in_there(
    demo: Product, provider: Provider, browser: Browser
) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in(ADMIN)
        await _sets_provider(desk, provider)
        await expect(page.locator("main")).to_contain_text(provider.callback)
        await desk.is_sound()

    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", "")
        go = page.get_by_role("button", name=SIGN_IN)
        await expect(go).to_be_visible()
        await desk.is_sound()
        # Somebody whom nobody has added here is told so, and is nobody.
        provider.person = {"sub": "stranger", "email": "stranger@example.com", "email_verified": True}
        await go.click()
        await expect(page.locator("main [role=alert]")).to_contain_text("nobody here has that address")
        await desk.is_sound()
        provider.person = {"sub": "fran", "email": FRONT_DESK, "email_verified": True}
        await page.get_by_role("button", name=SIGN_IN).click()
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        assert "provider" not in page.url
        await page.reload()
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")

    # Who signed in there long ago shows again that it is them, in a window beside this one.
    provider.person = {"sub": "ada", "email": ADMIN, "email_verified": True}
    long_ago = SystemClock().now() - timedelta(minutes=20)
    provider.changed_claims = {"auth_time": int(long_ago.timestamp())}
    async with desk_at(browser, demo.api_url, locale="es-MX") as desk:
        page = desk.page
        await page.goto(f"{demo.api_url}/oauth/willow-creek/start")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Agenda")
        await desk.goes_to("settings", "Ajustes")
        await page.fill("[name=verifiedDomains]", "willow-creek.example")
        await page.get_by_role("button", name="Comprobar y guardar el proveedor").click()
        prove = page.locator("dialog").get_by_role("button", name="Demostrarlo con la cuenta de su consultorio")
        await expect(prove).to_be_visible()
        provider.changed_claims = {}
        await prove.click()
        await expect(page.locator("#notices")).to_contain_text("El proveedor está guardado.")
        assert provider.authorizations[-1]["prompt"] == "login"


async def test_where_passwords_are_off_another_is_named_before_the_one_who_has_one_goes(
    demo: Product, provider: Provider, browser: Browser
) -> None:
    _may_do_all(demo, FRONT_DESK)
    provider.person = {"sub": "fran", "email": FRONT_DESK, "email_verified": True}
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in(ADMIN)
        await _sets_provider(desk, provider)
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await page.goto(f"{demo.api_url}/oauth/willow-creek/start")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        await desk.goes_to("settings", "Settings")
        whose = page.get_by_label("Whose password keeps working")
        await whose.select_option(label="Adrian Minh")
        await page.get_by_role("button", name="Turn passwords off").click()
        await expect(page.locator("#notices")).to_contain_text("It holds from now on.")
        await expect(page.locator("main")).to_contain_text("but for one person: Adrian Minh.")
        await desk.is_sound()

        await desk.goes_to("staff", "Staff")
        await page.get_by_role("button", name="Disable Adrian Minh").click()
        box = page.locator("dialog")
        await box.locator("[name=reason]").fill("Left.")
        await box.get_by_role("button", name="Disable", exact=True).click()
        await expect(box.locator("[role=alert]")).to_contain_text("the one person whose password still signs in")
        await desk.is_sound()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)

        await desk.goes_to("settings", "Settings")
        await whose.select_option(label="Frances Desk")
        await page.get_by_role("button", name="Keep this person's password working").click()
        await expect(page.locator("#notices")).to_contain_text("It holds from now on.")
        await expect(page.locator("main")).to_contain_text("but for one person: Frances Desk.")
        await page.get_by_role("button", name="Turn passwords on again").click()
        await expect(page.locator("main")).to_contain_text("Staff also sign in by password.")


def _may_do_all(product: Product, email: str) -> None:
    database = product.environment["VESTIBULE_DATABASE_URL"].removeprefix("sqlite://")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE staff_member SET permissions = (SELECT a.permissions FROM staff_member a WHERE a.email = ?) "
            "WHERE email = ?",
            (ADMIN, email),
        )


async def _sets_provider(desk: Desk, provider: Provider) -> None:
    page = desk.page
    await desk.goes_to("settings", "Settings")
    await page.fill("[name=issuer]", provider.issuer)
    await page.fill("[name=clientId]", CLIENT_ID)
    await page.fill("[name=clientSecret]", CLIENT_SECRET)
    await page.get_by_role("button", name="Check and save the provider").click()
    await expect(page.locator("#notices")).to_contain_text("Staff can sign in there now.")
