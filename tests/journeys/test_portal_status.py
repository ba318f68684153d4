"""The icon on a page of another origin, as docs/embedding.md tells an EHR's developer to put it there."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.journeys.at_the_desk import FRONT_DESK, demo_practice, is_sound, record_of, token_of
from tests.journeys.conftest import Product
from tests.processes import HOST, Program, free_port

ROOT = Path(__file__).parents[2]
EMBEDDING = (ROOT / "docs" / "embedding.md").read_text()
POLICY = (
    "default-src 'none'; script-src 'self' {api}; connect-src 'self' {api}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Chart:
    """An EHR's own server at an origin of its own: the pages by path, and the token it hands to its page."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url
        self.pages: dict[str, tuple[str, str]] = {}
        self.token = ""
        self.url = f"http://{HOST}:{free_port()}"

    def lay_out(self, *contacts: dict[str, Any]) -> None:
        """The page and the script of the documentation, with these contacts in them."""
        html, script = (re.findall(rf"```{kind}\n(.*?)```", EMBEDDING, re.DOTALL)[0] for kind in ("html", "js"))
        [line] = re.findall(r"^ *<p>Omar Reyes.*\n", html, re.MULTILINE)
        lines = [
            line.replace("CONTACT_ID", contact["id"]).replace("Omar Reyes", contact["displayName"])
            for contact in contacts
        ]
        script = script.replace("https://vestibule.example.org", self.api_url)
        self.pages["/"] = ("text/html", html.replace(line, "".join(lines)))
        self.pages["/chart.js"] = ("text/javascript", script)

    def answer(self, path: str) -> tuple[str, str] | None:
        return ("text/plain", self.token) if path == "/vestibule-token" else self.pages.get(path)


@contextmanager
def _served(chart: Chart) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = chart.answer(self.path) or ("text/plain", "")
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(api=chart.api_url))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer((HOST, int(chart.url.rpartition(":")[2])), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class House:
    """The product, an API process that answers the chart's origin, and the chart."""

    def __init__(self, product: Product, api: Program, chart: Chart) -> None:
        self.product, self.api, self.chart = product, api, chart


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("portal_status")
    async with demo_practice(folder) as product:
        chart = Chart(f"http://{HOST}:{(port := free_port())}")
        environment = {
            **product.environment,
            "VESTIBULE_API_URL": chart.api_url,
            "VESTIBULE_CORS_ORIGINS": chart.url,
        }
        api = Program(("api", "--port", str(port)), environment, folder / "second.log", f"{chart.api_url}/readyz")
        await asyncio.to_thread(api.start)
        try:
            with _served(chart):
                yield House(product, api, chart)
        finally:
            await asyncio.to_thread(api.stop)


@pytest.fixture
async def page(house: House, browser: Browser) -> AsyncIterator[Page]:
    """A window of the EHR. Nothing may complain, and nothing may offend its policy."""
    house.chart.token = await token_of(house.product, FRONT_DESK)
    context = await browser.new_context(viewport={"width": 1000, "height": 700})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and not said.text.startswith("Failed to load resource")
            else None
        ),
    )
    yield page
    await context.close()
    assert complaints == []


async def _opens(page: Page, house: House, *names: str) -> list[Locator]:
    """The chart with these people's icons, each shown."""
    contacts = [await record_of(house.product, house.chart.token, name) for name in names]
    house.chart.lay_out(*contacts)
    await page.goto(house.chart.url)
    icons = [page.locator(f"portal-status[contact-name='{name}']") for name in names]
    for icon in icons:
        await expect(icon.locator(".icon")).not_to_have_attribute("aria-busy", "true")
    return icons


def button(icon: Locator) -> Locator:
    return icon.locator(".icon")


async def test_following_the_documentation_shows_six_states_with_one_request(house: House, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if request.url.endswith("/graphql") else None)
    icons = await _opens(page, house, "Nora Gray", "Ines Novak", "Ana Santos", "Leo Park", "Mia Park", "Abel Whitaker")
    shown = [await icon.locator(".text").text_content() for icon in icons]
    assert shown[:5] == ["No e-mail address", "Invited", "Account found, not linked", "Linked", "Address conflict"]
    assert asked.count("POST") == 1
    assert (
        len({await icon.locator("svg").evaluate("svg => svg.innerHTML.replace(/cut\\d+/g, '')") for icon in icons}) >= 5
    )
    await is_sound(page)


async def test_the_gray_globe_is_clicked_the_address_checked_and_the_sheet_printed(house: House, page: Page) -> None:
    [icon] = await _opens(page, house, "Omar Reyes")
    await expect(button(icon)).to_have_accessible_name("No account, Omar Reyes. Create the portal account")
    await button(icon).click()
    dialog = icon.locator("dialog")
    await expect(dialog.locator("h2")).to_be_focused()
    await expect(dialog.locator(".address")).to_have_text("omar.reyes@example.com")
    await expect(dialog.locator("option").first).to_have_text("Riverside")
    await is_sound(page)
    await dialog.get_by_role("button", name="Create the account and e-mail Omar Reyes").click()
    await expect(dialog.locator("h2")).to_have_text("Omar Reyes is invited")
    await expect(dialog).to_contain_text("A letter to omar.reyes@example.com is on its way.")
    await expect(page.locator("#said")).to_contain_text("INVITED")
    async with page.context.expect_page() as opened:
        await dialog.get_by_role("button", name="Print the instructions").click()
    await expect(dialog.locator("h2")).to_have_text("The sheet is open in another window")
    address = await dialog.get_by_role("link", name="Open the sheet").get_attribute("href")
    assert address is not None
    assert address.startswith(f"{house.chart.api_url}/files/")
    sheet = await page.context.request.get(address)
    assert (sheet.status, (await sheet.body())[:5]) == (200, b"%PDF-")
    assert await (await opened.value).evaluate("opener") is None
    await page.keyboard.press("Escape")
    await expect(button(icon)).to_be_focused()
    await expect(icon.locator(".text")).to_have_text("Invited")
    letter = await house.product.letter_to("omar.reyes@example.com")
    assert "Riverside" in str(letter["From"])


async def test_by_keyboard_alone_words_come_with_the_focus_and_go_with_escape(house: House, page: Page) -> None:
    conflict, nobody = await _opens(page, house, "Mia Park", "Nora Gray")
    await page.keyboard.press("Tab")
    await expect(button(conflict)).to_be_focused()
    tip = conflict.locator(".tip")
    await expect(tip).to_be_visible()
    await expect(tip).to_contain_text("belongs to another record")
    await expect(button(conflict)).to_have_accessible_description(re.compile("belongs to another record.*transfer"))
    await page.keyboard.press("Escape")
    await expect(tip).to_be_hidden()
    await expect(button(conflict)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(tip).to_be_visible()
    await expect(conflict.locator(".spoken")).to_contain_text("Use another address")
    await page.keyboard.press("Tab")
    await expect(tip).to_be_hidden()
    await expect(nobody.locator(".tip")).to_contain_text("Add one to this contact.")
    await expect(page.locator("dialog")).to_have_count(0)


async def test_words_stay_while_the_pointer_is_on_them_and_come_by_a_long_touch(
    house: House, page: Page, browser: Browser
) -> None:
    [icon] = await _opens(page, house, "Leo Park")
    await button(icon).hover()
    await expect(icon.locator(".tip")).to_be_visible()
    await icon.locator(".tip").hover()
    await page.wait_for_function("performance.now() > 0")
    await expect(icon.locator(".tip")).to_be_visible()
    await page.mouse.move(5, 600)
    await expect(icon.locator(".tip")).to_be_hidden()
    await button(icon).dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    await expect(icon.locator(".tip")).to_be_visible()


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

    [icon] = await _opens(page, house, "Beatriz Ocampo")
    await page.route("**/graphql", lose_the_first)
    await button(icon).click()
    create = icon.get_by_role("button", name="Create the account")
    await create.dblclick()
    await expect(icon.locator("dialog h2")).to_have_text("Beatriz Ocampo is invited")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    record = await record_of(house.product, house.chart.token, "Beatriz Ocampo")
    assert (record["portalStatus"]["state"], record["portalLinks"]["totalCount"]) == ("INVITED", 1)


async def test_who_came_alone_is_linked_by_one_click_and_the_sheet_offered(house: House, page: Page) -> None:
    [icon] = await _opens(page, house, "Ana Santos")
    await button(icon).click()
    await expect(icon.locator("dialog h2")).to_have_text("Ana Santos is linked")
    await expect(icon.locator("dialog .primary")).to_have_text("Print the instructions")
    assert (await record_of(house.product, house.chart.token, "Ana Santos"))["portalStatus"]["state"] == "LINKED"
    await icon.get_by_role("button", name="Not now").click()
    await expect(icon.locator(".text")).to_have_text("Linked")


async def test_a_session_that_ended_is_told_to_the_page_and_nothing_is_done(house: House, page: Page) -> None:
    [icon] = await _opens(page, house, "Calvin Moreau")
    kept, house.chart.token = house.chart.token, "not-a-token"
    await button(icon).click()
    await expect(icon.locator("dialog .error")).to_contain_text("Your session has ended")
    await expect(page.locator("#said")).to_have_text("Sign in to Vestibule again.")
    house.chart.token = kept
    await icon.get_by_role("button", name="Try again").click()
    await expect(icon.locator("dialog .address")).to_have_text("calvin.moreau@example.com")
    assert (await record_of(house.product, kept, "Calvin Moreau"))["portalStatus"]["state"] == "NO_ACCOUNT"


async def test_a_server_that_restarts_in_the_middle_of_the_click_is_waited_for(house: House, page: Page) -> None:
    [icon] = await _opens(page, house, "Emeka Obi")
    await button(icon).click()
    await expect(icon.locator("dialog .address")).to_be_visible()
    await asyncio.to_thread(house.api.stop)
    await icon.get_by_role("button", name="Create the account").click()
    await expect(icon.get_by_role("button", name="One moment…")).to_be_visible()
    await asyncio.to_thread(house.api.start)
    await expect(icon.locator("dialog h2")).to_have_text("Emeka Obi is invited", timeout=15_000)
    assert (await record_of(house.product, house.chart.token, "Emeka Obi"))["portalLinks"]["totalCount"] == 1


async def test_a_page_whose_origin_is_not_named_learns_nothing(house: House, page: Page) -> None:
    stranger = Chart(house.chart.api_url)
    stranger.token = house.chart.token
    stranger.lay_out(await record_of(house.product, house.chart.token, "Leo Park"))
    page.context.on("weberror", lambda _: None)
    with _served(stranger):
        blocked = await page.context.new_page()
        await blocked.goto(stranger.url)
        await expect(blocked.locator("portal-status .text")).to_have_text("Not available", timeout=15_000)
        assert "leo.park" not in await blocked.evaluate(
            "document.querySelector('portal-status').shadowRoot.textContent"
        )


async def test_spanish_words_and_the_icon_alone(house: House, page: Page) -> None:
    [icon] = await _opens(page, house, "Farah Haddad")
    await icon.evaluate("icon => { icon.lang = 'es'; icon.setAttribute('display', 'icon'); }")
    await expect(button(icon)).to_have_accessible_name("Invitado, Farah Haddad. Imprimir las instrucciones")
    box = await button(icon).bounding_box()
    assert box is not None
    assert box["width"] < 60
    await button(icon).click()
    await expect(icon.locator("dialog h2")).to_have_text("¿Imprimir las instrucciones de Farah Haddad?")
    await expect(icon.get_by_role("button", name="Enviar la carta de nuevo")).to_be_visible()
    await is_sound(page)


async def test_the_gallery_is_sound_in_every_theme(house: House, browser: Browser) -> None:
    for settings in ({}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        context = await browser.new_context(viewport={"width": 400, "height": 900}, **settings)  # type: ignore[arg-type]
        gallery = await context.new_page()
        await gallery.goto(f"{house.chart.api_url}/elements/v1/gallery.html")
        await expect(gallery.locator("portal-status svg").first).to_be_visible()
        await is_sound(gallery)
        await gallery.click("#language")
        await expect(gallery.locator("portal-status").first).to_contain_text("Sin correo electrónico")
        await context.close()
