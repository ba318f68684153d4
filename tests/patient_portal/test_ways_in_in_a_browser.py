"""The pages of people who come alone, forget, move and come back: every state, in a real browser, looked at."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.patient_portal.browsing import ON_A_PHONE, ON_LARGE_SCREENS, PHONE, SEND, WALKS, Served, Walk, page_of, send
from tests.patient_portal.people import NEW_PASSWORD, linked_by_staff
from tests.patient_portal.practice import EMAIL, PASSWORD
from tests.portal_forms import type_into

NEW_EMAIL = "nora.with.a.rather.long.name.of.her.own@mail.departmental.example.com"


async def fill(page: Page, **typed: str) -> None:
    """Type into the boxes by their ids and send the form."""
    for name, text in typed.items():
        await type_into(page, name, text)
    await send(page)


@pytest.mark.parametrize("walk", WALKS)
async def test_coming_alone_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    async with walk.page(browser, served) as page:
        await page.goto("/willow-creek/register")
        await walk.judge(page, "self-register")
        await fill(page, email="nora", password="short")
        await walk.judge(page, "self-register-error")
        await fill(page, email=EMAIL, password=PASSWORD)
        await walk.judge(page, "self-register-received")
        link = await practice.next_link()
        async with walk.page(browser, served) as elsewhere:
            await elsewhere.goto(link)
            await walk.judge(elsewhere, "verify-elsewhere")
            await send(elsewhere)
            await walk.judge(elsewhere, "verify-elsewhere-error")
        await page.goto(link)
        await walk.judge(page, "verify")
        await send(page)
        await walk.judge(page, "documents-not-connected")
        await page.goto("/willow-creek/account/record")
        await walk.judge(page, "record-not-connected")
        await send(page, "main a.button")
        await walk.judge(page, "connect")
        await fill(page, pin="2222-2222", date_of_birth="soon")
        await walk.judge(page, "connect-error")
        await fill(page, pin="2222-2222", date_of_birth="1956-04-12")
        await walk.judge(page, "connect-miss")
        await fill(page, pin=practice.pin(practice.contact), date_of_birth="1956-04-12")
        await walk.judge(page, "documents-connected")
        await page.goto("/willow-creek/account/record")
        await walk.judge(page, "record")
        await page.goto(link)
        await walk.judge(page, "verify-used")


@pytest.mark.parametrize("walk", ON_A_PHONE)
async def test_account_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    async with walk.page(browser, served) as page:
        await walk_in(page, served)
        await linked_by_staff(practice)
        await page.goto("/willow-creek/documents")
        await walk.judge(page, "confirm")
        await fill(page, date_of_birth="1956-12-04")
        await walk.judge(page, "confirm-error")
        await fill(page, date_of_birth="1956-04-12")
        async with walk.page(browser, served) as elsewhere:
            await elsewhere.goto("/willow-creek/")
            await fill(elsewhere, email=EMAIL, password=PASSWORD)
        await page.goto("/willow-creek/account")
        await walk.judge(page, "account")
        await page.goto("/willow-creek/account/password")
        await fill(page, current="wrong", password="short")
        await walk.judge(page, "change-password-error")
        await fill(page, current=PASSWORD, password=NEW_PASSWORD)
        await walk.judge(page, "account-password-changed")
        await page.goto("/willow-creek/account/email")
        await fill(page, email="nora", password="wrong")
        await walk.judge(page, "change-address-error")
        await fill(page, email=NEW_EMAIL, password=NEW_PASSWORD)
        await expect(page.locator("main dd.hint")).to_contain_text(NEW_EMAIL)
        await walk.judge(page, "account-address-asked")
        links = await practice.next_links(2)
        async with walk.page(browser, served) as elsewhere:
            await elsewhere.goto(links["verify"])
            await walk.judge(elsewhere, "new-address-elsewhere")
        await page.goto(links["verify"])
        await walk.judge(page, "new-address")
        await send(page)
        await walk.judge(page, "account-address-changed")
        await page.goto(links["keep"])
        await walk.judge(page, "keep")
        await send(page)
        await walk.judge(page, "kept")
        await page.goto(links["keep"])
        await walk.judge(page, "keep-used")


@pytest.mark.parametrize("walk", ON_LARGE_SCREENS)
async def test_forgetting_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    async with walk.page(browser, served) as page:
        await walk_in(page, served)
        await send(page, ".sign-out button")
        await page.goto("/willow-creek/help")
        await walk.judge(page, "help")
        await page.goto("/willow-creek/forgot")
        await fill(page, email="nora")
        await walk.judge(page, "forgot-error")
        await fill(page, email=EMAIL)
        await walk.judge(page, "forgot-sent")
        await page.goto(await practice.next_link())
        await walk.judge(page, "reset")
        await fill(page, password=EMAIL)
        await walk.judge(page, "reset-error")
        await fill(page, password=NEW_PASSWORD)
        await walk.judge(page, "documents-after-reset")
        await page.goto("/willow-creek/reset/" + "x" * 43)
        await walk.judge(page, "reset-unknown")


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
        await expect(page.locator("h1")).to_have_text("Mi cuenta")
        await page.click(".sign-out button")
        await page.click("main a[href$='/forgot']")
        await type_and_click(page, email=EMAIL)
        await page.wait_for_url("**/forgot/sent")
        await page.goto(await practice.next_link())
        await type_and_click(page, password=NEW_PASSWORD)
        await expect(page.locator("h1")).to_have_text("Sus documentos")


async def type_and_click(page: Page, **typed: str) -> None:
    for name, text in typed.items():
        await type_into(page, name, text)
    await page.click(SEND)


async def test_longest_words_of_an_error_fit_a_phone_at_twice_the_text(browser: Browser, served: Served) -> None:
    async with page_of(browser, served, viewport=PHONE, locale="es-US") as page:
        await page.goto("/willow-creek/register")
        await fill(page, email="kim", password=PASSWORD)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        await expect(page.locator("#problems a")).to_have_text(
            ["Escriba un correo electrónico como nombre@example.com."]
        )
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_new_passwords_are_pasted_and_kept_by_password_managers(browser: Browser, served: Served) -> None:
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/register")
        await expect(page.locator("#email")).to_have_attribute("autocomplete", "username")
        await expect(page.locator("#password")).to_have_attribute("autocomplete", "new-password")
        await page.focus("#password")
        await page.evaluate("document.execCommand('insertText', false, 'pasted from a manager')")
        await expect(page.locator("#password")).to_have_value("pasted from a manager")
        await expect(page.locator("#password[onpaste]")).to_have_count(0)
