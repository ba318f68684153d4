"""The pages of people who come alone, forget, move and come back: every state, in a real browser, looked at."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.patient_portal.browsing import LOOKS, PHONE, SEND, Served, looked_at, page_of, send
from tests.patient_portal.people import NEW_PASSWORD, linked_by_staff
from tests.patient_portal.practice import EMAIL, PASSWORD
from tests.portal_forms import type_into

NEW_EMAIL = "nora.with.a.rather.long.name.of.her.own@mail.departmental.example.com"


async def fill(page: Page, **typed: str) -> None:
    """Type into the boxes by their ids and send the form."""
    for name, text in typed.items():
        await type_into(page, name, text)
    await send(page)


@pytest.mark.parametrize("look", LOOKS)
async def test_coming_alone_in_every_state(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    practice = served.practice
    async with page_of(browser, served, **look) as page:
        await page.goto("/willow-creek/register")
        await looked_at(page, f"self-register-{name}")
        await fill(page, email="nora", password="short")
        await looked_at(page, f"self-register-error-{name}")
        await fill(page, email=EMAIL, password=PASSWORD)
        await looked_at(page, f"self-register-received-{name}")
        link = await practice.next_link()
        async with page_of(browser, served, **look) as elsewhere:
            await elsewhere.goto(link)
            await looked_at(elsewhere, f"verify-elsewhere-{name}")
            await send(elsewhere)
            await looked_at(elsewhere, f"verify-elsewhere-error-{name}")
        await page.goto(link)
        await looked_at(page, f"verify-{name}")
        await send(page)
        await looked_at(page, f"documents-not-connected-{name}")
        await page.goto("/willow-creek/account/record")
        await looked_at(page, f"record-not-connected-{name}")
        await page.click("main a.button")
        await looked_at(page, f"connect-{name}")
        await fill(page, pin="2222-2222", date_of_birth="soon")
        await looked_at(page, f"connect-error-{name}")
        await fill(page, pin="2222-2222", date_of_birth="1956-04-12")
        await looked_at(page, f"connect-miss-{name}")
        await fill(page, pin=practice.pin(practice.contact), date_of_birth="1956-04-12")
        await looked_at(page, f"documents-connected-{name}")
        await page.goto("/willow-creek/account/record")
        await looked_at(page, f"record-{name}")
        await page.goto(link)
        await looked_at(page, f"verify-used-{name}")


@pytest.mark.parametrize("look", LOOKS[:2])
async def test_account_in_every_state(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    practice = served.practice
    async with page_of(browser, served, **look) as page:
        await walk_in(page, served)
        await linked_by_staff(practice)
        await page.goto("/willow-creek/documents")
        await looked_at(page, f"confirm-{name}")
        await fill(page, date_of_birth="1956-12-04")
        await looked_at(page, f"confirm-error-{name}")
        await fill(page, date_of_birth="1956-04-12")
        async with page_of(browser, served, **look) as elsewhere:
            await elsewhere.goto("/willow-creek/")
            await fill(elsewhere, email=EMAIL, password=PASSWORD)
        await page.goto("/willow-creek/account")
        await looked_at(page, f"account-{name}")
        await page.goto("/willow-creek/account/password")
        await fill(page, current="wrong", password="short")
        await looked_at(page, f"change-password-error-{name}")
        await fill(page, current=PASSWORD, password=NEW_PASSWORD)
        await looked_at(page, f"account-password-changed-{name}")
        await page.goto("/willow-creek/account/email")
        await fill(page, email="nora", password="wrong")
        await looked_at(page, f"change-address-error-{name}")
        await fill(page, email=NEW_EMAIL, password=NEW_PASSWORD)
        await looked_at(page, f"account-address-asked-{name}")
        links = await practice.next_links(2)
        async with page_of(browser, served, **look) as elsewhere:
            await elsewhere.goto(links["verify"])
            await looked_at(elsewhere, f"new-address-elsewhere-{name}")
        await page.goto(links["verify"])
        await looked_at(page, f"new-address-{name}")
        await send(page)
        await looked_at(page, f"account-address-changed-{name}")
        await page.goto(links["keep"])
        await looked_at(page, f"keep-{name}")
        await send(page)
        await looked_at(page, f"kept-{name}")
        await page.goto(links["keep"])
        await looked_at(page, f"keep-used-{name}")


@pytest.mark.parametrize("look", LOOKS[2:])
async def test_forgetting_in_every_state(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    practice = served.practice
    async with page_of(browser, served, **look) as page:
        await walk_in(page, served)
        await send(page, ".sign-out button")
        await page.goto("/willow-creek/help")
        await looked_at(page, f"help-{name}")
        await page.goto("/willow-creek/forgot")
        await fill(page, email="nora")
        await looked_at(page, f"forgot-error-{name}")
        await fill(page, email=EMAIL)
        await looked_at(page, f"forgot-sent-{name}")
        await page.goto(await practice.next_link())
        await looked_at(page, f"reset-{name}")
        await fill(page, password=EMAIL)
        await looked_at(page, f"reset-error-{name}")
        await fill(page, password=NEW_PASSWORD)
        await looked_at(page, f"documents-after-reset-{name}")
        await page.goto("/willow-creek/reset/" + "x" * 43)
        await looked_at(page, f"reset-unknown-{name}")


async def walk_in(page: Page, served: Served) -> None:
    """Register alone and confirm."""
    await page.goto("/willow-creek/register")
    await fill(page, email=EMAIL, password=PASSWORD)
    await page.goto(await served.practice.next_link())
    await send(page)
    await page.wait_for_url("**/willow-creek/documents?welcome=1")


async def test_every_way_in_works_without_javascript(browser: Browser, served: Served) -> None:
    practice = served.practice
    async with page_of(browser, served, java_script_enabled=False, viewport=PHONE) as page:
        await page.goto("/willow-creek/")
        await page.click("main a[href$='/register']")
        await type_and_click(page, email=EMAIL, password=PASSWORD)
        await page.wait_for_url("**/register/received")
        await page.goto(await practice.next_link())
        await type_and_click(page)
        await page.click("main a.button")
        await type_and_click(page, pin=practice.pin(practice.contact), date_of_birth="1956-04-12")
        await page.wait_for_url("**/documents?connected=1")
        await page.click(".rooms a[href$='/account']")
        await page.click("button[name=language][value=es]")
        assert await page.inner_text("h1") == "Mi cuenta"
        await page.click(".sign-out button")
        await page.click("main a[href$='/forgot']")
        await type_and_click(page, email=EMAIL)
        await page.wait_for_url("**/forgot/sent")
        await page.goto(await practice.next_link())
        await type_and_click(page, password=NEW_PASSWORD)
        assert await page.inner_text("h1") == "Sus documentos"


async def type_and_click(page: Page, **typed: str) -> None:
    for name, text in typed.items():
        await type_into(page, name, text)
    await page.click(SEND)


async def test_longest_words_of_an_error_fit_a_phone_at_twice_the_text(browser: Browser, served: Served) -> None:
    async with page_of(browser, served, viewport=PHONE, locale="es-US") as page:
        await page.goto("/willow-creek/register")
        await fill(page, email="kim", password=PASSWORD)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.locator("#problems a").all_inner_texts() == [
            "Escriba un correo electrónico como nombre@example.com."
        ]
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_new_passwords_are_pasted_and_kept_by_password_managers(browser: Browser, served: Served) -> None:
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/register")
        assert await page.get_attribute("#email", "autocomplete") == "username"
        assert await page.get_attribute("#password", "autocomplete") == "new-password"
        await page.focus("#password")
        await page.evaluate("document.execCommand('insertText', false, 'pasted from a manager')")
        assert await page.input_value("#password") == "pasted from a manager"
        assert await page.get_attribute("#password", "onpaste") is None
