"""The front desk's half of a journey on the staff screen: a browser at `/staff/` over the demo practice."""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request, Response, Route, expect

from api.web.operations import own_operations
from dev.demo.people import PASSWORD
from tests.axe import violations
from tests.browser import PATIENCE
from tests.journeys.conftest import SIGN_IN, Product, running_product
from tests.journeys.demo_at_rest import DATABASE, SECRET_KEY, SIGNING_KEY, copy_demo
from tests.ports import HOST
from tests.shaking import COMPLAINTS

FRONT_DESK = "front.desk@willow-creek.example"
ADMIN = "admin@willow-creek.example"
BILLING = "billing@willow-creek.example"
# What a browser says by itself of an answer that is no success, or of a socket that ends with its server; and of axe,
# which would speak to the letter in the sandboxed frame.
_EXPECTED = ("Failed to load resource", "WebSocket connection", "Failed to execute 'postMessage' on 'DOMWindow'")

CONTACT = """query ($search: String) { contacts(search: $search) { nodes { id displayName portalPin emails dateOfBirth
  portalStatus { state } portalLinks { totalCount } } } }"""

# The page hears of a new address only after the script that set it.
_GO = """to => new Promise(done => {
  if (location.hash === to) done();
  addEventListener("hashchange", () => done(), { once: true });
  location.hash = to;
})"""


@asynccontextmanager
async def demo_practice(
    demo: Path, folder: Path, *, with_portal: bool = False, name: str = HOST
) -> AsyncIterator[Product]:
    """API and worker over a copy of the demo practice, whose database is `vestibule.sqlite3` in the folder."""
    await copy_demo(demo, folder)
    async with running_product(
        f"sqlite://{folder / DATABASE}",
        folder,
        with_portal=with_portal,
        secret_key=(folder / SECRET_KEY).read_text(),
        signing_key=folder / SIGNING_KEY,
        name=name,
    ) as product:
        yield product


async def is_sound(page: Page, *, looks_only: bool = False) -> None:
    """Nothing for axe to find, and nothing wider than the window."""
    found = await violations(page, looks_only=looks_only)
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, f"{wider} pixels too wide"


@dataclass
class Desk:
    """One browser window at the staff screen. What it complained of and what it loaded is kept."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    loaded: list[Response] = field(default_factory=list)

    async def opens(self, view: str = "") -> None:
        await self.page.goto(f"{self.url}/staff/{view}")
        await expect(self.page.locator("h1")).not_to_have_text("Vestibule")

    async def signs_in(self, email: str = FRONT_DESK, password: str = PASSWORD) -> None:
        await self.page.fill("[name=organization]", "willow-creek")
        await self.page.fill("[name=email]", email)
        await self.page.fill("[name=password]", password)
        await self.page.click("main form button[type=submit]")
        await expect(self.page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")

    async def signs_in_by_keyboard(self) -> None:
        keys = self.page.keyboard
        typed = (("organization", "willow-creek"), ("email", FRONT_DESK), ("password", PASSWORD))
        for number, (name, text) in enumerate(typed):
            if number:
                await keys.press("Tab")
            await expect(self.page.locator(f"[name={name}]")).to_be_focused()
            await keys.type(text)
        await keys.press("Enter")
        await expect(self.page.locator("main:not([aria-busy]) h1")).to_contain_text("Calendar")

    async def tabs_to(self, what: str) -> None:
        """Press Tab until it has the focus."""
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("what => document.activeElement.matches(what)", what):
                return
        raise AssertionError(f"{what} is not reached by Tab")

    async def goes_to(self, view: str, heading: str) -> None:
        await self.page.evaluate(_GO, f"#/{view}")
        await expect(self.page.locator("main:not([aria-busy]) h1")).to_contain_text(heading)

    async def finds(self, name: str) -> None:
        """Opens a person's record by searching. A single hit opens; of several, this one is chosen."""
        heading = self.page.locator("main:not([aria-busy]) h1")
        await self.page.keyboard.press("Control+k")
        await expect(self.page.locator("#search")).to_be_focused()
        await self.page.keyboard.type(name)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(re.compile("#/contacts?[/?]"))
        await expect(heading).to_have_text(re.compile(f"^({re.escape(name)}|Contacts)$"))
        if await heading.text_content() == "Contacts":
            await self.page.get_by_role("link", name=name, exact=True).click()
        await expect(heading).to_have_text(name)

    async def holds_nowhere(self, secret: str) -> None:
        """The page comes to hold it no more, in no text and in no attribute."""
        await self.page.wait_for_function("secret => !document.documentElement.outerHTML.includes(secret)", arg=secret)

    async def is_sound(self, *, looks_only: bool = False) -> None:
        """Nothing for axe to find, and nothing wider than the window."""
        await is_sound(self.page, looks_only=looks_only)


def untrusted(request: Request) -> list[str]:
    """The operation in a request that is none of our own, which a deployment with trusted documents would refuse."""
    return unknown_operations(request.post_data or "") if request.url.endswith("/graphql") else []


def unknown_operations(sent: str) -> list[str]:
    said = json.loads(sent) if sent.startswith("{") else {}
    query = (said.get("payload") or said).get("query")
    return [f"no operation of ours: {query}"] if query and query not in own_operations() else []


@asynccontextmanager
async def desk_at(
    browser: Browser, url: str, width: int = 1280, *, is_opened: bool = True, **settings: Any
) -> AsyncIterator[Desk]:
    """A window of its own, at the door or still blank. It must not complain of anything while it is used."""
    context: BrowserContext = await browser.new_context(viewport={"width": width, "height": 900}, **settings)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    desk = Desk(page, url)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            desk.complaints.append(said.text)
            if said.type in ("error", "warning") and not said.text.startswith(_EXPECTED + COMPLAINTS)
            else None
        ),
    )
    page.on("response", lambda response: desk.loaded.append(response))
    page.on("request", lambda request: desk.complaints.extend(untrusted(request)))
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda frame: desk.complaints.extend(unknown_operations(str(frame)))),
    )
    try:
        if is_opened:
            await desk.opens()
        yield desk
        assert desk.complaints == [], desk.complaints
    finally:
        # A request that a test holds in its hands may still be under way.
        await page.unroute_all(behavior="ignoreErrors")
        await context.close()


@contextmanager
def nothing_permitted(database: Path) -> Iterator[None]:
    """The front desk may only read from now on, behind everybody's back, until the block ends."""
    with permitted(database):
        yield


@contextmanager
def permitted(database: Path, *permissions: str, may_read: bool = True) -> Iterator[None]:
    """The front desk may read, if nothing else is said, and has these permissions only, until the block ends."""
    held = " ".join(sorted({*permissions, *(("VIEW_CONTACTS",) if may_read else ())}))
    with closing(sqlite3.connect(database)) as connection:
        [(before,)] = connection.execute(
            "SELECT permissions FROM staff_member WHERE email = ?", (FRONT_DESK,)
        ).fetchall()
        change = "UPDATE staff_member SET permissions = ? WHERE email = ?"
        try:
            with connection:
                connection.execute(change, (held, FRONT_DESK))
            yield
        finally:
            with connection:
                connection.execute(change, (before, FRONT_DESK))


async def token_of(product: Product, email: str = ADMIN) -> str:
    """A token to look into the practice with, beside the browser."""
    signed_in = await product.graphql(
        SIGN_IN, input={"organization": "willow-creek", "email": email, "password": PASSWORD}
    )
    token: str = signed_in["signInStaff"]["accessToken"]
    return token


async def record_of(product: Product, token: str, name: str) -> dict[str, Any]:
    """One contact, as the API tells it."""
    found = await product.graphql(CONTACT, token, search=name)
    [contact] = [contact for contact in found["contacts"]["nodes"] if contact["displayName"] == name]
    shown: dict[str, Any] = contact
    return shown


def with_a_second_page() -> Callable[[Route], Awaitable[None]]:
    """The list of letters has a second page, which is the first one again."""
    letters: dict[str, Any] = {}

    async def answer(route: Route) -> None:
        if "letters(" not in (route.request.post_data or ""):
            await route.fallback()
            return
        is_last = bool(letters)
        if not letters:
            letters.update((await (await route.fetch()).json())["data"]["letters"])
        page = {**letters, "pageInfo": {"hasNextPage": not is_last, "endCursor": "second"}}
        await route.fulfill(json={"data": {"letters": page}})

    return answer
