"""An EHR that embeds the icon: a server of its own at an origin of its own, as docs/embedding.md tells to build it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser import PATIENCE
from tests.journeys.at_the_desk import FRONT_DESK, demo_practice, record_of, token_of
from tests.journeys.conftest import Product
from tests.ports import HOST, free_port
from tests.processes import Program

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

    def new_token(self) -> str | None:
        """What the server answers to `POST /vestibule-token`: a token that the page asks for anew each time."""
        return json.dumps({"access_token": self.token, "expires_in": 0}) if self.token else None


@contextmanager
def served(chart: Chart) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = chart.pages.get(self.path, ("text/plain", ""))
            self.answer(200 if text else 404, kind, text)

        def do_POST(self) -> None:
            text = chart.new_token() if self.path == "/vestibule-token" else None
            self.answer(200 if text else 401, "application/json", text or "{}")

        def answer(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
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


@dataclass
class House:
    """The product, an API process that answers the chart's origin, its database, and the chart."""

    product: Product
    api: Program
    chart: Chart
    database: Path


@asynccontextmanager
async def ehr_beside_the_practice(demo: Path, folder: Path) -> AsyncIterator[House]:
    """The demo practice, and an EHR whose origin its second API process answers."""
    async with demo_practice(demo, folder) as product:
        chart = Chart(f"http://{HOST}:{(port := free_port())}")
        environment = {
            **product.environment,
            "VESTIBULE_API_URL": chart.api_url,
            "VESTIBULE_CORS_ORIGINS": chart.url,
        }
        api = Program(("api", "--port", str(port)), environment, folder / "second.log", f"{chart.api_url}/readyz")
        await asyncio.to_thread(api.start)
        try:
            with served(chart):
                yield House(product, api, chart, folder / "vestibule.sqlite3")
        finally:
            await asyncio.to_thread(api.stop)


@asynccontextmanager
async def window_of_the_ehr(house: House, browser: Browser) -> AsyncIterator[Page]:
    """A window with the front desk's token behind it. Nothing may complain, and nothing may offend its policy."""
    house.chart.token = await token_of(house.product, FRONT_DESK)
    context = await browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(PATIENCE)
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


async def opens(page: Page, house: House, *names: str) -> list[Locator]:
    """The chart with these people's icons, each shown."""
    contacts = [await record_of(house.product, house.chart.token, name) for name in names]
    house.chart.lay_out(*contacts)
    await page.goto(house.chart.url)
    icons = [page.locator(f"portal-status[contact-name='{name}']") for name in names]
    for icon in icons:
        await expect(button(icon)).not_to_have_attribute("aria-busy", "true")
    return icons


def button(icon: Locator) -> Locator:
    return icon.locator(".icon")
