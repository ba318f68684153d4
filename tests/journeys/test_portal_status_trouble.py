"""What the icon says when something goes wrong in the middle of the click, and that nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.journeys.an_ehr import Chart, House, button, ehr_beside_the_practice, opens, served, window_of_the_ehr
from tests.journeys.at_the_desk import ADMIN, is_sound, nothing_permitted, record_of, token_of


@pytest.fixture(scope="module")
async def house(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with ehr_beside_the_practice(demo_at_rest, tmp_path_factory.mktemp("portal_status")) as house:
        yield house


@pytest.fixture
async def page(house: House, browser: Browser) -> AsyncIterator[Page]:
    async with window_of_the_ehr(house, browser) as page:
        yield page


async def test_a_lost_answer_and_a_second_press_make_one_account(house: House, page: Page) -> None:
    keys: list[str] = []

    async def lose_the_first(route: Route) -> None:
        if "CreatePortalAccountInput" in (route.request.post_data or ""):
            keys.append((route.request.post_data_json or {})["variables"]["input"]["idempotencyKey"])
            if len(keys) == 1:
                await route.fetch()
                await route.abort()
                return
        await route.continue_()

    [icon] = await opens(page, house, "Beatriz Ocampo")
    await page.route("**/graphql", lose_the_first)
    await button(icon).click()
    create = icon.get_by_role("button", name="Create the account")
    await create.dblclick()
    await expect(icon.locator("dialog h2")).to_have_text("Beatriz Ocampo is invited")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    record = await record_of(house.product, house.chart.token, "Beatriz Ocampo")
    assert (record["portalStatus"]["state"], record["portalLinks"]["totalCount"]) == ("INVITED", 1)


MOVES_ON = "(icon, id) => icon.setAttribute('contact-id', id)"


async def test_a_page_that_goes_on_to_another_contact_takes_the_question_about_the_first_with_it(
    house: House, page: Page
) -> None:
    [oksana, uma] = await opens(page, house, "Oksana Tymoshenko", "Uma Krishnamurthy")
    other = await uma.get_attribute("contact-id")
    await uma.evaluate("icon => icon.remove()")
    answers = asyncio.Event()
    first_asked = asyncio.Event()

    async def slowly(route: Route) -> None:
        if "PortalIcon(" in (route.request.post_data or "") and not first_asked.is_set():
            first_asked.set()
            await answers.wait()
        await route.continue_()

    await page.route("**/graphql", slowly)
    await button(oksana).click()
    async with asyncio.timeout(10):
        await first_asked.wait()
    await oksana.evaluate(MOVES_ON, other)
    answers.set()
    await expect(button(oksana)).not_to_have_attribute("aria-busy", "true")
    await expect(oksana.locator("dialog")).to_have_count(0)

    # The page's own name for the contact is still the former one's: the question bears the record's.
    await button(oksana).click()
    await expect(oksana.locator("dialog h2")).to_have_text("Create a portal account for Uma Krishnamurthy?")
    await oksana.evaluate(MOVES_ON, (await record_of(house.product, house.chart.token, "Oksana Tymoshenko"))["id"])
    await expect(oksana.locator("dialog")).to_have_count(0)
    for name in ("Oksana Tymoshenko", "Uma Krishnamurthy"):
        assert (await record_of(house.product, house.chart.token, name))["portalStatus"]["state"] == "NO_ACCOUNT"


async def test_an_answer_about_the_contact_before_says_nothing_about_the_one_shown_now(
    house: House, page: Page
) -> None:
    [icon, other] = await opens(page, house, "Ximena Robles", "Yusuf Demir")
    yusuf = await other.get_attribute("contact-id")
    await other.evaluate("icon => icon.remove()")
    answers, asked = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        if "CreatePortalAccountInput" in (route.request.post_data or ""):
            asked.set()
            await answers.wait()
        await route.continue_()

    await page.route("**/graphql", slowly)
    await button(icon).click()
    await icon.get_by_role("button", name="Create the account").click()
    async with asyncio.timeout(10):
        await asked.wait()
    await icon.evaluate(MOVES_ON, yusuf)
    await expect(icon.locator("dialog")).to_have_count(0)
    await button(icon).click()
    await expect(icon.locator("dialog .address")).to_have_text("yusuf.demir@example.com")
    async with page.expect_response(lambda answer: "CreatePortalAccountInput" in (answer.request.post_data or "")):
        answers.set()
    await expect(icon.locator("dialog h2")).to_have_text("Create a portal account for Yusuf Demir?")
    await icon.get_by_role("button", name="Cancel").click()
    states = [
        (await record_of(house.product, house.chart.token, name))["portalStatus"]["state"]
        for name in ("Ximena Robles", "Yusuf Demir")
    ]
    assert states == ["INVITED", "NO_ACCOUNT"]


async def test_a_session_that_ended_is_told_to_the_page_and_nothing_is_done(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Calvin Moreau")
    kept, house.chart.token = house.chart.token, "not-a-token"
    await button(icon).click()
    await expect(icon.locator("dialog .error")).to_contain_text("Your session has ended")
    await expect(page.locator("#said")).to_have_text("Sign in to Vestibule again.")
    house.chart.token = kept
    await icon.get_by_role("button", name="Try again").click()
    await expect(icon.locator("dialog .address")).to_have_text("calvin.moreau@example.com")
    assert (await record_of(house.product, kept, "Calvin Moreau"))["portalStatus"]["state"] == "NO_ACCOUNT"


async def test_a_server_that_restarts_in_the_middle_of_the_click_is_waited_for(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Emeka Obi")
    await button(icon).click()
    await expect(icon.locator("dialog .address")).to_be_visible()
    await asyncio.to_thread(house.api.stop)
    await icon.get_by_role("button", name="Create the account").click()
    told = icon.locator("dialog .error")
    await expect(icon.get_by_role("button", name="One moment…").or_(told)).to_be_visible()
    await asyncio.to_thread(house.api.start)
    await expect(told.or_(icon.locator("dialog h2", has_text="is invited"))).to_be_visible()
    # On a slow machine the restart outlasts the patience; then the person was told, and presses again.
    if await told.count():
        await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog h2")).to_have_text("Emeka Obi is invited")
    assert (await record_of(house.product, house.chart.token, "Emeka Obi"))["portalLinks"]["totalCount"] == 1


async def test_a_page_whose_origin_is_not_named_learns_nothing(house: House, page: Page) -> None:
    stranger = Chart(house.chart.api_url)
    stranger.token = house.chart.token
    stranger.lay_out(await record_of(house.product, house.chart.token, "Leo Park"))
    page.context.on("weberror", lambda _: None)
    with served(stranger):
        blocked = await page.context.new_page()
        await blocked.goto(stranger.url)
        await expect(blocked.locator("portal-status .text")).to_have_text("Not available")
        assert "leo.park" not in await blocked.evaluate(
            "document.querySelector('portal-status').shadowRoot.textContent"
        )


async def test_a_permission_that_was_taken_away_is_said_and_nothing_is_done(house: House, page: Page) -> None:
    [icon] = await opens(
        page,
        house,
        "Farah Haddad",
    )
    await button(icon).click()
    await expect(icon.locator("dialog h2")).to_be_visible()
    with nothing_permitted(house.database):
        await icon.get_by_role("button", name="Send the email again").click()
        await expect(icon.locator("dialog .error")).to_contain_text("You need the permission WEB_PORTAL")
        await expect(icon.locator("dialog .error")).to_be_focused()
        await is_sound(page)
        await icon.get_by_role("button", name="Cancel").click()
        await page.reload()
        await expect(button(icon)).not_to_have_attribute("aria-busy", "true")
        await button(icon).click()
        await expect(icon.locator(".tip")).to_contain_text("You need the permission WEB_PORTAL")
        await expect(page.locator("dialog")).to_have_count(0)


async def test_without_a_network_the_person_is_told_and_pressing_again_does_it_once(house: House, page: Page) -> None:
    [icon] = await opens(page, house, "Hana Kobayashi")
    await button(icon).click()
    await expect(icon.locator("dialog .address")).to_be_visible()
    await page.context.set_offline(True)
    await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog .error")).to_contain_text("The server can't be reached")
    await page.context.set_offline(False)
    await icon.locator("dialog .primary").click()
    await expect(icon.locator("dialog h2")).to_have_text("Hana Kobayashi is invited")
    record = await record_of(house.product, await token_of(house.product, ADMIN), "Hana Kobayashi")
    assert (record["portalStatus"]["state"], record["portalLinks"]["totalCount"]) == ("INVITED", 1)
