"""The pages in a real browser: on a phone's width, by keyboard, without JavaScript, judged by axe, looked at.

Set VESTIBULE_SCREENSHOTS to a folder to keep a picture of every page.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page
from starlette.applications import Starlette

from patient_portal.app import create_app
from runtime.database import open_database
from tests.clock import FixedClock
from tests.patient_portal.conftest import make_services, make_settings
from tests.patient_portal.practice import EMAIL, PASSWORD, Mailbox, Practice, open_practice

SEND = "main form button[type=submit]"
LONG: dict[str, Any] = {
    "slug": "long",
    "name": "Wolfeschlegelsteinhausenbergerdorff Interkultural Counseling, Family Therapy & Associates of Boise",
    "address": "Wolfeschlegelsteinhausenbergerdorff Building\nSuite 12345, 3rd floor\n12 Mill Lane\nBoise, ID 83702",
    "phone": "+1 (208) 555-0134 ext. 44012",
    "brand_colour": "#ffe94a",
    "logo_png": None,
}


@dataclass(frozen=True)
class Served:
    """A portal that listens, and the practice behind it."""

    address: str
    practice: Practice


@pytest.fixture
async def served(sqlite_database: str, clock: FixedClock, mailbox: Mailbox) -> AsyncIterator[Served]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        services = make_services(clock, mailbox, address)
        async with open_database(sqlite_database):
            practice = await open_practice(services, clock, mailbox)
            async with _listening(create_app(make_settings(address), services), listener):
                yield Served(address, practice)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def _listening(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    # The database is open already; the application's own lifespan would open it twice in one process.
    server = _Server(uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def page_of(browser: Browser, served: Served, **options: Any) -> AsyncIterator[Page]:
    settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US", **options}
    context: BrowserContext = await browser.new_context(base_url=served.address, **settings)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert complaints == []
    await context.close()


async def send(page: Page, button: str = SEND) -> None:
    async with page.expect_navigation():
        await page.click(button)


async def looked_at(page: Page, name: str) -> None:
    """Nothing sticks out sideways, nothing is too small to touch or read, axe finds nothing; and a picture."""
    folder = os.environ.get("VESTIBULE_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    assert await page.evaluate(_SMALL_TARGETS) == [], name
    assert await page.evaluate(_SMALL_TEXT) == [], name
    found = await Axe().run(page, options={"resultTypes": ["violations", "incomplete"]})
    assert [violation["id"] for violation in found.response["violations"]] == [], (name, found.generate_report())


# Links inside a sentence are as small as the sentence (WCAG 2.5.8, inline); all else is 44 px.
_SMALL_TARGETS = """
  [...document.querySelectorAll("a, button, input:not([type=hidden])")]
    .filter(one => one !== document.querySelector(".skip"))
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)
"""
_SMALL_TEXT = """
  [...document.querySelectorAll("body *")]
    .filter(one => one.innerText && parseFloat(getComputedStyle(one).fontSize) < 16)
    .map(one => one.outerHTML.slice(0, 80))
"""

PHONE = {"width": 320, "height": 640}
LOOKS = [
    pytest.param({"viewport": PHONE}, id="320"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark", "locale": "es-US"}, id="320-dark-es"),
    pytest.param({"viewport": {"width": 768, "height": 1024}, "forced_colors": "active"}, id="768-forced-colours"),
    pytest.param({"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}, id="1280-dark"),
]


@pytest.mark.parametrize("look", LOOKS)
async def test_every_page_in_every_state(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    practice = served.practice
    link = await practice.invite()
    async with page_of(browser, served, **look) as page:
        await page.goto("/willow-creek/?next=/willow-creek/documents")
        await looked_at(page, f"home-{name}")
        await send(page)
        await looked_at(page, f"home-error-{name}")
        await page.goto("/willow-creek/nowhere")
        await looked_at(page, f"not-found-{name}")
        await page.goto("/nowhere/")
        await looked_at(page, f"nobodys-door-{name}")
        await page.goto("/willow-creek/register/" + "x" * 43)
        await looked_at(page, f"link-unknown-{name}")
        await page.goto(link)
        await looked_at(page, f"register-{name}")
        await page.fill("#date_of_birth", "1956-05-12")
        await page.fill("#password", PASSWORD)
        await send(page)
        await looked_at(page, f"register-error-{name}")
        await page.fill("#date_of_birth", "1956-04-12")
        await page.fill("#password", PASSWORD)
        await send(page)
        await looked_at(page, f"documents-{name}")
        await send(page, ".sign-out button")
        await page.goto(link)
        await looked_at(page, f"link-used-{name}")


@pytest.mark.parametrize("look", LOOKS[:2])
async def test_longest_names_and_worst_errors_fit(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    practice = served.practice
    long = await open_practice(practice.services, practice.clock, practice.mailbox, **LONG)
    link = await long.invite()
    async with page_of(browser, served, **look) as page:
        await page.goto(link)
        await page.fill("#date_of_birth", "Wolfeschlegelsteinhausenbergerdorffwelch")
        await send(page)
        await looked_at(page, f"long-error-{name}")
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await looked_at(page, f"long-error-200-percent-{name}")
        long.clock.advance(timedelta(days=11))
        await page.goto(link)
        await looked_at(page, f"link-expired-{name}")
        await send(page)
        await looked_at(page, f"fresh-link-sent-{name}")


async def test_everything_works_without_javascript(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served, java_script_enabled=False, viewport=PHONE) as page:
        await page.goto(link)
        assert await page.locator("button.show").count() == 0
        await page.fill("#date_of_birth", "April 12, 1956")
        await page.fill("#password", PASSWORD)
        await page.click(SEND)
        await page.wait_for_url("**/willow-creek/documents?welcome=1")
        await page.click(".sign-out button")
        await page.wait_for_url("**/willow-creek/?left=1")
        await page.fill("#email", EMAIL)
        await page.fill("#password", PASSWORD)
        await page.click(SEND)
        await page.wait_for_url("**/willow-creek/documents")
        await page.click(".languages a")
        assert await page.inner_text("h1") == "Sus documentos"


async def test_everything_works_by_keyboard_and_errors_take_the_focus(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served) as page:
        await page.goto(link)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.focus("#date_of_birth")
        await page.keyboard.type("5/12/1956")
        await page.keyboard.press("Tab")
        await page.keyboard.insert_text(PASSWORD)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "problems"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "date_of_birth"
        await page.keyboard.press("Control+A")
        await page.keyboard.type("4/12/1956")
        await page.keyboard.press("Tab")
        await page.keyboard.insert_text(PASSWORD)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.inner_text("h1") == "Your documents"


async def test_focus_is_thick_and_in_the_practices_colour(browser: Browser, served: Served) -> None:
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/")
        for target in ("#email", SEND, ".languages a"):
            await page.focus(target)
            outline = await page.eval_on_selector(target, "one => getComputedStyle(one).outline")
            assert outline == "rgb(43, 95, 117) solid 4px", target


async def test_password_can_be_shown_and_is_hidden_again_when_sent(browser: Browser, served: Served) -> None:
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/")
        await page.fill("#password", "not the right password")
        await page.click("text=Show the password")
        assert await page.get_attribute("#password", "type") == "text"
        await page.click("text=Hide the password")
        assert await page.get_attribute("#password", "type") == "password"
        await page.click("text=Show the password")
        await page.fill("#email", EMAIL)
        await send(page)
        assert await page.input_value("#email") == EMAIL
        assert (await page.get_attribute("#password", "type"), await page.input_value("#password")) == ("password", "")


async def test_boxes_tell_password_managers_what_they_are(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/")
        assert await page.get_attribute("#email", "autocomplete") == "username"
        assert await page.get_attribute("#password", "autocomplete") == "current-password"
        await page.goto(link)
        assert await page.get_attribute("#date_of_birth", "autocomplete") == "bday"
        assert await page.get_attribute("#password", "autocomplete") == "new-password"


async def test_printed_page_has_no_dark_ground_and_no_buttons(browser: Browser, served: Served) -> None:
    async with page_of(browser, served, color_scheme="dark") as page:
        await page.goto("/willow-creek/")
        await page.emulate_media(media="print")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert not await page.is_visible(SEND)
        assert await page.is_visible(".phone")
