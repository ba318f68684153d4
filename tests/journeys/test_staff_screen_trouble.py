"""What the front desk is told when something goes wrong in the middle of a click, and that nothing is done twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import (
    ADMIN,
    FRONT_DESK,
    Desk,
    demo_practice,
    desk_at,
    nothing_permitted,
    permitted,
    record_of,
    token_of,
    with_a_second_page,
)
from tests.journeys.conftest import Product
from tests.journeys.offered import ASK, MERGE, OFFERED, PORTAL, RECORDS, contact_in_conflict_at, offers
from tests.ports import HOST, free_port
from tests.processes import Program

COUNT = "query ($search: String) { contacts(search: $search) { totalCount } }"


@dataclass
class House:
    """The product, its database's file, and a second API process that a test may end."""

    product: Product
    database: Path
    api: Program
    url: str

    async def on_record(self, name: str) -> int:
        found = await self.product.graphql(COUNT, await token_of(self.product), search=name)
        number: int = found["contacts"]["totalCount"]
        return number


@pytest.fixture(scope="module")
async def house(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("staff_screen_trouble")
    async with demo_practice(demo_at_rest, folder) as product:
        url = f"http://{HOST}:{(port := free_port())}"
        environment = {**product.environment, "VESTIBULE_API_URL": url}
        api = Program(("api", "--port", str(port)), environment, folder / "second.log", f"{url}/readyz")
        await asyncio.to_thread(api.start)
        try:
            yield House(product, folder / "vestibule.sqlite3", api, url)
        finally:
            await asyncio.to_thread(api.stop)


@pytest.fixture
async def desk(house: House, browser: Browser) -> AsyncIterator[Desk]:
    async with desk_at(browser, house.url) as desk:
        await desk.signs_in()
        yield desk


async def _types_a_new_person(desk: Desk, name: str) -> None:
    await desk.goes_to("contacts", "Contacts")
    await desk.page.click("text=Add a contact")
    await desk.page.fill("dialog [name=givenName]", name)
    await desk.page.fill("dialog [name=familyName]", "Trouble")


async def test_an_answer_that_was_lost_on_its_way_does_nothing_twice(house: House, desk: Desk) -> None:
    lost: list[str] = []

    async def lose_the_first(route: Route) -> None:
        if "createContact" in (route.request.post_data or "") and not lost:
            lost.append(str((await route.fetch()).status))
            await route.abort()
        else:
            await route.continue_()

    await desk.page.route("**/graphql", lose_the_first)
    await _types_a_new_person(desk, "Lost")
    await desk.page.click("dialog button[type=submit]")
    await expect(desk.page.locator("h1")).to_have_text("Lost Trouble")
    assert lost == ["200"]
    assert await house.on_record("Lost Trouble") == 1


async def test_a_server_that_restarts_in_the_middle_of_a_click_is_waited_for(house: House, desk: Desk) -> None:
    await _types_a_new_person(desk, "Restart")
    await asyncio.to_thread(house.api.stop)
    await desk.page.click("dialog button[type=submit]")
    await expect(desk.page.locator("#connection")).to_contain_text("No connection to the server")
    await asyncio.to_thread(house.api.start)
    told = desk.page.locator("dialog [role=alert]")
    await expect(told.or_(desk.page.locator("h1", has_text="Restart Trouble"))).to_be_visible()
    # On a slow machine the restart outlasts the patience; then the person was told, and presses again.
    if await told.count():
        await desk.page.click("dialog button[type=submit]")
    await expect(desk.page.locator("h1")).to_have_text("Restart Trouble")
    await expect(desk.page.locator("#connection.lost")).to_have_count(0)
    assert await house.on_record("Restart Trouble") == 1


async def test_without_a_network_the_person_is_told_and_tries_again(house: House, desk: Desk) -> None:
    await _types_a_new_person(desk, "Offline")
    await desk.page.context.set_offline(True)
    await desk.page.click("dialog button[type=submit]")
    alert = desk.page.locator("dialog [role=alert]")
    await expect(alert).to_contain_text("The server can't be reached")
    await expect(alert).to_be_focused()
    await desk.is_sound()
    await expect(desk.page.locator("dialog [name=givenName]")).to_have_value("Offline")
    await desk.page.context.set_offline(False)
    await desk.page.click("dialog button[type=submit]")
    await expect(desk.page.locator("h1")).to_have_text("Offline Trouble")
    assert await house.on_record("Offline Trouble") == 1


async def test_a_page_that_was_not_loaded_before_says_that_one_is_offline(desk: Desk) -> None:
    await desk.page.context.set_offline(True)
    await desk.page.get_by_role("link", name="Transfers").click()
    alert = desk.page.locator("main [role=alert]")
    await expect(alert).to_contain_text("You are offline, and this page was not loaded before.")
    await desk.page.context.set_offline(False)
    await alert.get_by_role("button", name="Try again").click()
    await expect(desk.page.locator("main:not([aria-busy]) h1")).to_contain_text("Transfers waiting")


async def test_what_a_button_needs_and_was_not_loaded_before_is_said_and_tried_again(desk: Desk) -> None:
    await desk.finds("Nora Gray")
    add = desk.page.get_by_role("button", name="Add a document")
    await expect(add).to_be_visible()
    await desk.page.context.set_offline(True)
    await add.click()
    box = desk.page.locator("dialog")
    await expect(box.locator("h2")).to_have_text("You are offline")
    await expect(box).to_contain_text("What this button needs was not loaded before.")
    await desk.is_sound()
    await desk.page.context.set_offline(False)
    await box.get_by_role("button", name="Try again").click()
    await expect(desk.page.locator("dialog h2")).to_have_text("Add a document")


async def test_an_ended_session_leads_back_to_where_one_was(house: House, desk: Desk) -> None:
    await desk.finds("Nora Gray")
    _end_every_session(house.database)
    # Unless the page has learned it from its socket already, and then nothing bears this key.
    await desk.page.keyboard.press("p")
    await expect(desk.page.locator("h1")).to_have_text("Sign in to the staff screen")
    await expect(desk.page.locator("main")).to_contain_text("Your session has ended")
    await desk.is_sound()
    await desk.page.fill("[name=email]", FRONT_DESK)
    await desk.page.fill("[name=password]", PASSWORD)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("h1")).to_have_text("Nora Gray")


async def test_a_session_that_ended_under_the_icon_leads_to_the_door_and_back_and_nothing_was_done(
    house: House, desk: Desk
) -> None:
    await desk.finds("Quentin Ashdown")
    icon = desk.page.locator("main portal-status")
    await icon.locator(".icon").click()
    await expect(icon.locator("dialog .address")).to_be_visible()
    # It ends while the question is under way: a screen that hears of the end takes the dialog away within a second.
    async with _held(desk, "createPortalAccount"):
        async with desk.page.expect_request(lambda sent: "createPortalAccount" in (sent.post_data or "")):
            await icon.locator("dialog .primary").click()
        _end_every_session(house.database)
    await expect(desk.page.locator("h1")).to_have_text("Sign in to the staff screen")
    await expect(desk.page.locator("main")).to_contain_text("Your session has ended")
    await desk.page.fill("[name=email]", FRONT_DESK)
    await desk.page.fill("[name=password]", PASSWORD)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("h1")).to_have_text("Quentin Ashdown")
    await expect(icon.locator(".text")).to_have_text("No account")
    await icon.locator(".icon").click()
    await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog h2")).to_have_text("Quentin Ashdown is invited")


async def test_a_reload_keeps_the_session_and_the_place_and_a_copied_tab_goes_on_with_it(desk: Desk) -> None:
    await desk.goes_to("worklist?state=LINKED", "Worklist")
    await desk.page.reload()
    await expect(desk.page.locator("main:not([aria-busy]) h1")).to_contain_text("Worklist")
    async with desk.page.context.expect_page() as opened:
        await desk.page.evaluate("open(location.href)")
    copy = await opened.value
    await expect(copy.locator("main:not([aria-busy]) h1")).to_contain_text("Worklist")
    await desk.page.reload()
    await expect(desk.page.locator("h1")).to_contain_text("Worklist")


async def test_tokens_are_kept_in_no_lasting_place_and_gone_after_signing_out(desk: Desk) -> None:
    kept = "JSON.stringify(localStorage) + document.cookie"
    assert "refresh" not in await desk.page.evaluate(kept)
    assert "refresh" in await desk.page.evaluate("JSON.stringify(sessionStorage)")
    # A page to come back to: the first one takes the place of the door in the window's history.
    await desk.goes_to("contacts", "Contacts")
    await desk.page.click("text=Sign out")
    await expect(desk.page.locator("h1")).to_have_text("Sign in to the staff screen")
    assert await desk.page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    await desk.page.go_back()
    await expect(desk.page.locator("h1")).to_have_text("Sign in to the staff screen")


async def test_a_permission_that_was_taken_away_is_said_in_words(house: House, desk: Desk) -> None:
    await _types_a_new_person(desk, "Refused")
    with nothing_permitted(house.database):
        await desk.page.click("dialog button[type=submit]")
        await expect(desk.page.locator("dialog [role=alert]")).to_contain_text("a permission is missing")
    await desk.is_sound()
    assert await house.on_record("Refused Trouble") == 0


@asynccontextmanager
async def _held(desk: Desk, asking: str) -> AsyncIterator[list[str]]:
    """Questions with these words get no answer before the block ends. Each that was asked is in the list."""
    asked: list[str] = []
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        question = route.request.post_data or ""
        if asking in question:
            asked.append(question)
            await answered.wait()
        await route.fallback()

    await desk.page.route("**/graphql", hold)
    try:
        yield asked
    finally:
        answered.set()


async def _on_the_record_of(desk: Desk, name: str) -> None:
    """Their page, loaded anew: nothing was asked before that only other pages need."""
    await desk.finds(name)
    await desk.page.reload()
    await expect(desk.page.locator("main:not([aria-busy]) h1")).to_have_text(name)


async def test_what_is_pressed_twice_on_a_slow_line_is_done_once(desk: Desk) -> None:
    page = desk.page
    await _on_the_record_of(desk, "Leo Park")
    async with _held(desk, "staffMembers("):
        await page.get_by_role("button", name="Add an appointment").dblclick()
    await expect(page.locator("dialog:modal")).to_be_visible()
    await expect(page.locator("dialog")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)

    await page.route("**/graphql", with_a_second_page())
    await desk.goes_to("letters", "Emails sent")
    rows, more = page.locator("main tbody tr"), page.get_by_role("button", name="Show more")
    await expect(more).to_be_visible()
    before = await rows.count()
    async with _held(desk, "letters("):
        await more.dblclick()
    await expect(more).to_have_count(0)
    await expect(rows).to_have_count(2 * before)

    async with _held(desk, "signOut") as asked:
        await page.get_by_role("button", name="Sign out").dblclick()
    await expect(page.locator("main p.said")).to_have_text("You are signed out.")
    assert len(asked) == 1


async def test_a_dialog_that_comes_late_does_not_open_on_another_page(desk: Desk) -> None:
    await _on_the_record_of(desk, "Leo Park")
    told = desk.page.expect_response(lambda answer: "staffMembers(" in (answer.request.post_data or ""))
    async with told, _held(desk, "staffMembers("):
        await desk.page.get_by_role("button", name="Add an appointment").click()
        await desk.goes_to("transfers", "Transfers")
    await desk.is_sound()
    await expect(desk.page.locator("dialog")).to_have_count(0)


async def test_what_is_typed_or_open_in_the_head_while_an_answer_is_on_its_way_stays(desk: Desk) -> None:
    page, search = desk.page, desk.page.locator("#search")
    async with _held(desk, "contacts(search"):
        await page.keyboard.press("Control+k")
        await expect(search).to_be_focused()
        await page.keyboard.type("Nora Gray")
        await page.keyboard.press("Enter")
        await expect(search).to_have_value("")
        # The page that says so takes the focus from an empty search: after that somebody goes on typing.
        await expect(page.locator("main").get_by_text("Getting the records…")).to_be_visible()
        await search.focus()
        await page.keyboard.type("2")
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("Nora Gray")
    await expect(search).to_have_value("2")
    await expect(search).to_be_focused()

    # A menu that somebody opened meanwhile stays open, and the focus stays in it.
    await search.fill("")
    await page.set_viewport_size({"width": 320, "height": 900})
    menu = page.get_by_role("button", name="Menu")
    async with _held(desk, "contacts(search"):
        await page.evaluate("location.hash = '#/contacts'")
        await expect(page.locator("main[aria-busy] h1")).to_have_text("Contacts")
        await menu.click()
        await expect(page.get_by_role("link", name="Worklist")).to_be_visible()
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("Contacts")
    await expect(menu).to_be_focused()
    await page.get_by_role("link", name="Worklist").click()
    await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Worklist")
    await expect(page.get_by_role("link", name="Worklist", exact=True)).to_be_hidden()


async def test_a_late_answer_closes_no_dialog_in_which_somebody_types(house: House, browser: Browser) -> None:
    async with desk_at(browser, house.url) as admin:
        page = admin.page
        await admin.signs_in(ADMIN)
        await admin.goes_to("settings", "Settings")
        await page.fill("[name=phone]", "(208) 555-0134")
        # After the answer the screen asks who is signed in where, and then it shows the settings anew.
        learned = page.expect_response(lambda answer: "staffIdleMinutes" in (answer.request.post_data or ""))
        async with learned as told, _held(admin, "updateOrganization"):
            await page.get_by_role("button", name="Save the settings").click()
            # What takes long says so, in the button and beside it.
            await expect(page.get_by_role("button", name="One moment…")).to_be_visible()
            await expect(page.locator("main form [role=status]", has_text="This takes a moment…")).to_be_visible()
            await page.get_by_role("button", name="Add a facility").click()
            await page.fill("dialog [name=name]", "Harbor")
        await (await told.value).finished()
        await page.evaluate("fetch('/staff/', { cache: 'no-store' }).then(answer => answer.text())")
        await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await expect(page.locator("dialog [name=name]")).to_have_value("Harbor")
        await page.keyboard.press("Escape")
        await expect(page.locator("#notices")).to_contain_text("The settings are saved.")


def _end_every_session(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE staff_session SET ended_at = created_at, end_reason = 'test'")


@pytest.mark.parametrize("held", [(RECORDS,), (PORTAL, "VIEW_AUDIT"), (PORTAL, RECORDS)], ids=" ".join)
async def test_what_somebody_may_not_do_is_not_offered(house: House, browser: Browser, held: tuple[str, ...]) -> None:
    token = await token_of(house.product)
    omar, mia = [await record_of(house.product, token, name) for name in ("Omar Reyes", "Mia Park")]
    nora = await record_of(house.product, token, "Nora Gray")
    stranger = await contact_in_conflict_at(house.product, token, "leo.park@example.com")
    await house.product.graphql(ASK, token, input={"contactId": mia["id"], "reason": "She showed her card."})
    await house.product.graphql(
        MERGE, token, input={"keptId": nora["id"], "duplicateId": omar["id"], "reason": "The same person."}
    )
    with permitted(house.database, *held):
        async with desk_at(browser, house.product.api_url) as desk:
            await desk.signs_in()
            # Of the rooms, only those of everybody who reads records.
            await expect(desk.page.locator("#top nav a")).to_have_count(4)
            await desk.page.locator("button.row").first.click()
            await expect(desk.page.locator("#appointment .summary")).to_be_visible()
            offered = await offers(desk)
            for view, heading in (
                (f"contact/{omar['id']}", "Omar Reyes"),
                (f"contact/{mia['id']}", "Mia Park"),
                (f"contact/{stranger}", "Lee Parker"),
                ("contacts", "Contacts"),
                ("worklist?state=NO_ACCOUNT", "Worklist"),
                ("transfers", "Transfers"),
            ):
                await desk.goes_to(view, heading)
                await expect(desk.page.locator("main")).not_to_contain_text("Getting the records")
                offered += await offers(desk)
    there = {name for name in OFFERED if any(text.startswith(name) for text in offered)}
    assert there == {name for name, needs in OFFERED.items() if needs <= set(held)}
