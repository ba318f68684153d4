"""Driving the portal in a real browser, and judging each page: its width, its targets, its text, axe, a picture.

With VESTIBULE_SCREENSHOTS, a folder, nothing is judged: every page is a picture there, in both languages and every look
that `make look` takes.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page
from starlette.applications import Starlette

from adapters.secrets import new_key
from clinic.records.models import Contact
from clinic.values.ports import Addresses, Services
from patient_portal.app import create_app
from runtime.database import open_database
from runtime.settings import Environment, Settings
from tests import factories
from tests.axe import violations
from tests.browser import PATIENCE
from tests.clock import FixedClock
from tests.looks import EVERY_LOOK, Look
from tests.patient_portal.practice import Mailbox, Practice, open_practice
from tests.unhurried import UNHURRIED

SEND = "main form button[type=submit]"
PICTURES = os.environ.get("VESTIBULE_SCREENSHOTS")


@dataclass(frozen=True)
class Served:
    """A portal that listens, and the practice behind it."""

    address: str
    practice: Practice


@asynccontextmanager
async def portal_that_listens(
    database_url: str, clock: FixedClock, mailbox: Mailbox, name: str = "127.0.0.1"
) -> AsyncIterator[Served]:
    """A portal with a practice behind it, on a free port. `name` is what browsers call this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://{name}:{listener.getsockname()[1]}"
        services = make_services(clock, mailbox, address)
        async with open_database(database_url):
            practice = await open_practice(services, clock, mailbox)
            async with _listening(create_app(make_settings(address), services, places=UNHURRIED), listener):
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
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert complaints == []
    await context.close()


async def send(page: Page, button: str = SEND) -> None:
    async with page.expect_navigation():
        await page.click(button)


async def _judged(page: Page, name: str, *, looks_only: bool) -> None:
    # Asked in one go: each question of its own costs as much as its answer, and the window is drawn in between.
    found = await page.evaluate(_LOOKED_AT)
    assert {trouble: what for trouble, what in found.items() if what} == {}, name
    broken = await violations(page, looks_only=looks_only)
    assert [violation["id"] for violation in broken] == [], (name, broken)


# `noLanguage`: the switch to the other language is not in the head, or leads to another page. `nobody`: somebody is
# signed in, and the page does not say who or has no "Not you?". `errors`: what is wrong with the summary of a form.
# `dates`: a date that is not asked for in three boxes with a label each, in one line unless the text is enlarged.
# Pictures far below are loaded only when somebody goes there.
# Links inside a sentence are as small as the sentence (WCAG 2.5.8, inline); all else is 44 px.
_LOOKED_AT = """async () => {
  await Promise.all([...document.images]
    .filter(one => one.loading !== "lazy" && !one.complete)
    .map(one => new Promise(done => { one.onload = one.onerror = done })));
  const html = document.documentElement;
  const isWide = () => html.scrollWidth > window.innerWidth;
  const found = {
    broken: [...document.images].filter(one => one.complete && !one.naturalWidth).map(one => one.src),
    wide: isWide(),
    small: [...document.querySelectorAll("a, button, summary, input:not([type=hidden], [aria-hidden=true])")]
      .filter(one => one !== document.querySelector(".skip"))
      .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
      .filter(([, box]) => box.height < 44 || box.width < 44)
      .map(([html, box]) => `${html} ${box.width}x${box.height}`),
    tiny: [...document.querySelectorAll("body *")]
      .filter(one => one.innerText && parseFloat(getComputedStyle(one).fontSize) < 16)
      .map(one => one.outerHTML.slice(0, 80)),
  };
  const isSeen = (one) => Boolean(one?.checkVisibility() && one.getBoundingClientRect().height);
  const other = document.querySelector("header.top .languages a");
  found.noLanguage = !isSeen(other) || other.lang === html.lang || other.pathname !== location.pathname;
  const who = document.querySelector("nav.rooms .who");
  const isNamed = isSeen(who) && who.querySelector("bdi").innerText.includes("@");
  found.nobody = Boolean(document.querySelector("#sign-out")) &&
    !(isNamed && isSeen(who.querySelector("button[form=sign-out]")));
  const links = [...document.querySelectorAll("#problems li a")];
  const beside = [...document.querySelectorAll("main .field .error")];
  const isField = (one) => one?.matches("input:not([type=hidden]), textarea, button");
  const isLeftByBack = document.querySelector("script[src*='/failed-form']");
  found.errors = [
    ...(links.length && !isLeftByBack ? ["Back does not show the form"] : []),
    ...links.filter(one => !isField(document.querySelector(one.hash))).map(one => `to no field: ${one.hash}`),
    ...beside.map(one => one.lastChild.textContent.trim()).filter(one => !links.some(link => link.innerText === one)),
    ...[...document.querySelectorAll("[aria-invalid]")].map(one => one.getAttribute("aria-describedby") ?? "")
      .filter(names => !names.split(" ").some(name => document.getElementById(name)?.matches(".error"))),
  ];
  found.dates = [...document.querySelectorAll(".date")].flatMap(one => {
    const boxes = [...one.querySelectorAll("input")];
    const tops = new Set(boxes.map(box => Math.round(box.getBoundingClientRect().top)));
    const isInOneLine = tops.size === 1 || parseFloat(getComputedStyle(html).fontSize) > 16;
    const isLabelled = boxes.every(box => isSeen(box.labels[0]) && box.labels[0].innerText);
    return boxes.length === 3 && isInOneLine && isLabelled ? [] : [one.innerText];
  });
  html.style.fontSize = "200%";
  found.wideAtTwiceTheText = isWide();
  html.style.fontSize = "";
  return found;
}"""

PHONE = {"width": 320, "height": 640}


@dataclass(frozen=True)
class Walk:
    """One way through the pages in one language. Each state of a page is judged in each of the looks."""

    language: str
    looks: tuple[Look, ...]

    def page(self, browser: Browser, served: Served) -> AbstractAsyncContextManager[Page]:
        return page_of(browser, served, locale=f"{self.language}-US")

    async def is_written_to(self, contact: Contact) -> None:
        """The person's letters are in the walk's language, and so are the pages that their links open."""
        contact.language = self.language
        await contact.save(update_fields=["language"])

    async def judge(self, page: Page, state: str) -> None:
        """Nothing sticks out sideways, nothing is too small to touch or read, axe finds nothing; and a picture.

        The portal shows the same elements at each width: axe asks all its rules in the first look only.
        """
        for look in self.looks:
            await look.put_on(page)
            if PICTURES:
                path = Path(PICTURES) / f"{state}-{self.language}-{look.name}.png"
                await page.screenshot(path=path, full_page=True, animations="disabled")
            else:
                await _judged(page, f"{state}-{look.name}-{self.language}", looks_only=look != self.looks[0])


def _walks(**looks: tuple[Look, ...]) -> list[Any]:
    """A walk in each language; for pictures, in both and in every look."""
    wanted = {"en": EVERY_LOOK, "es": EVERY_LOOK} if PICTURES else looks
    return [
        pytest.param(Walk(language, those), id=language, marks=pytest.mark.walk) for language, those in wanted.items()
    ]


PHONE_LIGHT, PHONE_DARK = Look(320, 640), Look(320, 640, color_scheme="dark")
TABLET = Look(768, 1024, forced_colors="active")
WIDE = Look(1280, 800, color_scheme="dark")
WALKS = _walks(en=(PHONE_LIGHT, TABLET, WIDE), es=(PHONE_DARK,))
ON_A_PHONE = _walks(en=(PHONE_LIGHT,), es=(PHONE_DARK,))
ON_LARGE_SCREENS = _walks(en=(TABLET, WIDE))


def make_services(clock: FixedClock, mailbox: Mailbox, portal_url: str) -> Services:
    addresses = Addresses("http://127.0.0.1:8000", portal_url, "no-reply@willow.example")
    return factories.make_services(clock, mailbox, addresses)


@cache
def make_settings(portal_url: str) -> Settings:
    """They can't change, so they are read once for each address."""
    return Settings(environment=Environment.TEST, portal_url=portal_url, secret_keys=(new_key(),))
