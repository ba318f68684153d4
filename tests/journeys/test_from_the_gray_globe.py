"""From the gray globe to a registered patient: staff click, a letter arrives, a person walks in (product §2)."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx2
import pypdfium2
import zxingcpp
from playwright.async_api import Browser, Page, expect

from tests.axe import violations
from tests.journeys.conftest import Product, practice_with_staff
from tests.portal_forms import type_into

PATIENT_PASSWORD = "seven purple kettles sing"

CREATE_CONTACT = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  ... on CreateContactSuccess { contact { id portalPin portalStatus { state icon action } } } } }"""
CREATE_APPOINTMENT = """mutation ($input: CreateAppointmentInput!) {
  createAppointment(input: $input) { __typename } }"""
CALENDAR = """query ($from: DateTime!, $to: DateTime!) { appointments(from: $from, to: $to) { nodes {
  contact { displayName portalStatus { state icon action } } } } }"""
CREATE_ACCOUNT = """mutation ($input: CreatePortalAccountInput!) { createPortalAccount(input: $input) {
  __typename ... on CreatePortalAccountSuccess { contact { portalStatus { state } } } } }"""
STATUS = """query ($id: ID!) { contact(id: $id) { portalStatus {
  state icon action letter summary account { email registeredAt } } } }"""
PRINT = """mutation ($input: PrintPortalInstructionsInput!) { printPortalInstructions(input: $input) {
  ... on PrintPortalInstructionsSuccess { url } } }"""


async def test_staff_invite_a_person_who_registers_and_gets_the_printed_sheet(
    product: Product, browser: Browser
) -> None:
    token = await practice_with_staff(product)
    created = await product.graphql(
        CREATE_CONTACT,
        token,
        input={
            "givenName": "Omar",
            "familyName": "Reyes",
            "dateOfBirth": "1980-05-04",
            "emails": ["Omar.Reyes@example.com"],
        },
    )
    contact = created["createContact"]["contact"]
    gray = {"state": "NO_ACCOUNT", "icon": "GRAY_GLOBE_PERSON", "action": "CREATE_ACCOUNT"}
    assert contact["portalStatus"] == gray
    assert await _in_the_calendar(product, token, contact["id"]) == gray

    answer = await product.graphql(CREATE_ACCOUNT, token, input={"contactId": contact["id"]})
    assert answer["createPortalAccount"] == {
        "__typename": "CreatePortalAccountSuccess",
        "contact": {"portalStatus": {"state": "INVITED"}},
    }
    letter = await _the_letter(product)
    assert letter["To"] == "Omar.Reyes@example.com"
    assert letter["From"] == "Willow Creek Counseling <no-reply@willow-creek.example>"
    link = _link_in(letter)
    assert contact["portalPin"] not in letter.as_string()

    await _scanner_opens(link)
    status = await _status(product, token, contact["id"])
    assert (status["state"], status["letter"]) == ("INVITED", "SENT")

    await _register(browser, link)
    status = await _status(product, token, contact["id"])
    assert (status["state"], status["icon"], status["action"]) == (
        "LINKED",
        "BLUE_GLOBE_PERSON",
        "PRINT_INSTRUCTIONS",
    )
    assert status["account"]["email"] == "Omar.Reyes@example.com"

    printed = await product.graphql(PRINT, token, input={"contactId": contact["id"]})
    await _sheet_leads_to_the_portal(product, printed["printPortalInstructions"]["url"], contact["portalPin"])
    assert len(product.letters) == 1


async def _in_the_calendar(product: Product, token: str, contact_id: str) -> dict[str, Any]:
    starts = datetime.now(UTC)
    times = {"startsAt": starts.isoformat(), "endsAt": (starts + timedelta(minutes=50)).isoformat()}
    await product.graphql(CREATE_APPOINTMENT, token, input={"contactId": contact_id, **times})
    span = {"from": (starts - timedelta(hours=1)).isoformat(), "to": (starts + timedelta(hours=1)).isoformat()}
    [appointment] = (await product.graphql(CALENDAR, token, **span))["appointments"]["nodes"]
    status: dict[str, Any] = appointment["contact"]["portalStatus"]
    return status


async def _the_letter(product: Product) -> EmailMessage:
    await product.inbox.wait_for(1)
    [letter] = product.letters
    return letter


def _link_in(letter: EmailMessage) -> str:
    text = letter.get_body(("plain",))
    assert text is not None
    [link] = re.findall(r"http://\S+/willow-creek/register/\S+", text.get_content())
    return str(link)


async def _scanner_opens(link: str) -> None:
    """A mail scanner follows the link three times, with all that a browser would send."""
    for _ in range(3):
        async with httpx2.AsyncClient(follow_redirects=True) as scanner:
            assert (await scanner.get(link)).status_code == 200
            assert (await scanner.head(link)).status_code == 200


async def _register(browser: Browser, link: str) -> None:
    """On a phone, without JavaScript: first with a wrong date of birth, then with the right one."""
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(link)
    assert link.rsplit("/", 1)[1] not in page.url
    await _fill(page, "1980-05-05")
    await expect(page.locator("main")).to_contain_text("does not match")
    await _fill(page, "1980-05-04")
    await expect(page).to_have_url(re.compile("/willow-creek/documents([?].*)?$"))
    await expect(page.locator("header").first).to_contain_text("Willow Creek Counseling")
    await context.close()

    looking = await browser.new_page()
    await looking.goto(link)
    await expect(looking.locator("main")).to_contain_text("used")
    assert await violations(looking) == []
    await looking.close()


async def _fill(page: Page, date_of_birth: str) -> None:
    await type_into(page, "date_of_birth", date_of_birth)
    await page.fill("input[name=password]", PATIENT_PASSWORD)
    await page.click("main form button[type=submit]")


async def _status(product: Product, token: str, contact_id: str) -> dict[str, Any]:
    status: dict[str, Any] = (await product.graphql(STATUS, token, id=contact_id))["contact"]["portalStatus"]
    return status


async def _sheet_leads_to_the_portal(product: Product, url: str, pin: str) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(url)
    assert answer.headers["content-type"] == "application/pdf"
    page = pypdfium2.PdfDocument(answer.content)[0]
    text = page.get_textpage().get_text_range()
    assert "Omar Reyes" in text
    assert pin in text
    [code] = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    assert code.text == f"{product.portal_url}/willow-creek/"
