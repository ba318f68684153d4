"""The person's half of a journey: a browser without JavaScript, in one language and width, that judges what it sees."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from babel.messages.pofile import read_po
from playwright.async_api import Browser, Page, Route, expect

from patient_portal.web.language import po_file
from tests.axe import violations
from tests.browser import PATIENCE
from tests.campaign import SOAK
from tests.journeys.conftest import Product
from tests.portal_forms import type_into

SLUG = "willow-creek"
HEIGHT = 800
SEND = "main form button[type=submit] >> nth=0"
SIGN_OUT = ".sign-out button"

# Every heading a journey meets, in the language that is not its name.
IN_SPANISH = {
    "Change the address": "Cambiar el correo",
    "Choose a new password": "Elija una contraseña nueva",
    "Confirm your address": "Confirme su correo electrónico",
    "Connect your records": "Conecte su expediente",
    "Consentimiento para el tratamiento": "Consentimiento para el tratamiento",
    "Create an account": "Crear una cuenta",
    "Create your account": "Cree su cuenta",
    "Check your email": "Revise su correo",
    "My account": "Mi cuenta",
    "Decline to sign": "Rechazar la firma",
    "Show us that it is you": "Confirme que es usted",
    "Sign in": "Iniciar sesión",
    "Sign the document": "Firmar el documento",
    "Use this address from now on?": "¿Usar este correo desde ahora?",
    "Who looked at my records": "Quién ha consultado mi expediente",
    "Your documents": "Sus documentos",
}


@dataclass(frozen=True)
class Look:
    """How wide the person's screen is, and which language the person reads."""

    width: int
    language: str

    def heading(self, english: str) -> str:
        return IN_SPANISH[english] if self.language == "es" else english


WIDE, NARROW = Look(1280, "en"), Look(320, "es")
# Axe judges English pages in three looks where the portal is tested by itself. docs/testing.md says what is left out.
JUDGED_IN = (WIDE, NARROW) if SOAK else (NARROW,)


@dataclass
class Person:
    """Somebody at the portal. Each page is named by its heading, and judged as soon as it is seen."""

    page: Page
    judge: "Judge"
    look: Look
    product: Product

    @property
    def room(self) -> str:
        """Where the person is: the address within the practice's portal, without what follows a question mark."""
        return urlsplit(self.page.url).path.removeprefix(f"/{SLUG}/")

    def elsewhere(self) -> AbstractAsyncContextManager["Person"]:
        """The same person at another device."""
        browser = self.page.context.browser
        assert browser is not None
        return person_at(self.product, browser, self.look, self.judge)

    async def opens(self, room: str) -> None:
        await self.page.goto(f"{self.product.portal_url}/{SLUG}/{room}")

    async def follows(self, letter: EmailMessage, room: str) -> None:
        """Open the letter's one link to that room; the letter speaks the person's language."""
        assert letter["Content-Language"] == self.look.language
        await self.page.goto(link_in(letter, room))

    async def sends(self, **typed: str) -> None:
        """Fill in the page's form and press its button."""
        for name, text in typed.items():
            await type_into(self.page, name, text)
        await self.page.click(SEND)

    async def signs_out(self) -> None:
        await self.page.click(SIGN_OUT)

    async def sees(self, heading: str, *, room: str, problem: bool = False) -> None:
        """The page is that one, with or without a summary of what is wrong; and nothing is the matter with it."""
        await expect(self.page.locator("h1")).to_have_text(self.look.heading(heading))
        assert self.room == room
        await expect(self.page.locator("#problems")).to_have_count(int(problem))
        await expect(self.page.locator("html")).to_have_attribute("lang", self.look.language)
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= self.look.width, self.page.url
        await self._reads_no_other_language()
        await self.judge.finds_nothing(self.page, self.look)

    async def reads(self, words: str) -> None:
        await expect(self.page.locator("main")).to_contain_text(words, use_inner_text=True)

    async def reads_sentence(self, english: str) -> None:
        """The page says it, in the person's language."""
        await self.reads(_sentences()[english] if self.look.language == "es" else english)

    async def tabs_to(self, english: str) -> None:
        """Press Tab until what is called so has the focus."""
        number = re.search(r"\d+", english)
        source = english.replace(number[0], "%(number)s") if number else english
        words = _sentences()[source] if self.look.language == "es" else source
        await self._tabs_until("innerText", words % {"number": number[0]} if number else words)

    async def tabs_to_box(self, name: str) -> None:
        await self._tabs_until("id", name)

    async def presses_enter(self) -> None:
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def downloads(self) -> bytes:
        """What the page offers to keep."""
        async with self.page.expect_download() as started:
            await self.page.click("main a[download]")
        return (await (await started.value).path()).read_bytes()

    async def checks(self, file: Path) -> None:
        """Show a file to the public page."""
        await self.page.goto(f"{self.product.portal_url}/verify?lang={self.look.language}")
        await self.page.set_input_files("#file", file)
        await self.page.click(SEND)

    async def _tabs_until(self, what: str, wanted: str) -> None:
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            if (await self.page.evaluate(f"document.activeElement.{what}")).strip() == wanted:
                return
        raise AssertionError(f"nothing called {wanted} takes the focus")

    async def _reads_no_other_language(self) -> None:
        lines = {line.strip() for line in (await self.page.inner_text("body")).splitlines()}
        foreign = english_only() if self.look.language == "es" else spanish_only()
        assert lines.isdisjoint(foreign), lines & foreign


@dataclass
class Judge:
    """Axe, in a browser with JavaScript: it is a script itself, and the person's browser runs none.

    Each language is judged at one width, and a page made of the same tags once, however many journeys come by.
    """

    page: Page
    _judged: set[str] = field(default_factory=set)

    async def finds_nothing(self, shown: Page, look: Look) -> None:
        html = await shown.content()
        same = re.sub(r'\b(value|content|id|for)="[^"]*"', "", re.sub(r'\b(href|action)="/[^"]*"', r"\1", html))
        tags = "".join(re.findall(r"<[^>]+>", same))
        if look not in JUDGED_IN or tags in self._judged:
            return
        self._judged.add(tags)

        async def answer(route: Route) -> None:
            await route.fulfill(body=html, content_type="text/html; charset=utf-8")

        await self.page.set_viewport_size({"width": look.width, "height": HEIGHT})
        await self.page.route(shown.url, answer)
        await self.page.goto(shown.url)
        await self.page.unroute(shown.url)
        assert await violations(self.page) == []


@asynccontextmanager
async def person_at(product: Product, browser: Browser, look: Look, judge: Judge) -> AsyncIterator[Person]:
    """Somebody with a browser that was never here before."""
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": look.width, "height": HEIGHT}, locale=look.language
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield Person(await context.new_page(), judge, look, product)
    finally:
        await context.close()


def link_in(letter: EmailMessage, room: str) -> str:
    text = letter.get_body(("plain",))
    assert text is not None
    [link] = re.findall(rf"http://\S+/{room}/\S+", text.get_content())
    return str(link)


@cache
def english_only() -> frozenset[str]:
    """Whole sentences of pages as they are in English and can't be in Spanish."""
    sentences = _sentences()
    return frozenset(sentences) - frozenset(sentences.values())


@cache
def spanish_only() -> frozenset[str]:
    sentences = _sentences()
    return frozenset(sentences.values()) - frozenset(sentences)


@cache
def _sentences() -> dict[str, str]:
    with po_file("es").open("rb") as file:
        return {cast("str", one.id): cast("str", one.string) for one in read_po(file) if one.id}
