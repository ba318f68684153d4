"""Every way in and every way back, as a person walks it: in two languages, wide and at 320 px, without JavaScript."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

from tests.journeys.conftest import Product, practice_with_staff

PASSWORD = "seven purple kettles sing"
OTHER_PASSWORD = "nine quiet otters by the sea"
EMAIL = "omar.reyes@example.com"
NEW_EMAIL = "omar.reyes@example.net"
BORN = "1980-05-04"

CREATE_CONTACT = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  ... on CreateContactSuccess { contact { id portalPin } } } }"""
INVITE = "mutation ($input: CreatePortalAccountInput!) { createPortalAccount(input: $input) { __typename } }"
LINK = "mutation ($input: LinkPortalAccountInput!) { linkPortalAccount(input: $input) { __typename } }"
UNLINK = "mutation ($input: UnlinkPortalAccountInput!) { unlinkPortalAccount(input: $input) { __typename } }"
STATE = "query ($id: ID!) { contact(id: $id) { email portalStatus { state account { email } } } }"

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}


@asynccontextmanager
async def _person(browser: Browser, viewport: dict[str, int], language: str) -> AsyncIterator[Page]:
    context: BrowserContext = await browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]  # a TypedDict of the library's own
        java_script_enabled=False,
        locale=language,
    )
    yield await context.new_page()
    await context.close()


async def _send(page: Page, **typed: str) -> None:
    for name, text in typed.items():
        await page.fill(f"main input[name={name}]", text)
    await page.click("main form button[type=submit] >> nth=0")


async def _newest_link(product: Product, letters: int, room: str) -> str:
    await product.inbox.wait_for(letters)
    return _link_in(product.letters[-1], room)


def _link_in(letter: EmailMessage, room: str) -> str:
    text = letter.get_body(("plain",))
    assert text is not None
    [link] = re.findall(rf"http://\S+/{room}/\S+", text.get_content())
    return str(link)


def _room(page: Page) -> str:
    return urlsplit(page.url).path.removeprefix("/willow-creek/")


async def _contact(product: Product, token: str) -> dict[str, str]:
    facts = {"givenName": "Omar", "familyName": "Reyes", "dateOfBirth": BORN, "emails": [EMAIL]}
    contact: dict[str, str] = (await product.graphql(CREATE_CONTACT, token, input=facts))["createContact"]["contact"]
    return contact


async def _status(product: Product, token: str, contact_id: str) -> dict[str, Any]:
    contact: dict[str, Any] = (await product.graphql(STATE, token, id=contact_id))["contact"]
    return contact


@pytest.mark.parametrize(("viewport", "language"), [(DESK, "en"), (PHONE, "es")], ids=["desk-en", "phone-es"])
async def test_person_registers_alone_confirms_the_address_and_connects_by_pin(
    product: Product, browser: Browser, viewport: dict[str, int], language: str
) -> None:
    token = await practice_with_staff(product)
    contact = await _contact(product, token)
    async with _person(browser, viewport, language) as page:
        await page.goto(f"{product.portal_url}/willow-creek/register")
        assert await page.get_attribute("html", "lang") == language
        await _send(page, email=EMAIL, password=PASSWORD)
        link = await _newest_link(product, 1, "verify")
        for _ in range(2):
            await page.goto(link)
        assert (await _status(product, token, contact["id"]))["portalStatus"]["state"] == "NO_ACCOUNT"
        await _send(page)
        assert _room(page) == "documents"
        assert (await _status(product, token, contact["id"]))["portalStatus"]["state"] == "ACCOUNT_NOT_LINKED"
        await page.goto(f"{product.portal_url}/willow-creek/connect")
        await _send(page, pin="2222-2222", date_of_birth=BORN)
        assert _room(page) == "connect"
        await _send(page, pin=contact["portalPin"].lower(), date_of_birth=BORN)
        assert _room(page) == "documents"
    assert (await _status(product, token, contact["id"]))["portalStatus"]["state"] == "LINKED"
    assert product.letters[0]["Content-Language"] == language


async def test_linked_by_staff_asked_once_then_unlinked_and_linked_again(product: Product, browser: Browser) -> None:
    token = await practice_with_staff(product)
    contact = await _contact(product, token)
    async with _person(browser, PHONE, "en") as page:
        await page.goto(f"{product.portal_url}/willow-creek/register")
        await _send(page, email=EMAIL, password=PASSWORD)
        await page.goto(await _newest_link(product, 1, "verify"))
        await _send(page)
        linked = await product.graphql(LINK, token, input={"contactId": contact["id"]})
        assert linked["linkPortalAccount"]["__typename"] == "LinkPortalAccountSuccess"

        await page.goto(f"{product.portal_url}/willow-creek/account/record")
        assert _room(page) == "confirm"
        await _send(page, date_of_birth="1980-05-05")
        assert _room(page) == "confirm"
        await _send(page, date_of_birth=BORN)
        assert _room(page) == "account/record"

        ended = await product.graphql(UNLINK, token, input={"contactId": contact["id"], "reason": "discharged"})
        assert ended["unlinkPortalAccount"]["__typename"] == "UnlinkPortalAccountSuccess"
        await page.goto(f"{product.portal_url}/willow-creek/account/record")
        assert _room(page) == ""
        await _send(page, email=EMAIL, password=PASSWORD)
        assert (await _status(product, token, contact["id"]))["portalStatus"]["state"] == "ACCOUNT_NOT_LINKED"

        again = await product.graphql(LINK, token, input={"contactId": contact["id"]})
        assert again["linkPortalAccount"]["__typename"] == "LinkPortalAccountSuccess"
        await page.goto(f"{product.portal_url}/willow-creek/account/record")
        assert _room(page) == "confirm"


async def test_forgotten_password_is_chosen_anew_and_the_address_changed(product: Product, browser: Browser) -> None:
    token = await practice_with_staff(product)
    contact = await _contact(product, token)
    await product.graphql(INVITE, token, input={"contactId": contact["id"]})
    async with _person(browser, DESK, "en") as page:
        await page.goto(await _newest_link(product, 1, "register"))
        await _send(page, date_of_birth=BORN, password=PASSWORD)
        await page.click(".sign-out button")

        await page.goto(f"{product.portal_url}/willow-creek/forgot")
        await _send(page, email=EMAIL)
        await page.goto(await _newest_link(product, 2, "reset"))
        await _send(page, password=OTHER_PASSWORD)
        assert _room(page) == "documents"
        await product.inbox.wait_for(3)

        await page.goto(f"{product.portal_url}/willow-creek/account/email")
        await _send(page, email=NEW_EMAIL, password=OTHER_PASSWORD)
        await product.inbox.wait_for(5)
        by_address = {letter["To"]: letter for letter in product.letters[3:]}
        assert set(by_address) == {EMAIL, NEW_EMAIL}
        await page.goto(_link_in(by_address[NEW_EMAIL], "verify"))
        await _send(page)
        changed = await _status(product, token, contact["id"])
        assert changed["email"] == EMAIL
        assert changed["portalStatus"] == {"state": "LINKED", "account": {"email": NEW_EMAIL}}
        await page.goto(f"{product.portal_url}/willow-creek/account")
        assert NEW_EMAIL in await page.inner_text("main")
    looking = await browser.new_page()
    await looking.goto(f"{product.portal_url}/willow-creek/forgot")
    assert (await Axe().run(looking)).violations_count == 0
    await looking.close()
