"""A patient's passkey in a real browser: made and used with a virtual authenticator, and without scripts."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.clock import FixedClock
from tests.patient_portal.browsing import ON_A_PHONE, Served, Walk, page_of, portal_that_listens, send
from tests.patient_portal.practice import EMAIL, PASSWORD, Mailbox
from tests.patient_portal.test_ways_in_in_a_browser import fill, walk_in
from tests.virtual_authenticator import holds_an_authenticator

ROOM = "/willow-creek/account/second-step"
ADD = 'form[action$="/passkey"] button'


@pytest.fixture
async def named(sqlite_database: str, clock: FixedClock, mailbox: Mailbox) -> AsyncIterator[Served]:
    # A browser makes passkeys for a name, and for no number.
    async with portal_that_listens(sqlite_database, clock, mailbox, name="localhost") as portal:
        yield portal


@pytest.mark.parametrize("walk", ON_A_PHONE)
async def test_passkey_is_made_and_used(browser: Browser, named: Served, walk: Walk) -> None:
    async with walk.page(browser, named) as page:
        await walk_in(page, named)
        await page.goto(ROOM)
        await send(page, ADD)
        await page.fill("#name", "My phone")
        # An authenticator that doesn't know its user: the browser refuses, and the page says so.
        session = await holds_an_authenticator(page, verifies=False)
        await page.press("#name", "Enter")
        await expect(page.locator("[data-passkey-trouble]")).not_to_be_empty()
        await walk.judge(page, "add-passkey-unused")
        await session.send("WebAuthn.disable")
        await holds_an_authenticator(page)
        async with page.expect_navigation():
            await page.press("#name", "Enter")
        await expect(page.locator("main ol li")).to_have_count(10)
        recovery = await page.locator("main ol li").first.inner_text()
        await walk.judge(page, "passkey-added")
        await page.goto(ROOM)
        await walk.judge(page, "second-step-passkey")

        await send(page, ".sign-out button")
        await fill(page, email=EMAIL, password=PASSWORD)
        await walk.judge(page, "sign-in-passkey")
        await page.click("form[data-passkey] button")
        await page.wait_for_url("**/willow-creek/documents")

    async with page_of(browser, named, locale=f"{walk.language}-US", java_script_enabled=False) as page:
        await page.goto("/willow-creek/")
        await page.fill("#email", EMAIL)
        await page.fill("#password", PASSWORD)
        await send(page)
        await expect(page.locator("form[data-passkey]")).to_be_hidden()
        await expect(page.locator("[data-passkey-missing]")).to_be_visible()
        await page.fill("#code", recovery)
        await send(page, 'form:not([hidden]) > button[type="submit"]')
        await page.goto(ROOM)
        await send(page, ADD)
        await expect(page.locator("form[data-passkey]")).to_be_hidden()
        await expect(page.locator("[data-passkey-missing]")).to_be_visible()
