"""Several windows of one browser at the staff screen: one session and one end for all; and a reloaded window."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import (
    ADMIN,
    FRONT_DESK,
    Desk,
    demo_practice,
    desk_at,
    permitted,
    record_of,
    token_of,
)
from tests.journeys.conftest import Product

MINUTE = 60_000
# A window that can be kept from telling the others of a new token.
MUFFLED = """Object.defineProperty(globalThis, "BroadcastChannel", { value: class extends BroadcastChannel {
  postMessage(said) { if (!(globalThis.isMuffled && said.what === "told")) super.postMessage(said); } } })"""


@dataclass
class House:
    """The product, and its database's file."""

    product: Product
    database: Path

    def sessions(self) -> int:
        """How many sessions are open that began in a browser."""
        with closing(sqlite3.connect(self.database)) as connection:
            [[number]] = connection.execute(
                "SELECT count(*) FROM staff_session WHERE ended_at IS NULL AND agent LIKE '%Chrome%'"
            ).fetchall()
        return int(number)

    def expire_access(self) -> None:
        """Every access token is refused from now on, and has to be renewed."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("UPDATE staff_session SET access_expires_at = created_at")


@pytest.fixture(scope="module")
async def house(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("staff_screen_windows")
    async with demo_practice(demo_at_rest, folder) as product:
        yield House(product, folder / "vestibule.sqlite3")


async def another(desk: Desk, view: str, heading: str) -> Page:
    """One more window of the same browser, opened by a pasted address. It asks for no sign-in."""
    page = await desk.page.context.new_page()
    await page.goto(f"{desk.url}/staff/{view}")
    await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text(heading)
    return page


async def is_at_the_door(*pages: Page) -> None:
    for page in pages:
        await expect(page.locator("main [name=password]")).to_be_visible()


async def comes(page: Page, email: str, heading: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main form button[type=submit]")
    await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text(heading)


async def crashes(page: Page) -> None:
    """The window's process dies, without a word to anybody."""
    cdp = await page.context.new_cdp_session(page)
    # No answer comes from a process that is gone.
    async with page.expect_event("crash"):
        asked = asyncio.ensure_future(cdp.send("Page.crash"))
    asked.cancel()


async def test_windows_go_on_when_the_one_that_renews_closes_or_crashes(house: House, browser: Browser) -> None:
    leo = (await record_of(house.product, await token_of(house.product), "Leo Park"))["id"]
    before = house.sessions()
    async with desk_at(browser, house.product.api_url) as desk:
        first = desk.page
        await desk.signs_in()
        second = await another(desk, f"#/contact/{leo}", "Leo Park")
        third = await another(desk, "#/contacts?search=Omar+Reyes", "Contacts")
        async with desk.page.context.expect_page() as opening:
            await third.get_by_role("link", name="Omar Reyes", exact=True).click(modifiers=["ControlOrMeta"])
        fourth = await opening.value
        await expect(fourth.locator("main:not([aria-busy]) h1")).to_have_text("Omar Reyes")
        # The first one renewed until it was loaded again. Since then the second does, until its process dies.
        await first.reload()
        await expect(first.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        await crashes(second)
        house.expire_access()
        for page in (fourth, first):
            await page.evaluate("location.hash = '#/worklist'")
            await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Worklist")
        await third.close()
        house.expire_access()
        for page in (first, fourth):
            await page.evaluate("location.hash = '#/transfers'")
            await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Transfers")
        assert house.sessions() == before + 1


async def test_signing_out_switching_and_signing_in_count_for_every_window(house: House, browser: Browser) -> None:
    leo = (await record_of(house.product, await token_of(house.product), "Leo Park"))["id"]
    before = house.sessions()
    async with desk_at(browser, house.product.api_url) as desk:
        first = desk.page
        await desk.signs_in(ADMIN)
        second = await another(desk, f"#/contact/{leo}", "Leo Park")
        await second.get_by_role("button", name="Sign out").click()
        await is_at_the_door(first, second)
        for page in (first, second):
            await expect(page.locator("main p.said")).to_have_text("You are signed out.")
            await expect(page.locator("body")).not_to_contain_text("Leo Park")
        assert house.sessions() == before

        # Who signs in in one window is signed in in each that asks for it.
        await comes(second, ADMIN, "Calendar")
        await expect(first.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        await desk.goes_to(f"contact/{leo}", "Leo Park")
        assert house.sessions() == before + 1

        await second.keyboard.press("w")
        await is_at_the_door(first, second)
        await comes(second, FRONT_DESK, "Calendar")
        for page in (first, second):
            await expect(page.locator("#top .signed-in")).to_contain_text("Frances Desk")
            await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")
        assert house.sessions() == before + 1


async def test_work_in_one_window_counts_in_all_and_the_idle_end_is_the_end_of_all(
    house: House, browser: Browser
) -> None:
    leo = (await record_of(house.product, await token_of(house.product), "Leo Park"))["id"]
    async with desk_at(browser, house.product.api_url, is_opened=False) as desk:
        first, clock = desk.page, desk.page.clock
        await clock.install()
        await desk.opens()
        await desk.signs_in(ADMIN)
        second = await another(desk, f"#/contact/{leo}", "Leo Park")
        notices = [page.get_by_role("alertdialog", name="Are you still there?") for page in (first, second)]
        await clock.fast_forward(10 * MINUTE)
        await second.keyboard.press("Shift")
        await clock.fast_forward(5 * MINUTE)
        for page in (first, second):
            await expect(page.locator("#top .signed-in")).to_contain_text("Adrian")
        await clock.fast_forward(9 * MINUTE)
        for notice in notices:
            await expect(notice).to_be_visible()
        # What is behind a notice is handed on to no new window.
        third = await desk.page.context.new_page()
        await third.goto(f"{desk.url}/staff/")
        await is_at_the_door(third)
        await third.close()
        async with first.expect_response("**/graphql"):
            await notices[0].get_by_role("button", name="Stay signed in").click()
        for notice in notices:
            await expect(notice).to_have_count(0)
        await clock.fast_forward(15 * MINUTE)
        await is_at_the_door(first, second)
        for page in (first, second):
            await expect(page.locator("main")).to_contain_text("nobody used this page for 15 minutes")
            await expect(page.locator("body")).not_to_contain_text("Leo Park")


async def test_what_ends_a_session_for_the_server_ends_it_in_every_window(house: House, browser: Browser) -> None:
    async with desk_at(browser, house.product.api_url, is_opened=False) as desk:
        first = desk.page
        await first.add_init_script(MUFFLED)
        await desk.opens()
        await desk.signs_in()
        second = await another(desk, "#/worklist", "Worklist")
        third = await another(desk, "#/transfers", "Transfers")
        # The window that renews is killed before it can tell: what the other one has was used up.
        await first.evaluate("globalThis.isMuffled = true")
        house.expire_access()
        async with first.expect_response(lambda answer: "refreshSession" in (answer.request.post_data or "")):
            await first.evaluate("location.hash = '#/contacts'")
        await expect(first.locator("main:not([aria-busy]) h1")).to_contain_text("Contacts")
        await crashes(first)
        await second.evaluate("location.hash = '#/contacts'")
        await third.evaluate("location.hash = '#/contacts'")
        await is_at_the_door(second, third)
        await expect(second.locator("main")).to_contain_text("Your session has ended")


async def test_a_window_joins_no_session_where_two_are_open(house: House, browser: Browser) -> None:
    async with desk_at(browser, house.product.api_url) as desk:
        await desk.signs_in()
        second = await desk.page.context.new_page()
        await second.add_init_script("delete globalThis.BroadcastChannel")
        await second.goto(f"{desk.url}/staff/")
        await is_at_the_door(second)
        await comes(second, ADMIN, "Calendar")
        third = await desk.page.context.new_page()
        await third.goto(f"{desk.url}/staff/#/worklist")
        await is_at_the_door(third)
        await expect(second.locator("#top .signed-in")).to_contain_text("Adrian")
        await expect(desk.page.locator("#top .signed-in")).to_contain_text("Frances Desk")


async def test_a_reload_puts_nothing_on_record_twice_and_shows_the_address_that_came_meanwhile(
    house: House, browser: Browser
) -> None:
    async with desk_at(browser, house.product.api_url) as desk:
        await desk.signs_in()
        await _what_was_sent_before_a_reload_is_not_put_on_record_twice(desk)
        await _an_address_that_changes_while_the_screen_loads_is_shown(desk)


async def _what_was_sent_before_a_reload_is_not_put_on_record_twice(desk: Desk) -> None:
    page, dialog = desk.page, desk.page.locator("dialog")
    await desk.finds("Nora Gray")
    stored = asyncio.Event()

    async def answer_nobody_waits_for(route: Route) -> None:
        if "createDocument(" in (route.request.post_data or "") and not stored.is_set():
            await route.fetch()
            stored.set()
        else:
            await route.fallback()

    await page.route("**/graphql", answer_nobody_waits_for)
    await page.get_by_role("button", name="Add a document").click()
    await page.fill("dialog [name=title]", "Sent before a reload")
    await page.get_by_role("radio", name="Text that you write here").check()
    await page.fill("dialog [name=text]", "We meet on Fridays.")
    await dialog.get_by_role("button", name="Add a document").click()
    await stored.wait()
    await page.reload()
    await page.get_by_role("button", name="Add a document").click()
    await expect(dialog).to_contain_text("You go on with your draft.")
    await dialog.get_by_role("button", name="Add a document").click()
    await expect(page.locator("#notices")).to_contain_text("The document is on record")
    await expect(page.locator("main").get_by_text("Sent before a reload", exact=True)).to_have_count(1)


async def _an_address_that_changes_while_the_screen_loads_is_shown(desk: Desk) -> None:
    page, asked, changed = desk.page, asyncio.Event(), asyncio.Event()

    async def answered_late(route: Route) -> None:
        if "mustAddFactor" in (route.request.post_data or ""):
            asked.set()
            await changed.wait()
        await route.fallback()

    await page.route("**/graphql", answered_late)
    await page.reload()
    await asked.wait()
    await page.evaluate("location.hash = '#/worklist'")
    changed.set()
    await expect(page.get_by_role("navigation", name="States")).to_be_visible()
    await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Worklist")


DISABLE = "mutation ($input: DisableStaffMemberInput!) { disableStaffMember(input: $input) { __typename } }"
MEMBERS = "{ staffMembers(first: 100) { nodes { id email } } }"


async def _a_colleague(product: Product) -> tuple[str, str]:
    """Somebody who may change records, and may be disabled without a loss to other tests: address and id."""
    email = "uma.two@willow-creek.example"
    await product.program(
        *("staff", "create", "--organization", "willow-creek", "--email", email, "--name", "Uma Two"),
        *("--permission", "VIEW_CONTACTS", "--permission", "MANAGE_CONTACTS", "--password-stdin"),
        typed=PASSWORD,
    )
    found = await product.graphql(MEMBERS, await token_of(product))
    [member] = [one["id"] for one in found["staffMembers"]["nodes"] if one["email"] == email]
    return email, member


async def test_a_record_changed_in_two_windows_is_asked_about_and_both_close_on_a_member_who_is_disabled(
    house: House, browser: Browser
) -> None:
    email, member = await _a_colleague(house.product)
    token = await token_of(house.product)
    nora = (await record_of(house.product, token, "Nora Gray"))["id"]
    async with desk_at(browser, house.product.api_url) as desk:
        first = desk.page
        await desk.signs_in(email)
        await desk.goes_to(f"contact/{nora}", "Nora Gray")
        second = await another(desk, f"#/contact/{nora}", "Nora Gray")
        for page, phone in ((first, "(208) 555-0111"), (second, "(208) 555-0122")):
            await page.get_by_role("button", name="Change the phone numbers").click()
            await page.fill("dialog [name=phones-0]", phone)
        await first.click("dialog button[type=submit]")
        await expect(first.locator("main")).to_contain_text("(208) 555-0111")
        # What was typed in the other window is still there, and the change is told with its author: oneself.
        await second.click("dialog button[type=submit]")
        clash = second.get_by_role("dialog", name="This was changed meanwhile")
        await expect(clash).to_contain_text("Uma Two")
        await expect(clash).to_contain_text("(208) 555-0111")
        await clash.get_by_role("button", name="Save mine all the same").click()
        for page in (first, second):
            await expect(page.locator("main")).to_contain_text("(208) 555-0122")
            await expect(page.locator("main")).not_to_contain_text("(208) 555-0111")

        await second.get_by_role("button", name="Edit details").click()
        await house.product.graphql(DISABLE, token, input={"staffMemberId": member, "reason": "Left."})
        await is_at_the_door(first, second)
        for page in (first, second):
            await expect(page.locator("main p.said")).to_contain_text("Your session has ended")
            await Desk(page, desk.url).holds_nowhere("Gray")
        third = await first.context.new_page()
        await third.goto(f"{desk.url}/staff/#/contact/{nora}")
        await is_at_the_door(third)


# What each room needs. All sets of permissions are tried in api/web/tests/rooms.test.js.
ROOMS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("staff", "account"),
    ("VIEW_CONTACTS",): ("calendar", "contacts", "contact/{id}", "worklist", "transfers"),
    ("VIEW_CONTACTS", "VIEW_AUDIT"): ("audit/{id}",),
    ("VIEW_CONTACTS", "WEB_PORTAL"): ("letters", "letters/{id}"),
    ("VIEW_CONTACTS", "MANAGE_CONTACTS"): ("import",),
    ("VIEW_CONTACTS", "MANAGE_CONTACTS", "MANAGE_ORGANIZATION"): ("erasable",),
    ("MANAGE_ORGANIZATION",): ("settings",),
    ("MANAGE_INTEGRATIONS",): ("programs", "webhooks"),
}


async def test_a_room_opens_by_its_address_to_who_holds_what_it_needs_and_names_it_to_others(
    house: House, browser: Browser
) -> None:
    leo = (await record_of(house.product, await token_of(house.product), "Leo Park"))["id"]
    async with desk_at(browser, house.product.api_url) as desk:
        main = desk.page.locator("main")
        await desk.signs_in()
        for needed, rooms in ROOMS.items():
            with permitted(house.database, *needed, may_read=False):
                await desk.page.reload()
                for room in rooms:
                    await desk.goes_to(room.format(id=leo), "")
                    await expect(main.locator(".alert")).to_have_count(0)
        with permitted(house.database, may_read=False):
            await desk.page.reload()
            await desk.goes_to("account", "My account")
            await expect(desk.page.locator("#top nav a, #top form")).to_have_count(0)
            for (missing, *_), rooms in list(ROOMS.items())[1:]:
                for room in rooms:
                    await desk.goes_to(room.format(id=leo), "")
                    await expect(main).to_contain_text(f"You need the permission {missing}")
                    await expect(main.locator("button, input, a")).to_have_count(0)
        with permitted(house.database):
            # Who works here may be looked at by everybody, and changed by who manages staff.
            await desk.page.reload()
            await desk.goes_to("staff", "Staff")
            await expect(main.locator("button")).to_have_count(0)
