"""Staff at the staff screen: a colleague is invited, works, forgets the password, and is disabled at an open screen."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import BILLING, FRONT_DESK, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import admins_desk as admins_desk
from tests.looks import Look

NEW = "nine green lanterns hum"


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_staff")) as product:
        yield product


@pytest.fixture
async def admin(admins_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with admins_desk.lent(request.node) as desk:
        yield desk


def link_in(letter: EmailMessage, door: str) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    [link] = set(re.findall(rf"http://\S+/staff/#/{door}/[\w-]+", str(part.get_content())))
    return str(link)


def card_of(name: str) -> str:
    return f"section.card:has(h2:has-text('{name}'))"


async def invited(admin: Desk, name: str, email: str) -> None:
    """A colleague who may read records, invited on the page of those who manage staff."""
    page = admin.page
    await admin.goes_to("staff", "Staff")
    await page.get_by_role("button", name="Invite a colleague").click()
    await page.fill("dialog [name=name]", name)
    await page.fill("dialog [name=email]", email)
    await page.get_by_label("Read records").check()
    await page.get_by_role("button", name="Send the invitation", exact=True).click()
    await expect(page.locator(f"{card_of(name)} .mark")).to_have_text("Invited")
    await expect(page.locator(f"{card_of(name)} dl")).to_contain_text("Read records")


async def test_from_the_invitation_to_the_screen_that_closes(demo: Product, browser: Browser, admin: Desk) -> None:
    email = "ida.lark@willow-creek.example"
    await invited(admin, "Ida Lark", email)
    link = link_in(await demo.letter_to(email), "welcome")
    async with desk_at(browser, demo.api_url, 320) as ida:
        page, heading = ida.page, ida.page.locator("main:not([aria-busy]) h1")
        await page.goto("about:blank")
        await page.goto(link)
        await expect(heading).to_have_text("Welcome: choose a password")
        assert link.rpartition("/")[2] not in page.url
        await ida.is_sound()
        await page.fill("[name=password]", "ida lark ida lark")
        await page.click("main form button[type=submit]")
        await expect(page.locator("main [role=alert]")).to_contain_text("too easy to guess")
        await ida.is_sound()
        await page.fill("[name=password]", NEW)
        await page.click("main form button[type=submit]")
        await expect(heading).to_contain_text("Calendar")
        await expect(page.locator("#top nav")).not_to_contain_text("Staff")
        await ida.goes_to("account", "My account")
        await expect(page.locator("main .plain li")).to_have_count(1)
        await ida.is_sound()

        await admin.goes_to("calendar", "Calendar")
        await admin.goes_to("staff", "Staff")
        await admin.page.get_by_role("button", name="Disable Ida Lark").click()
        await admin.is_sound()
        await admin.page.fill("dialog [name=reason]", "Left the practice.")
        await admin.page.get_by_role("button", name="Disable", exact=True).last.click()
        await expect(heading).to_have_text("Sign in to the staff screen")
        await expect(page.locator("main p.said")).to_contain_text("Your session has ended")
    card = admin.page.locator(card_of("Ida Lark"))
    await expect(card.locator(".mark")).to_have_text("Disabled")
    await expect(card).to_contain_text("Left the practice.")
    await admin.is_sound()


async def test_forgotten_password_is_chosen_anew_by_a_letter(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, 320) as desk:
        page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
        await page.get_by_role("link", name="Forgot your password?").click()
        await expect(heading).to_have_text("Forgot your password?")
        await desk.is_sound()
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", BILLING)
        await page.click("main form button[type=submit]")
        await expect(page.locator("main [role=status]")).to_contain_text("an email is on its way")
        await desk.is_sound()
        link = link_in(await demo.letter_to(BILLING), "reset")
        await page.goto("about:blank")
        await page.goto(link)
        await expect(heading).to_have_text("Choose a new password")
        await page.get_by_label("Show the password").check()
        await page.fill("[name=password]", NEW)
        await page.click("main form button[type=submit]")
        # Without VIEW_CONTACTS there is no calendar to begin with.
        await expect(heading).to_have_text("My account")
        await expect(page.locator("main dl")).to_contain_text("Nothing yet")
        await desk.is_sound()


FORGOT = (
    "mutation ($input: RequestStaffPasswordResetInput!) { requestStaffPasswordReset(input: $input) { __typename } }"
)


async def test_a_sign_in_that_fails_after_the_password_was_chosen_sends_no_used_link_again(
    demo: Product, browser: Browser
) -> None:
    email = "maren.hale@willow-creek.example"
    await demo.graphql(FORGOT, input={"organization": "willow-creek", "email": email})
    link = link_in(await demo.letter_to(email), "reset")
    async with desk_at(browser, demo.api_url, 320) as desk:
        page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")

        async def is_away(route: Route) -> None:
            if "signInStaff" in (route.request.post_data or ""):
                await route.abort()
            else:
                await route.fallback()

        await page.route("**/graphql", is_away)
        await page.goto("about:blank")
        await page.goto(link)
        await expect(heading).to_have_text("Choose a new password")
        await page.fill("[name=password]", NEW)
        await page.click("main form button[type=submit]")
        await expect(heading).to_have_text("Sign in to the staff screen")
        await expect(page.locator("main p.said")).to_have_text(
            "Your new password is saved, but you could not be signed in just now. Sign in with it here."
        )
        await expect(page.locator("[name=organization]")).to_have_value("willow-creek")
        await desk.is_sound()
        await page.unroute("**/graphql")
        await page.fill("[name=email]", email)
        await page.fill("[name=password]", NEW)
        await page.click("main form button[type=submit]")
        await expect(heading).to_contain_text("Calendar")


async def test_permissions_are_set_in_plain_words(admin: Desk) -> None:
    page = admin.page
    await invited(admin, "Sol Reed", "sol.reed@willow-creek.example")
    await page.get_by_role("button", name="What Sol Reed may do").click()
    await admin.is_sound()
    await page.get_by_label("Change records").check()
    await page.get_by_role("button", name="Set these permissions").click()
    await expect(page.locator(f"{card_of('Sol Reed')} dl")).to_contain_text("Read records; Change records")


async def test_managing_staff_fits_a_phone(admin: Desk) -> None:
    page = admin.page
    await Look(320, 900).put_on(page)
    await admin.goes_to("staff", "Staff")
    await admin.is_sound()
    await page.get_by_role("button", name="Invite a colleague").click()
    await page.get_by_role("button", name="Send the invitation", exact=True).click()
    await expect(page.locator("dialog .error").first).to_have_text("Fill this in.")
    await admin.is_sound()
    await page.fill("dialog [name=name]", "Fran Desk the Second")
    await page.fill("dialog [name=email]", "front.desk@willow-creek.example")
    await page.get_by_role("button", name="Send the invitation", exact=True).click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("Another staff member signs in")
    await admin.is_sound()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Disable Adrian Minh").click()
    await page.fill("dialog [name=reason]", "Retired.")
    await page.locator("dialog").get_by_role("button", name="Disable", exact=True).click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("Let somebody else manage staff first.")
    await admin.is_sound()


async def test_own_password_is_changed(demo: Product, browser: Browser) -> None:
    email, old = "ada.low@willow-creek.example", "six blue ladders lean"
    await demo.program(
        *("staff", "create", "--organization", "willow-creek", "--email", email, "--name", "Ada Low"),
        *("--permission", "VIEW_CONTACTS", "--password-stdin"),
        typed=old,
    )
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in(email, old)
        await desk.goes_to("account", "My account")
        await page.fill("[name=currentPassword]", "not this one")
        await page.fill("[name=newPassword]", NEW)
        await page.get_by_role("button", name="Change the password").click()
        await expect(page.locator("main .error").first).to_have_text("This is not your current password.")
        await desk.is_sound()
        await page.fill("[name=currentPassword]", old)
        await page.get_by_role("button", name="Change the password").click()
        await expect(page.locator("#notices")).to_contain_text("The password is changed.")
        await expect(page.locator("[name=newPassword]")).to_have_value("")


async def test_staff_pages_speak_spanish_in_the_dark(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, color_scheme="dark", locale="es-MX") as desk:
        page = desk.page
        await page.get_by_role("link", name="¿Olvidó su contraseña?").click()
        await expect(page.locator("h1")).to_have_text("¿Olvidó su contraseña?")
        await desk.is_sound()
        await page.get_by_role("link", name="Ir al inicio de sesión").click()
        # The page before has fields of the same names.
        await expect(page.locator("h1")).to_have_text("Iniciar sesión para el personal")
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", "front.desk@willow-creek.example")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form button[type=submit]")
        await expect(page.locator("main:not([aria-busy]) h1")).to_contain_text("Agenda")
        await desk.goes_to("staff", "Personal")
        await expect(page.locator("main > p")).to_have_text(
            "Solo quienes gestionan el personal pueden cambiar algo aquí."
        )
        await desk.is_sound()
        await desk.goes_to("account", "Mi cuenta")
        await desk.is_sound()


GUESS = """mutation ($input: %sInput!) { answer: %s(input: $input) { __typename } }"""


async def _guessed_at(product: Product, kind: str, email: str) -> str:
    """Somebody who signed in from here before mistypes ten times. The answer to the right password after that."""
    ask = GUESS % (kind[0].upper() + kind[1:], kind)
    told = ""
    for password in (PASSWORD, *["not the right one"] * 10, PASSWORD):
        given = {"organization": "willow-creek", "email": email, "password": password}
        told = (await product.graphql(ask, input=given))["answer"]["__typename"]
    return told


async def test_staff_see_who_is_being_tried_and_let_them_in_again(demo: Product, admin: Desk) -> None:
    page = admin.page
    assert await _guessed_at(demo, "signInPatient", "leo.park@example.com") == "TooManyAttempts"
    await admin.finds("Leo Park")
    tried = page.get_by_role("group", name="Somebody has tried too often for Leo Park")
    await expect(tried.locator("li")).to_contain_text("Signing in: closed until")
    await admin.is_sound()
    await tried.get_by_role("button", name="Let Leo Park try again").click()
    await expect(page.locator("#notices")).to_contain_text("Leo Park can try again now.")
    await expect(tried).to_have_count(0)

    assert await _guessed_at(demo, "signInStaff", FRONT_DESK) == "TooManyAttempts"
    await admin.goes_to("staff", "Staff")
    tried = page.get_by_role("group", name="Somebody has tried too often for")
    await expect(tried.locator("li")).to_contain_text("Signing in: closed until")
    await admin.is_sound()
    await tried.get_by_role("button").click()
    await expect(tried).to_have_count(0)
    ask = GUESS % ("SignInStaff", "signInStaff")
    given = {"organization": "willow-creek", "email": FRONT_DESK, "password": PASSWORD}
    assert (await demo.graphql(ask, input=given))["answer"]["__typename"] == "SignInSuccess"


CREATE = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  ... on CreateContactSuccess { contact { id } } } }"""


async def test_a_record_is_exported_and_erased(demo: Product, admin: Desk) -> None:
    token = await token_of(demo)
    facts = {"givenName": "Zoe", "familyName": "Quill", "emails": ["zoe.quill@example.com"]}
    contact = (await demo.graphql(CREATE, token, input=facts))["createContact"]["contact"]["id"]
    page = admin.page
    await Look(320, 900).put_on(page)
    await admin.goes_to(f"contact/{contact}", "Zoe Quill")
    await page.get_by_role("button", name="Export the record").click()
    archive = await page.get_by_role("link", name="Download the archive").get_attribute("href")
    assert archive
    answer = await page.context.request.get(archive)
    assert (answer.status, (await answer.body())[:2]) == (200, b"PK")
    await admin.is_sound()
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Erase the record").click()
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.locator("dialog .error").first).to_have_text("Fill this in.")
    await admin.is_sound()
    await page.fill("dialog [name=reason]", "Asked for it.")
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.locator("#notices")).to_contain_text("The record is erased.")
    await admin.goes_to(f"contact/{contact}", "There is no such contact")


async def test_a_record_that_must_be_kept_says_why_in_spanish(demo: Product, admin: Desk) -> None:
    contact = (await record_of(demo, await token_of(demo), "Leo Park"))["id"]
    page = admin.page
    await admin.goes_to(f"contact/{contact}", "Leo Park")
    await page.click("text=Español")
    await page.get_by_role("button", name="Borrar el expediente").click()
    await page.fill("dialog [name=reason]", "Lo pidió.")
    await page.get_by_role("button", name="Borrar para siempre").click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("Termine primero el vínculo.")
    await admin.is_sound()


async def test_last_day_is_set_and_taken_away(admin: Desk) -> None:
    page = admin.page
    await admin.goes_to("staff", "Staff")
    card = page.locator(card_of("Bill"))
    await card.get_by_role("button", name="Last day of").click()
    await page.fill("dialog [name=lastDay]", "2020-01-31")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog")).to_contain_text("Choose today or a later day")
    await page.fill("dialog [name=lastDay]", "2031-05-29")
    await admin.is_sound()
    await page.keyboard.press("Enter")
    await expect(card.locator("dl")).to_contain_text("May 29, 2031")
    await expect(page.locator("#notices")).to_contain_text("ends after")
    await card.get_by_role("button", name="Last day of").click()
    await expect(page.locator("dialog [name=lastDay]")).to_have_value("2031-05-29")
    await page.fill("dialog [name=lastDay]", "")
    await page.keyboard.press("Enter")
    await expect(card.locator("dl")).not_to_contain_text("2031")
