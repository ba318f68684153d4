"""Who sits at a shared workstation: a notice before an idle session ends, and nothing is inherited when persons switch.

What was typed waits for the same person.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product

MINUTE = 60_000
# All that a page holds where the next person could find it.
HELD = """() => [document.documentElement.outerHTML, document.title, location.href, JSON.stringify({ ...localStorage }),
  JSON.stringify({ ...sessionStorage }), JSON.stringify(history.state)].join(" ")"""


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
    async with desk_at(browser, demo.api_url, 320, is_opened=False) as desk:
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
        await comes(page, FRONT_DESK, "Calendar")
        await expect(name).to_have_count(0)


async def test_idle_end_leads_the_same_person_back_and_nobody_else(demo: Product, browser: Browser) -> None:
    token = await token_of(demo)
    leo = (await record_of(demo, token, "Leo Park"))["id"]
    async with desk_at(browser, demo.api_url, is_opened=False) as desk:
        page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
        await page.clock.install()
        await desk.opens()
        await desk.signs_in(ADMIN)
        await desk.goes_to("contacts?search=Park", "Contacts")
        await desk.goes_to(f"contact/{leo}", "Leo Park")

        await page.clock.fast_forward(15 * MINUTE)
        await is_at_the_door(page)
        await page.wait_for_url("**/staff/#/")
        await comes(page, ADMIN, "Leo Park")

        await page.clock.fast_forward(15 * MINUTE)
        await is_at_the_door(page)
        await comes(page, FRONT_DESK, "Calendar")
        await expect(page.locator("#top .signed-in")).to_contain_text("Frances")
        for _ in range(2):
            await page.go_back()
            await expect(heading).to_contain_text("Calendar")


async def is_at_the_door(page: Page) -> None:
    await expect(page.locator("main [name=password]")).to_be_visible()
    await expect(page.locator("main [name=organization]")).to_have_value("willow-creek")


async def comes(page: Page, email: str, heading: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main form button[type=submit]")
    await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text(heading)


async def test_every_window_is_blank_at_once_and_nothing_of_the_records_stays(demo: Product, browser: Browser) -> None:
    token = await token_of(demo)
    omar = await record_of(demo, token, "Omar Reyes")
    words = ("Leo Park", "Omar Reyes", omar["id"], "Avery", (await record_of(demo, token, "Leo Park"))["id"])
    async with desk_at(browser, demo.api_url) as desk:
        page, context = desk.page, desk.page.context
        await desk.signs_in(ADMIN)
        await desk.finds("Leo Park")
        other = await context.new_page()
        second = Desk(other, demo.api_url)
        await second.opens()
        await second.finds("Leo Park")
        async with context.expect_page() as opening:
            await other.get_by_role("button", name="Open").first.click()
        document = await opening.value

        # What the first person asked for last is still on its way when they are gone.
        asked, release = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            if omar["id"] in (route.request.post_data or ""):
                asked.set()
                await release.wait()
            await route.continue_()

        await page.route("**/graphql", late)
        await page.evaluate("id => { location.hash = `#/contact/${id}`; }", omar["id"])
        await asked.wait()
        async with document.expect_event("close"):
            await page.keyboard.press("w")
            await is_at_the_door(page)
            await is_at_the_door(other)
        release.set()
        await page.unroute_all(behavior="wait")
        await expect(page.locator("main p.said")).to_contain_text("empty for the next person")
        for each in (page, other):
            held = await each.evaluate(HELD)
            assert [word for word in words if word in held] == []
        await desk.is_sound()

        await comes(page, FRONT_DESK, "Calendar")
        for _ in range(2):
            await page.go_back()
            await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")


async def test_what_was_typed_waits_for_the_same_person_only(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, 320, locale="es-ES") as desk:
        page = desk.page
        name = page.locator("dialog [name=name]")
        switch = page.get_by_role("button", name="Cambiar persona")
        await page.fill("[name=organization]", "willow-creek")
        await comes(page, ADMIN, "Agenda")

        async def types_a_name() -> None:
            await desk.goes_to("staff", "Personal")
            await page.get_by_role("button", name="Invitar a un colega").click()
            await expect(name).to_be_focused()
            await page.keyboard.type("Ida Lark")
            await expect(name).to_have_value("Ida Lark")
            # A dialog keeps the page to itself, so the key and the button wait; another window's switch does not.
            await page.evaluate("localStorage.setItem('vestibule.staff.switched', crypto.randomUUID())")
            await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
            await is_at_the_door(page)
            await expect(page.locator("dialog")).to_have_count(0)
            assert "Ida Lark" not in await page.evaluate(HELD)

        await types_a_name()
        await comes(page, ADMIN, "Personal")
        await expect(name).to_have_value("Ida Lark")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)

        await types_a_name()
        await comes(page, FRONT_DESK, "Agenda")
        await expect(name).to_have_count(0)
        await desk.is_sound()
        await page.get_by_role("button", name="Frances Desk").click()
        await switch.click()
        await is_at_the_door(page)
        await expect(page.locator("main p.said")).to_contain_text("vacía para la siguiente persona")
        await comes(page, ADMIN, "Agenda")
        await expect(name).to_have_count(0)
