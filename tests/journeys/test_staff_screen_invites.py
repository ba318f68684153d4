"""Inviting a whole list from the worklist: progress, stopping, lost answers, and nobody invited twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Route, expect

from tests.journeys.at_the_desk import ADMIN, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.looks import Look

CREATE = "mutation ($input: CreateContactInput!) { createContact(input: $input) { __typename } }"
UPDATE = "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }"
VISIT = "mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { __typename } }"
FACILITIES = "{ organization { facilities { id name } } }"
COUNTS = "{ portalStateCounts { state count } }"


async def _with_no_account(demo: Product, token: str) -> int:
    counts = (await demo.graphql(COUNTS, token))["portalStateCounts"]
    found: int = {row["state"]: row["count"] for row in counts}["NO_ACCOUNT"]
    return found


async def test_inviting_can_be_stopped_and_gone_on_with_and_lost_answers_invite_nobody_twice(
    demo_at_rest: Path, tmp_path: Path, browser: Browser
) -> None:
    async with demo_practice(demo_at_rest, tmp_path) as demo:
        token = await token_of(demo)
        for number in range(30):
            facts = {"givenName": "Aaron", "familyName": f"Aa {number}", "emails": [f"aaron.{number}@example.com"]}
            await demo.graphql(CREATE, token, input=facts)
        async with desk_at(browser, demo.api_url) as desk:
            await desk.signs_in(ADMIN)
            await _the_list_does_not_wait_for_the_counts(desk)
            await _ticked_ones(demo, desk, token)
            await _who_comes_soon(demo, desk, token)
            await _stopped_and_gone_on_with(desk)
            assert await _with_no_account(demo, token) == 0
            last = {"givenName": "Zoe", "familyName": "Last", "emails": ["zoe@example.com"]}
            await demo.graphql(CREATE, token, input=last)
            await _the_last_one(desk)
        assert await _with_no_account(demo, token) == 0


async def _the_list_does_not_wait_for_the_counts(desk: Desk) -> None:
    page, listed = desk.page, asyncio.Event()

    async def count_later(route: Route) -> None:
        if "portalStateCounts" in (route.request.post_data or ""):
            await listed.wait()
        await route.continue_()

    async def refuse(route: Route) -> None:
        if "contacts(search" in (route.request.post_data or ""):
            error = {"message": "too long", "extensions": {"code": "TOO_COMPLEX"}}
            await route.fulfill(json={"data": None, "errors": [error]})
        else:
            await route.continue_()

    await page.route("**/graphql", count_later)
    await desk.goes_to("worklist?state=NO_ACCOUNT", "Worklist")
    await expect(page.locator("main table tbody tr").first).to_be_visible()
    await expect(page.get_by_role("button", name="Invite these")).to_have_count(0)
    listed.set()
    await expect(page.get_by_role("button", name="Invite these")).to_be_visible()
    await page.unroute("**/graphql", count_later)

    # A search that takes too long says what to do, and the form stays.
    await page.route("**/graphql", refuse)
    await desk.goes_to("contacts?search=a", "Contacts")
    await expect(page.get_by_role("alert")).to_contain_text("Type more letters")
    await expect(page.locator("main form[role=search] [name=search]")).to_have_value("a")
    await desk.is_sound()
    await page.unroute("**/graphql", refuse)


async def _ticked_ones(demo: Product, desk: Desk, token: str) -> None:
    page = desk.page
    await desk.goes_to("worklist?state=NO_ACCOUNT", "Worklist")
    await expect(page.get_by_role("button", name="Tick whom to invite")).to_be_disabled()
    button = page.get_by_role("button", name="with a tick")
    for name in ("Aaron Aa 0", "Aaron Aa 1", "Aaron Aa 2"):
        await page.get_by_role("checkbox", name=f"Invite {name}", exact=True).check()
    await page.get_by_role("checkbox", name="Invite Aaron Aa 1", exact=True).uncheck()
    await expect(button).to_have_text("Invite the 2 with a tick")
    for look in (Look(320, 900), Look(390, 900, color_scheme="dark"), Look(1280, 900)):
        await look.put_on(page)
        await desk.is_sound()
    # One of them loses the address meanwhile: who was not invited is told by name, with the reason.
    gone = (await record_of(demo, token, "Aaron Aa 2"))["id"]
    await demo.graphql(UPDATE, token, input={"contactId": gone, "emails": []})
    await button.click()
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [role=status]")).to_have_text("Done: 1 invited, 1 not.", timeout=30_000)
    await expect(page.locator("dialog .results li")).to_contain_text("Aaron Aa 2: ")
    await desk.is_sound()
    await page.click("dialog >> text=Close")
    await expect(page.get_by_role("checkbox", name="Invite Aaron Aa 1", exact=True)).to_be_visible()
    await expect(page.get_by_role("checkbox", name="Invite Aaron Aa 0", exact=True)).to_have_count(0)


async def _who_comes_soon(demo: Product, desk: Desk, token: str) -> None:
    start = datetime.now(UTC) + timedelta(days=2)
    times = {"startsAt": start.isoformat(), "endsAt": (start + timedelta(hours=1)).isoformat()}
    known = (await demo.graphql(FACILITIES, token))["organization"]["facilities"]
    places = {facility["name"]: facility["id"] for facility in known}
    for name, place in (("Aaron Aa 3", "Hilltop"), ("Aaron Aa 4", "Riverside")):
        comes = (await record_of(demo, token, name))["id"]
        await demo.graphql(VISIT, token, input={"contactId": comes, "facilityId": places[place], **times})
    page = desk.page
    await desk.goes_to("worklist?state=NO_ACCOUNT", "Worklist")
    await page.get_by_role("button", name="Invite who comes soon").click()
    await desk.is_sound()
    # Only those who come to this facility are offered.
    await page.select_option("dialog [name=facilityId]", label="Hilltop")
    await page.click("dialog button[type=submit]")
    aaron = page.locator("dialog").get_by_role("checkbox", name="Invite Aaron Aa 3", exact=True)
    await expect(aaron).to_be_checked()
    await expect(page.locator("dialog").get_by_role("checkbox", name="Invite Aaron Aa 4")).to_have_count(0)
    for box in await page.locator("dialog input[type=checkbox]").all():
        await box.uncheck()
    await aaron.check()
    await desk.is_sound()
    await page.get_by_role("button", name="Invite the 1 with a tick").click()
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [role=status]")).to_have_text("Done: 1 invited, 0 not.", timeout=30_000)
    await page.click("dialog >> text=Close")
    await expect(page.get_by_role("checkbox", name="Invite Aaron Aa 3", exact=True)).to_have_count(0)


async def _stopped_and_gone_on_with(desk: Desk) -> None:
    page, asked = desk.page, []

    async def lose_the_second(route: Route) -> None:
        if "createPortalAccounts" in (route.request.post_data or ""):
            asked.append((route.request.post_data_json or {})["variables"]["input"]["idempotencyKey"])
            if len(asked) == 1:
                await page.evaluate("document.querySelector('dialog button').click()")
            if len(asked) == 2:
                await route.fetch()
                await route.abort()
                return
        await route.continue_()

    await page.route("**/graphql", lose_the_second)
    await desk.goes_to("worklist?state=NO_ACCOUNT", "Worklist")
    await page.get_by_role("button", name="Invite these").click()
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [role=status]")).to_contain_text("Stopped.")
    await expect(page.get_by_role("button", name="Go on with the rest")).to_be_focused()
    await desk.is_sound()
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog [role=status]")).to_contain_text("Done:")
    assert asked[1] == asked[2] != asked[0]
    await page.unroute("**/graphql", lose_the_second)


async def _the_last_one(desk: Desk) -> None:
    page = desk.page
    await page.reload()
    await page.get_by_role("button", name="Invite this person").click()
    await desk.is_sound()
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [role=status]")).to_contain_text("Done:")
    # Nothing is under way any more, so the window may be closed.
    await expect(page.get_by_text("Keep this window open until it is done.")).to_be_hidden()
    await desk.is_sound()
    await page.click("dialog >> text=Close")
    await expect(page.locator("main")).to_contain_text("Nobody is in this state.")
