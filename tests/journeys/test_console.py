"""The API console, as a newcomer uses it: sign in, find, create, read the answer."""

from playwright.async_api import Browser, Page, expect

from tests.axe import violations
from tests.journeys.conftest import STAFF_EMAIL, STAFF_PASSWORD, Product, practice_with_staff

CREATE = """mutation ($input: CreateContactInput!) { createContact(input: $input) { __typename } }"""


async def test_console_finds_a_contact_and_creates_the_portal_account(product: Product, browser: Browser) -> None:
    token = await practice_with_staff(product)
    await product.graphql(
        CREATE, token, input={"givenName": "Omar", "familyName": "Reyes", "emails": ["omar@example.com"]}
    )
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(f"{product.api_url}/console/")
    assert await violations(page) == []

    await _sign_in(page, "not the password at all")
    await expect(page.locator("#sign-in-error")).to_contain_text("not right")
    await _sign_in(page, STAFF_PASSWORD)
    await expect(page.locator("#who")).to_have_text("Frances Desk: MANAGE_CONTACTS, VIEW_CONTACTS, WEB_PORTAL")

    await page.click("#run")
    await expect(page.locator("#answer")).to_contain_text('"state": "NO_ACCOUNT"')
    await page.click("text=Create the portal account")
    await page.click("#run")
    await expect(page.locator("#answer")).to_contain_text('"state": "INVITED"')
    await page.click("text=Print the instructions")
    await page.click("#run")
    await expect(page.locator("#sheet a")).to_have_text("Open the printed instructions")
    assert await violations(page) == []
    assert complaints == []
    await context.close()


async def _sign_in(page: Page, password: str) -> None:
    await page.fill("#organization", "willow-creek")
    await page.fill("#email", STAFF_EMAIL)
    await page.fill("#password", password)
    await page.click("#sign-in-form button")
