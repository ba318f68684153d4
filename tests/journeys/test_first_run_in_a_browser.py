"""From an empty database to the first registered patient, in a browser and without the demo: no SQL, no code."""

import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.at_the_desk import Desk, desk_at, is_sound
from tests.journeys.conftest import Product, running_product
from tests.portal_forms import type_into

PASSWORD = "four lamps above a quiet river"
PATIENT_PASSWORD = "seven purple kettles sing"
# A Monday far ahead: no test depends on the day on which it runs.
DAY = "2030-03-11"
# Where a person who wants to see the pages has them written: a folder.
PICTURES = os.environ.get("VESTIBULE_TEST_PICTURES")


@dataclass(frozen=True)
class Practice:
    """A new practice, its first administrator and first patient, and the words of their screens."""

    slug: str
    name: str
    admin: str
    patient: tuple[str, str]
    locale: str
    language: str
    welcome: str
    nobody_yet: str
    calendar: str
    appointment: str
    invite: str
    invited: str
    linked: str
    documents: str

    @property
    def patient_name(self) -> str:
        return " ".join(self.patient)

    @property
    def patient_email(self) -> str:
        return f"patient@{self.slug}.example"


ALDER = Practice(
    slug="alder",
    name="Alder Clinic",
    admin="Kim Vale",
    patient=("Nora", "Gray"),
    locale="en-US",
    language="en",
    welcome="Welcome: choose a password",
    nobody_yet="There are no contacts yet.",
    calendar="Calendar",
    appointment="Appointment of Nora Gray",
    invite="Create the account and email Nora Gray",
    invited="Nora Gray is invited",
    linked="Linked",
    documents="Your documents",
)
SAUCE = Practice(
    slug="sauce",
    name="Clínica El Sauce",
    admin="Luz Vega",
    patient=("Inés", "Roble"),
    locale="es-MX",
    language="es",
    welcome="Le damos la bienvenida: elija una contraseña",
    nobody_yet="Todavía no hay contactos.",
    calendar="Agenda",
    appointment="Cita de Inés Roble",
    invite="Crear la cuenta y escribir a Inés Roble",
    invited="Inés Roble tiene una invitación",
    linked="Vinculado",
    documents="Sus documentos",
)


@pytest.fixture(scope="module")
async def product(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product over a database that holds tables and no rows."""
    folder = tmp_path_factory.mktemp("first_run")
    shutil.copyfile(migrated_sqlite_file, folder / "empty.sqlite3")
    async with running_product(f"sqlite://{folder / 'empty.sqlite3'}", folder) as running:
        yield running


@pytest.mark.parametrize("practice", [ALDER, SAUCE], ids=lambda practice: str(practice.language))
async def test_first_administrator_reaches_the_first_registered_patient(
    practice: Practice, product: Product, browser: Browser, tmp_path: Path
) -> None:
    link = await _setup(practice, product, tmp_path)
    async with desk_at(browser, product.api_url, locale=practice.locale) as desk:
        page = desk.page
        heading = page.locator("main:not([aria-busy]) h1")
        await page.goto("about:blank")
        await page.goto(link)
        await expect(heading).to_have_text(practice.welcome)
        await page.fill("main [name=password]", PASSWORD)
        await page.click("main form button[type=submit]")
        await expect(heading).to_contain_text(practice.calendar)
        await expect(page.locator("#top .brand")).to_have_text(practice.name)
        await _judged(page, f"{practice.slug}-1-first-page")

        await _adds_the_patient(practice, desk)
        await desk.goes_to(f"calendar?day={DAY}", practice.calendar)
        await _plans_a_visit(practice, page)
        icon = page.locator("#appointment portal-status")
        await page.get_by_role("button", name=practice.appointment).click()
        await icon.locator(".icon").click()
        await icon.get_by_role("button", name=practice.invite).click()
        await expect(icon.locator("dialog h2")).to_have_text(practice.invited)
        await _judged(page, f"{practice.slug}-5-invited")
        await icon.locator("dialog button:not(.primary)").last.click()
        await expect(icon.locator("dialog[open]")).to_have_count(0)

        await _registers(practice, await product.letter_to(practice.patient_email), browser)
        # The icon turns by itself, in the calendar's row and in the appointment's window.
        for place in ("tr.chosen", "#appointment"):
            await expect(page.locator(f"{place} portal-status .text")).to_have_text(practice.linked)
        await _judged(page, f"{practice.slug}-7-linked")


async def _setup(practice: Practice, product: Product, folder: Path) -> str:
    """Run `vestibule setup`; the link for the first administrator, which is also in their letter."""
    said = await product.program(
        *("setup", "--json", "--env-file", str(folder / ".env")),
        *("--organization-name", practice.name, "--organization-slug", practice.slug),
        *("--facility", "Hilltop", "--time-zone", "America/Boise"),
        *("--admin-name", practice.admin, "--admin-email", f"admin@{practice.slug}.example"),
    )
    link: str = json.loads(said)["administrator"]["link"]
    assert link in _text(await product.letter_to(f"admin@{practice.slug}.example"))
    return link


async def _adds_the_patient(practice: Practice, desk: Desk) -> None:
    page = desk.page
    await page.locator("#top nav a[href='#/contacts']").click()
    await expect(page.locator("main")).to_contain_text(practice.nobody_yet)
    await _judged(page, f"{practice.slug}-2-no-contacts")
    await page.locator("main [aria-keyshortcuts=N]").click()
    dialog = page.locator("dialog:modal")
    given, family = practice.patient
    await dialog.locator("[name=givenName]").fill(given)
    await dialog.locator("[name=familyName]").fill(family)
    await dialog.locator("[name=dateOfBirth]").fill("1980-05-04")
    await dialog.locator("[name=emails]").fill(practice.patient_email)
    await dialog.locator("[name=language]").select_option(practice.language)
    await dialog.locator("button[type=submit]").click()
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text(practice.patient_name)
    await _judged(page, f"{practice.slug}-3-record")


async def _plans_a_visit(practice: Practice, page: Page) -> None:
    dialog = page.locator("dialog:modal")
    await page.keyboard.press("a")
    who = dialog.locator("[name='-who']")
    await who.fill(practice.patient_name)
    await expect(who).to_be_focused()
    await page.keyboard.press("Enter")
    await dialog.get_by_role("radio", name=practice.patient_name).check()
    await dialog.locator("[name=startsAt]").fill(DAY)
    await dialog.locator("[name=time]").fill("10:00")
    await dialog.locator("form:not([role=search]) button[type=submit]").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("button", name=practice.appointment)).to_be_visible()
    await _judged(page, f"{practice.slug}-4-calendar")


async def _registers(practice: Practice, letter: EmailMessage, browser: Browser) -> None:
    """On a phone and without JavaScript, in the letter's language."""
    assert (letter["Content-Language"], practice.name in str(letter["From"])) == (practice.language, True)
    [link] = set(re.findall(rf"http://\S+/{practice.slug}/register/[\w-]+", _text(letter)))
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(link)
    await expect(page.locator("html")).to_have_attribute("lang", practice.language)
    await type_into(page, "date_of_birth", "1980-05-04")
    await page.fill("main [name=password]", PATIENT_PASSWORD)
    await page.click("main form button[type=submit]")
    await expect(page.locator("h1")).to_have_text(practice.documents)
    await _pictured(page, f"{practice.slug}-6-portal")
    await context.close()


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def _judged(page: Page, name: str) -> None:
    """Nothing for axe to find, which takes a page with scripts."""
    await is_sound(page)
    await _pictured(page, name)


async def _pictured(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")
