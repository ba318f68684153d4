"""The pages of an invited person in a real browser: on a phone's width, by keyboard, without JavaScript, judged by axe,
looked at."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from structlog.testing import capture_logs
from tortoise.connection import get_connection

from clinic.records.actions.contacts import ContactFacts
from tests.patient_portal.browsing import ON_A_PHONE, PHONE, SEND, WALKS, Served, Walk, page_of, send
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Visitor, open_practice
from tests.portal_forms import type_into

OMAR = "omar@example.com"
LONG: dict[str, Any] = {
    "slug": "long",
    "name": "Wolfeschlegelsteinhausenbergerdorff Interkultural Counseling, Family Therapy & Associates of Boise",
    "address": "Wolfeschlegelsteinhausenbergerdorff Building\nSuite 12345, 3rd floor\n12 Mill Lane\nBoise, ID 83702",
    "phone": "+1 (208) 555-0134 ext. 44012",
    "brand_colour": "#ffe94a",
    "logo": None,
}


@pytest.mark.parametrize("walk", WALKS)
async def test_every_page_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    await walk.is_written_to(practice.contact)
    link = await practice.invite()
    async with walk.page(browser, served) as page:
        await page.goto("/willow-creek/?next=/willow-creek/documents")
        await walk.judge(page, "home")
        await send(page)
        await walk.judge(page, "home-error")
        await page.goto("/willow-creek/nowhere")
        await walk.judge(page, "not-found")
        await page.goto("/nowhere/")
        await walk.judge(page, "nobodys-door")
        await page.goto("/willow-creek/register/" + "x" * 43)
        await walk.judge(page, "link-unknown")
        await page.goto(link)
        await walk.judge(page, "register")
        await type_into(page, "date_of_birth", "1956-05-12")
        await page.fill("#password", PASSWORD)
        await send(page)
        await walk.judge(page, "register-error")
        await type_into(page, "date_of_birth", "1956-04-12")
        await page.fill("#password", PASSWORD)
        await send(page)
        await walk.judge(page, "documents")
        omar = await practice.add_contact(ContactFacts("Omar", "Reyes", date_of_birth=BORN, emails=[OMAR]))
        await page.goto(await practice.invite(omar))
        await expect(page.locator("main .notice")).to_contain_text("n•••@example.com")
        await walk.judge(page, "register-somebody-else")
        await page.goto("/willow-creek/documents")
        await expect(page.locator(".who bdi")).to_have_text(EMAIL)
        await send(page, ".sign-out button")
        await page.goto(link)
        await walk.judge(page, "link-used")


@pytest.mark.parametrize("walk", ON_A_PHONE)
async def test_longest_names_and_worst_errors_fit(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    long = await open_practice(practice.services, practice.clock, practice.mailbox, **LONG)
    await walk.is_written_to(long.contact)
    link = await long.invite()
    async with walk.page(browser, served) as page:
        await page.goto(link)
        await type_into(page, "date_of_birth", "Wolfeschlegelsteinhausenbergerdorffwelch")
        await send(page)
        await walk.judge(page, "long-error")
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await walk.judge(page, "long-error-200-percent")
        long.clock.advance(timedelta(days=11))
        await page.goto(link)
        await walk.judge(page, "link-expired")
        await send(page)
        await walk.judge(page, "fresh-link-sent")


@pytest.mark.parametrize("walk", ON_A_PHONE)
async def test_refusals_pauses_and_defects_are_pages_too(browser: Browser, served: Served, walk: Walk) -> None:
    async with walk.page(browser, served) as page:
        await page.goto("/willow-creek/sign-out")
        await walk.judge(page, "refused")
        await page.goto("/willow-creek/")
        await page.context.clear_cookies()
        await page.fill("#email", EMAIL)
        await page.fill("#password", PASSWORD)
        await send(page)
        await walk.judge(page, "form-too-old")
        # Somebody else has tried ten times meanwhile.
        guesser = Visitor(None, served.address)
        async with guesser.http:
            for _ in range(10):
                guessed = await guesser.fill("/willow-creek/", email=EMAIL, password="not the password")
                assert guessed.status == 422
        await page.goto("/willow-creek/")
        await page.fill("#email", EMAIL)
        await page.fill("#password", "not the password")
        await send(page)
        await expect(page.locator("#problems")).to_have_count(0)
        await walk.judge(page, "paused")
        connection = get_connection("default")
        await connection.execute_query("ALTER TABLE portal_account RENAME TO gone_for_a_while")
        await page.goto("/willow-creek/forgot")
        await page.fill("#email", EMAIL)
        # Drawing the traceback for a developer takes longer than a browser waits.
        with capture_logs():
            await send(page)
        await walk.judge(page, "defect")
        await connection.execute_query("ALTER TABLE gone_for_a_while RENAME TO portal_account")


async def test_back_after_a_failed_form_shows_the_form(browser: Browser, served: Served) -> None:
    async with page_of(browser, served, viewport=PHONE) as page:
        await page.goto("/willow-creek/")
        await page.fill("#email", EMAIL)
        await send(page)
        await expect(page.locator("#problems")).to_be_visible()
        await page.click("main a[href$='/forgot']")
        await expect(page.locator("h1")).to_have_text("Choose a new password")
        await page.go_back()
        await expect(page.locator("h1")).to_have_text("Sign in")
        await expect(page.locator("#password")).to_be_visible()
        await send(page)
        await expect(page.locator("#problems")).to_be_visible()
        await page.reload()
        await expect(page.locator("#problems")).to_have_count(0)
        await expect(page.locator("#password")).to_be_visible()


async def test_everything_works_without_javascript(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served, java_script_enabled=False, viewport=PHONE) as page:
        await page.goto(link)
        await expect(page.locator("button.show")).to_have_count(0)
        await type_into(page, "date_of_birth", "April 12, 1956")
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
        await expect(page.locator("h1")).to_have_text("Sus documentos")


async def test_everything_works_by_keyboard_and_errors_take_the_focus(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served) as page:
        await page.goto(link)
        words = await page.inner_text(".passphrase")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.focus("#date_of_birth-month")
        for typed in ("May", "12", "1956"):
            await page.keyboard.type(typed)
            await page.keyboard.press("Tab")
        await page.keyboard.insert_text(PASSWORD)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.locator("#problems")).to_be_focused()
        await expect(page.locator(".passphrase")).to_have_text(words)
        await expect(page.locator("#password-note")).to_contain_text("The password that you typed is kept.")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#date_of_birth-month")).to_be_focused()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("4")
        for _ in range(5):
            await page.keyboard.press("Tab")
        await expect(page.locator("button:focus")).to_have_text("Use these words")
        await page.keyboard.press("Enter")
        await expect(page.locator("#password")).to_be_focused()
        await expect(page.locator("#password")).to_have_value(words)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Your documents")


async def test_door_is_kind_to_eyes_hands_password_managers_and_printers(browser: Browser, served: Served) -> None:
    link = await served.practice.invite()
    async with page_of(browser, served) as page:
        await page.goto("/willow-creek/")
        await _focus_is_thick_and_in_the_practices_colour(page)
        await _password_can_be_shown_and_is_hidden_again_when_sent(page)
        await _boxes_tell_password_managers_what_they_are(page, link)
        await page.goto("/willow-creek/")
        await _printed_page_has_no_dark_ground_and_no_buttons(page)


async def _focus_is_thick_and_in_the_practices_colour(page: Page) -> None:
    for target in ("#email", SEND, ".bottom a.alone"):
        await page.focus(target)
        outline = await page.eval_on_selector(target, "one => getComputedStyle(one).outline")
        assert outline == "rgb(43, 95, 117) solid 4px", target


async def _password_can_be_shown_and_is_hidden_again_when_sent(page: Page) -> None:
    await page.fill("#password", "not the right password")
    await page.click("text=Show the password")
    await expect(page.locator("#password")).to_have_attribute("type", "text")
    await page.click("text=Hide the password")
    await expect(page.locator("#password")).to_have_attribute("type", "password")
    await page.click("text=Show the password")
    await page.fill("#email", EMAIL)
    await send(page)
    await expect(page.locator("#email")).to_have_value(EMAIL)
    await expect(page.locator("#password")).to_have_attribute("type", "password")
    await expect(page.locator("#password")).to_have_value("")


async def _boxes_tell_password_managers_what_they_are(page: Page, link: str) -> None:
    await expect(page.locator("#email")).to_have_attribute("autocomplete", "username")
    await expect(page.locator("#password")).to_have_attribute("autocomplete", "current-password")
    await page.goto(link)
    for part in ("day", "month", "year"):
        await expect(page.locator(f"#date_of_birth-{part}")).to_have_attribute("autocomplete", f"bday-{part}")
    await expect(page.locator("#password")).to_have_attribute("autocomplete", "new-password")


async def _printed_page_has_no_dark_ground_and_no_buttons(page: Page) -> None:
    await page.emulate_media(color_scheme="dark", media="print")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    await expect(page.locator(SEND)).to_be_hidden()
    await expect(page.locator(".phone")).to_be_visible()
