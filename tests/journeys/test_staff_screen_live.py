"""The staff screen hears of changes elsewhere: what it says on its socket, and that the icon turns blue by itself.

Where the line is cut or refused, the server's half of the conversation is played here, word by word; what the screen
then asks for is real.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, WebSocketRoute, expect

from dev.demo.people import PRACTICES
from tests.factories.letters import link_in
from tests.journeys.at_the_desk import ADMIN, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.front_desk import CREATE_CONTACT
from tests.portal_forms import type_into

INVITE = "mutation ($input: CreatePortalAccountInput!) { createPortalAccount(input: $input) { __typename } }"
BORN = next(str(person.date_of_birth) for person in PRACTICES[0].people if person.family_name == "Ocampo")
STATES = {
    "No email address",
    "No account",
    "Invited",
    "Account found, not linked",
    "Linked",
    "Address conflict",
}
ENTER = "mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { __typename } }"
UPDATE = "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }"
RENAME = "mutation ($input: UpdateOrganizationInput!) { updateOrganization(input: $input) { __typename } }"


class Line:
    """The other end of the screen's socket: every conversation it began, and what it said in each."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        self.hung_up = asyncio.Event()
        self.pinged = asyncio.Event()
        self._said = asyncio.Event()
        self.silent = False

    def answer(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        socket.on_close(lambda _code, _reason: self.hung_up.set())

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        self.heard.append(message)
        self._said.set()
        if message["type"] == "ping":
            self.pinged.set()
        answer = {"connection_init": "connection_ack", "ping": "pong"}.get(message["type"])
        if answer and not self.silent:
            socket.send(json.dumps({"type": answer}))

    def subscribed_to(self, contact_id: str) -> list[dict[str, Any]]:
        asked = [message for message in self.heard if message["type"] == "subscribe"]
        return [m for m in asked if m["payload"]["variables"] == {"ids": [contact_id]}]

    async def listens_to(self, words: str) -> None:
        """Wait until the page has subscribed to something with these words in its question or its variables."""
        async with asyncio.timeout(60):
            while not any(words in str(message) for message in self.heard if message["type"] == "subscribe"):
                self._said.clear()
                await self._said.wait()

    def tell(self, contact_id: str) -> None:
        """Say that the contact's status has changed."""
        self._tell(self.subscribed_to(contact_id), contact_id)

    def plans_changed(self) -> None:
        """Say that some appointment has changed."""
        asked = [message for message in self.heard if message["type"] == "subscribe"]
        [plans] = [one for one in asked if "appointmentsChanged" in one["payload"]["query"]][-1:]
        payload = {"data": {"appointmentsChanged": None}}
        self.sockets[-1].send(json.dumps({"type": "next", "id": plans["id"], "payload": payload}))

    def tell_the_latest(self, contact_id: str) -> None:
        """The same in the conversation that began last, whomever it is about."""
        self._tell([message for message in self.heard if message["type"] == "subscribe"], contact_id)

    def _tell(self, conversations: list[dict[str, Any]], contact_id: str) -> None:
        [asked] = [m for m in conversations if "portalStatusChanged" in m["payload"]["query"]][-1:]
        payload = {"data": {"portalStatusChanged": {"id": contact_id}}}
        self.sockets[-1].send(json.dumps({"type": "next", "id": asked["id"], "payload": payload}))


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_live"), with_portal=True) as product:
        yield product


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
async def desk(demo: Product, browser: Browser, line: Line) -> AsyncIterator[Desk]:
    async with desk_at(browser, demo.api_url, is_opened=False) as desk:
        await desk.page.clock.install()
        await desk.page.route_web_socket("**/graphql", line.answer)
        await desk.opens()
        await desk.signs_in()
        yield desk


async def test_the_icon_turns_blue_on_two_screens_when_the_person_registers_and_both_hear_of_a_new_name(
    demo: Product, browser: Browser
) -> None:
    token = await token_of(demo)
    contact_id = (await record_of(demo, token, "Beatriz Ocampo"))["id"]
    async with desk_at(browser, demo.api_url) as calendar, desk_at(browser, demo.api_url) as record:
        told = [_told_to(window.page) for window in (calendar, record)]
        await calendar.signs_in()
        await record.signs_in(ADMIN)
        await record.finds("Beatriz Ocampo")
        in_the_calendar = calendar.page.locator("tr portal-status[contact-name='Beatriz Ocampo'] .text")
        on_the_record = record.page.locator("main portal-status .text")
        await expect(in_the_calendar).to_have_text("No account")
        await demo.graphql(INVITE, token, input={"contactId": contact_id})
        await expect(in_the_calendar).to_have_text("Invited")
        await expect(on_the_record).to_have_text("Invited")

        letter = await demo.letter_to("beatriz.ocampo@example.com")
        person = await browser.new_page(java_script_enabled=False)
        await person.goto(link_in(letter))
        await type_into(person, "date_of_birth", BORN)
        await person.fill("[name=password]", "seven purple kettles sing")
        await person.click("main form button[type=submit] >> nth=0")
        await expect(in_the_calendar).to_have_text("Linked")
        await expect(on_the_record).to_have_text("Linked")
        await expect(record.page.locator(".history")).to_contain_text("Linked now")
        # Both were told; where nobody tells anything, a screen asks every ten seconds.
        assert all(told)
        await person.close()
        await _both_hear_of_the_practices_new_name(demo, token, calendar.page, record.page)


async def _both_hear_of_the_practices_new_name(demo: Product, token: str, *screens: Page) -> None:
    for name in ("Willow Creek Family Practice", "Willow Creek Counseling"):
        await demo.graphql(RENAME, token, input={"name": name})
        for screen in screens:
            await expect(screen.locator("#top .brand")).to_have_text(name)


def _told_to(page: Page) -> list[str]:
    """What the page is told through its socket. The list fills by itself."""
    told: list[str] = []

    def keep(said: str | bytes) -> None:
        if "portalStatusChanged" in str(said):
            told.append(str(said))

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return told


async def _moves(demo: Product, token: str, contact_id: str, email: str) -> None:
    await demo.graphql(UPDATE, token, input={"contactId": contact_id, "emails": [email]})


async def test_a_change_elsewhere_is_shown_when_told_and_caught_up_with_after_the_line_was_cut(
    demo: Product, desk: Desk, line: Line
) -> None:
    token = await token_of(demo)
    contact_id = (await record_of(demo, token, "Omar Reyes"))["id"]
    await desk.finds("Omar Reyes")
    summary = desk.page.locator("main .summary")
    await expect(summary).to_contain_text("omar.reyes@example.com")
    await line.listens_to(contact_id)
    assert line.heard[0]["payload"]["authorization"].startswith("Bearer ")

    await _moves(demo, token, contact_id, "told@example.com")
    line.tell(contact_id)
    await expect(summary).to_contain_text("told@example.com")

    await _moves(demo, token, contact_id, "caught.up@example.com")
    await line.sockets[-1].close(code=1012)
    await expect(summary).to_contain_text("caught.up@example.com")
    assert len(line.sockets) > 1


async def test_what_changed_while_a_dialog_was_open_is_shown_when_it_is_closed(
    demo: Product, desk: Desk, line: Line
) -> None:
    token, page = await token_of(demo), desk.page
    contact_id = (await record_of(demo, token, "Hana Kobayashi"))["id"]
    await desk.finds("Hana Kobayashi")
    summary = page.locator("main .summary")
    await expect(summary).to_contain_text("hana.kobayashi@example.com")
    await page.get_by_role("button", name="Change the phone numbers").click()
    await page.fill("dialog [name=phones-0]", "(208) 555-01")
    await _moves(demo, token, contact_id, "meanwhile@example.com")
    await line.listens_to(contact_id)
    line.tell(contact_id)
    # The icon has heard of it already; what is being typed stays.
    await expect(page.locator("main portal-status .tip")).to_contain_text("meanwhile@example.com")
    await expect(page.locator("dialog [name=phones-0]")).to_have_value("(208) 555-01")
    await expect(summary).to_contain_text("hana.kobayashi@example.com")
    await page.keyboard.press("Escape")
    await expect(summary).to_contain_text("meanwhile@example.com")
    await expect(page.get_by_role("button", name="Change the phone numbers")).to_be_focused()


async def test_an_older_answer_that_comes_late_does_not_take_the_place_of_a_newer_one(
    demo: Product, desk: Desk, line: Line
) -> None:
    token, page = await token_of(demo), desk.page
    record = await record_of(demo, token, "Yusuf Demir")
    await desk.finds("Yusuf Demir")
    summary, pin = page.locator("main .summary"), page.locator("output.pin")
    await page.get_by_role("button", name="Show the PIN").click()
    await expect(pin).to_have_text(record["portalPin"])
    older, asked, pins = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        question = route.request.post_data or ""
        if "portalLinks(first" in question and not asked.is_set():
            answer = await route.fetch()
            asked.set()
            await older.wait()
            await route.fulfill(response=answer)
            return
        if "portalPin" in question:
            await pins.wait()
        await route.continue_()

    await page.route("**/graphql", late)
    await line.listens_to(record["id"])
    line.tell(record["id"])
    async with asyncio.timeout(60):
        await asked.wait()
    await _moves(demo, token, record["id"], "newer@example.com")
    line.tell(record["id"])
    await expect(summary).to_contain_text("newer@example.com")
    # A PIN that is being read out stays while it is asked for anew.
    await expect(pin).to_have_text(record["portalPin"])
    async with page.expect_response(lambda one: "portalLinks(first" in (one.request.post_data or "")) as answered:
        older.set()
    await (await answered.value).finished()
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await expect(summary).to_contain_text("newer@example.com")
    pins.set()


async def test_a_calendar_that_is_drawn_anew_keeps_its_order_and_what_is_open_in_it(
    demo: Product, desk: Desk, line: Line
) -> None:
    token, page = await token_of(demo), desk.page
    for name, starts in (("Zadie Late", "15:00"), ("Abel Early", "16:00")):
        await _appointment(demo, token, name, f"2031-06-05T{starts}:00Z")
    await line.listens_to("appointmentsChanged")
    line.heard.clear()
    await desk.goes_to("calendar?day=2031-06-05", "Calendar")
    names = page.locator("button.row")
    await page.click("button.sort:text('Name')")
    await expect(names).to_have_text(["Abel Early", "Zadie Late"])
    icon = page.locator("tr portal-status[contact-name='Abel Early']")
    await icon.locator(".icon").click()
    await expect(icon.locator("dialog .address")).to_have_text("abel@example.com")
    await _appointment(demo, token, "Mona Between", "2031-06-05T15:30:00Z")
    await line.listens_to("appointmentsChanged")
    line.plans_changed()
    # Long enough for many changes at once to be one.
    await page.clock.run_for(1_000)
    await expect(icon.locator("dialog .address")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(names).to_have_text(["Abel Early", "Mona Between", "Zadie Late"])
    await expect(icon.locator(".icon")).to_be_focused()


async def _appointment(demo: Product, token: str, name: str, starts: str) -> None:
    given, family = name.split()
    facts = {"givenName": given, "familyName": family, "emails": [f"{given.lower()}@example.com"]}
    contact = (await demo.graphql(CREATE_CONTACT, token, input=facts))["createContact"]["contact"]["id"]
    times = {"contactId": contact, "startsAt": starts, "endsAt": starts.replace(":00Z", ":20Z")}
    await demo.graphql(ENTER, token, input=times)


async def test_a_line_that_died_without_a_word_is_noticed_and_what_was_missed_is_caught_up_with(
    demo: Product, desk: Desk, line: Line
) -> None:
    token = await token_of(demo)
    contact_id = (await record_of(demo, token, "Emeka Obi"))["id"]
    await desk.finds("Emeka Obi")
    summary = desk.page.locator("main .summary")
    await expect(summary).to_contain_text("emeka.obi@example.com")
    began = len(line.sockets)
    # One beat, however late it is heard: two without an answer would end the line.
    await desk.page.clock.fast_forward(10_000)
    async with asyncio.timeout(60):
        await line.pinged.wait()
    assert len(line.sockets) == began

    line.silent = True
    await _moves(demo, token, contact_id, "missed@example.com")
    await expect(summary).to_contain_text("emeka.obi@example.com")
    await desk.page.clock.fast_forward(15_000)
    await desk.page.clock.fast_forward(15_000)
    line.silent = False
    await expect(summary).to_contain_text("missed@example.com")
    async with asyncio.timeout(60):
        while len(line.sockets) == began:
            await desk.page.clock.fast_forward(1_000)


async def test_the_calendar_asks_for_changed_icons_only_and_its_line_ends_with_the_session(
    demo: Product, desk: Desk, line: Line
) -> None:
    # A page without icons, so that no other icon asks meanwhile.
    await line.listens_to("portalStatusChanged")
    await desk.goes_to("transfers", "Transfers")
    line.heard.clear()
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.post_data or "") if _is_question(request) else None)
    await desk.goes_to("calendar", "Calendar")
    drawn = desk.page.locator("tbody portal-status .text")
    await expect(desk.page.locator("tbody tr").nth(19)).to_be_visible()
    rows = await desk.page.locator("tbody tr").count()
    await expect(drawn).to_have_count(rows)
    await expect(drawn.filter(has_not_text=re.compile("|".join(STATES)))).to_have_count(0)
    # An icon that has to ask does so at once: a second later by the page's clock its question would be out.
    await desk.page.clock.run_for(1_000)
    assert len([one for one in asked if "appointments(" in one]) == 1
    assert [one for one in asked if "PortalIcons" in one] == []

    without = desk.page.locator("tbody tr", has_text="No account").first.locator("portal-status")
    contact_id = await without.get_attribute("contact-id")
    assert contact_id is not None
    await _invite(demo, contact_id)
    await line.listens_to("portalStatusChanged")
    line.tell_the_latest(contact_id)
    same = desk.page.locator(f"tbody portal-status[contact-id='{contact_id}'] .text")
    await expect(same.first).to_have_text("Invited")
    assert [json.loads(one)["variables"] for one in asked if "PortalIcons" in one] == [{"ids": [contact_id]}]
    await _the_line_ends_with_the_session(desk, line)


async def _the_line_ends_with_the_session(desk: Desk, line: Line) -> None:
    await expect(desk.page.locator("tbody tr").first).to_be_visible()
    await desk.page.click("text=Sign out")
    await expect(desk.page.locator("h1")).to_have_text("Sign in to the staff screen")
    async with asyncio.timeout(60):
        await line.hung_up.wait()


async def _invite(demo: Product, contact_id: str) -> None:
    await demo.graphql(INVITE, await token_of(demo), input={"contactId": contact_id, "sender": "AUTOMATIC"})


def _is_question(request: Request) -> bool:
    return request.url.endswith("/graphql") and request.method == "POST"
