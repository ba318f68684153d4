"""Importing a file at the staff screen: what would happen, doing it, the refused rows, and the same file again."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Route, expect

from tests.journeys.at_the_desk import Desk, demo_practice, token_of
from tests.journeys.conftest import Product
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import admins_desk as admins_desk

# Some rows more than one request takes, so that the import can be stopped between two.
ROWS = 130


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_import")) as product:
        yield product


@pytest.fixture
async def desk(admins_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with admins_desk.lent(request.node) as desk:
        yield desk


def people() -> FilePayload:
    rows = [f"{number};Given{number};Núñez;03/04/1980;import{number}@example.com\n" for number in range(ROWS)]
    bad = "900;=1+1;Núñez;31/31/1980;\n"
    text = "".join(["Ficha;Nombre;Apellidos;DOB;Correo\n", *rows, bad])
    return {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}


def count_of(card: Locator, term: str) -> Locator:
    return card.locator("dl > div", has=card.page.get_by_text(term, exact=True)).locator("dd")


async def test_file_is_previewed_imported_stopped_and_imported_again(desk: Desk) -> None:
    page = desk.page
    await desk.goes_to("import", "Import a file")
    await desk.is_sound()
    await page.get_by_label("File", exact=True).set_input_files(people())
    await page.get_by_role("button", name="Look at the file").click()
    await expect(page.get_by_role("alert")).to_contain_text("A column that is needed is missing")
    await page.get_by_label("Ficha").select_option("id")
    await page.get_by_role("button", name="Read it again").click()
    foreseen = page.locator("section", has=page.get_by_role("heading", name="What would happen"))
    await expect(foreseen).to_contain_text("This may be two dates. Choose the order of dates.")

    await page.get_by_label("Order of dates").select_option("DMY")
    await page.get_by_role("button", name="Look at the file").click()
    await page.get_by_label("Ficha").select_option("id")
    await page.get_by_role("button", name="Read it again").click()
    await expect(page.locator("table")).to_contain_text("April 3, 1980")
    await expect(page.locator("main")).to_contain_text("Windows-1252")
    start = page.get_by_role("button", name="Import now")
    await expect(start).to_be_focused()
    await expect(count_of(foreseen, "New")).to_have_text(str(ROWS))
    await expect(count_of(foreseen, "Refused")).to_have_text("1")
    await expect(foreseen).to_contain_text(f"Line {ROWS + 2} Date of birth: There is no such day.")
    await desk.is_sound()

    async with page.expect_download() as downloading:
        await foreseen.get_by_role("button", name="Download these rows").click()
    kept = (await (await downloading.value).path()).read_text(encoding="utf-8-sig")
    heads, row = csv.reader(io.StringIO(kept))
    assert heads == ["Ficha", "Nombre", "Apellidos", "DOB", "Correo", "vestibule problem"]
    assert row[:2] == ["900", "'=1+1"]

    # Stopped while the first request is under way, and continued.
    pressed = asyncio.Event()

    async def hold(route: Route) -> None:
        if '"dryRun":false' in (route.request.post_data or ""):
            await pressed.wait()
        await route.continue_()

    await page.route("**/graphql", hold)
    await start.click()
    doing = page.locator("section", has=page.get_by_role("heading", name="Importing"))
    await doing.get_by_role("button", name="Stop").click()
    pressed.set()
    await expect(doing).to_contain_text(f"{ROWS - 100} records were not dealt with.")
    await expect(doing.get_by_role("button", name="Continue")).to_be_focused()
    await doing.get_by_role("button", name="Continue").click()
    await expect(doing).to_contain_text("The import is done.")
    await expect(count_of(doing, "New")).to_have_text(str(ROWS))

    # The same file again: all is the same.
    await page.get_by_role("button", name="Look at the file").click()
    await page.get_by_label("Ficha").select_option("id")
    await page.get_by_role("button", name="Read it again").click()
    await expect(start).to_be_focused()
    await expect(count_of(foreseen, "The same")).to_have_text(str(ROWS))
    await expect(count_of(foreseen, "New")).to_have_text("0")
    await page.set_viewport_size({"width": 320, "height": 900})
    await desk.is_sound()
    await _same_people_of_another_system_may_be_twins(desk)


async def _same_people_of_another_system_may_be_twins(desk: Desk) -> None:
    page = desk.page
    await page.locator("#top .me .fold > button").click()
    await page.get_by_role("button", name="Español").click()
    await page.get_by_label("Archivo", exact=True).set_input_files(people())
    await page.get_by_label("De quién son estos números").fill("urn:other")
    await page.get_by_label("Orden de las fechas").select_option("DMY")
    await page.get_by_role("button", name="Ver el archivo").click()
    await page.get_by_label("Ficha").select_option("id")
    await page.get_by_role("button", name="Leerlo de nuevo").click()
    foreseen = page.locator("section", has=page.get_by_role("heading", name="Lo que pasaría"))
    await expect(count_of(foreseen, "Rechazados")).to_have_text(str(ROWS + 1))
    await expect(foreseen.locator("li").first).to_contain_text("dele este identificador externo en su página")
    await desk.is_sound()


async def test_calendar_says_how_appointments_stand_at_their_source(demo: Product, desk: Desk) -> None:
    words = ("booked", "checked-in", "noshow", "en sala")
    visits = [
        {
            "externalId": {"system": "urn:ehr", "value": f"v{number}"},
            "contact": {"system": "urn:ehr", "value": "p"},
            "startsAt": f"2031-06-09T{15 + number}:00:00Z",
            "endsAt": f"2031-06-09T{15 + number}:30:00Z",
            "sourceStatus": word,
        }
        for number, word in enumerate(words)
    ]
    given = {
        "contacts": [{"externalId": {"system": "urn:ehr", "value": "p"}, "givenName": "Nora", "familyName": "Gray"}],
        "appointments": visits,
    }
    sync = "mutation ($input: SyncRecordsInput!) { syncRecords(input: $input) { __typename } }"
    await demo.graphql(sync, await token_of(demo), input=given)
    await desk.goes_to("calendar?day=2031-06-09", "Calendar")
    marks = desk.page.locator("tbody tr .mark")
    await expect(marks).to_have_text(["Checked in", "No-show", "en sala"])
    await desk.page.locator("button.row").nth(2).click()
    window = desk.page.locator("#appointment")
    await expect(window).to_contain_text("Status elsewhere")
    await expect(window).to_contain_text("No-show")
    await expect(window.locator(".summary")).to_be_visible()
    await desk.is_sound()
    await window.get_by_role("button", name="External ids").click()
    ids = desk.page.get_by_role("dialog", name="External ids of Nora Gray, Jun 9, 2031")
    await expect(ids.get_by_label("Number there")).to_have_value("v2")
    await ids.get_by_role("button", name="Cancel").click()
    await desk.page.get_by_role("button", name="Español").click()
    await expect(marks).to_have_text(["Registrado", "No se presentó", "en sala"])
    await desk.page.locator("button.row").first.click()
    await expect(window.locator(".summary")).to_be_visible()
    await expect(window).not_to_contain_text("Estado en el otro sistema")


# Holds files over the page and lets them go, as a mouse does.
DROP = """(names) => {
  const carried = new DataTransfer();
  for (const name of names) carried.items.add(new File(["id,first name,last name\\n1,Ada,Vale\\n"], name));
  const told = (kind) => new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true });
  const place = document.querySelector("main h1");
  place.dispatchEvent(told("dragenter"));
  const shown = document.querySelector("main").classList.contains("dropping");
  return [shown, place.dispatchEvent(told("dragover")), place.dispatchEvent(told("drop"))];
}"""


async def test_a_file_dropped_anywhere_on_the_page_is_chosen(desk: Desk) -> None:
    page = desk.page
    await desk.goes_to("import", "Import a file")
    note = page.locator("main form p[role=status]")
    # The browser itself opens none of them.
    assert await page.evaluate(DROP, ["one.csv", "two.csv"]) == [True, False, False]
    await expect(note).to_have_text("Drag one file at a time.")
    assert await page.evaluate(DROP, ["people.csv"]) == [True, False, False]
    await expect(note).to_have_text("people.csv is chosen.")
    await expect(page.locator("main")).not_to_have_class("dropping")
    await expect(page.locator("main input[type=file]")).to_be_focused()
    await desk.is_sound()
    await page.locator("main form button[type=submit]").click()
    await expect(page.locator("main table")).to_contain_text("Ada")
    await _places_that_are_unknown_get_their_ids(desk)


def a_visit() -> FilePayload:
    """A visit with a place and a practitioner of whom only the other system knows."""
    patient = {"resourceType": "Patient", "id": "p7", "name": [{"family": "Vale", "given": ["Ida"]}]}
    patient["communication"] = [{"language": {"coding": [{"code": "es-MX"}]}}]
    visit = {
        "resourceType": "Appointment",
        "id": "v7",
        "status": "booked",
        "start": "2031-06-10T15:00:00Z",
        "end": "2031-06-10T16:00:00Z",
        "participant": [{"actor": {"reference": one}} for one in ("Patient/p7", "Location/hill", "Practitioner/d9")],
    }
    lines = "\n".join(json.dumps(each) for each in (patient, visit))
    return {"name": "day.ndjson", "mimeType": "application/fhir+ndjson", "buffer": lines.encode()}


async def _looks_at_the_visit(desk: Desk) -> Locator:
    await desk.goes_to("import", "Import a file")
    await desk.page.get_by_label("File", exact=True).set_input_files(a_visit())
    await desk.page.get_by_role("button", name="Look at the file").click()
    found = desk.page.locator("section", has=desk.page.get_by_role("heading", name="What is in the file"))
    await expect(found).to_contain_text("2 records, written in UTF-8.")
    return found


async def _gives(desk: Desk, whose: str, system: str, value: str) -> Locator:
    """Opens the external ids of a record on the page that is shown, and types one more."""
    await desk.page.get_by_role("button", name=f"External ids of {whose}", exact=True).click()
    box = desk.page.get_by_role("dialog", name=f"External ids of {whose}")
    await expect(box.get_by_label("System, such as")).to_be_focused()
    await box.get_by_label("System, such as").fill(system)
    await box.get_by_label("Number there").fill(value)
    await box.locator("button[type=submit]").click()
    return box


async def _places_that_are_unknown_get_their_ids(desk: Desk) -> None:
    page, system = desk.page, "urn:vestibule:fhir"
    found = await _looks_at_the_visit(desk)
    await expect(found).to_contain_text("Appointments that go without a staff member or facility")
    await expect(found.locator("li")).to_have_text(
        [
            f"Line 2, appointment v7: no facility has the external id hill of {system}/Location. Have a facility given "
            "it under Settings, and choose the file again.",
            f"Line 2, appointment v7: no staff member has the external id d9 of {system}/Practitioner. Have a staff "
            "member given it under Staff, and choose the file again.",
        ]
    )
    await desk.is_sound()

    await desk.goes_to("settings", "Settings")
    box = await _gives(desk, "Hilltop", "the EHR", "hill")
    await expect(box.get_by_text("Use an absolute URI without spaces")).to_be_visible()
    await expect(box.get_by_label("System, such as")).to_be_focused()
    await desk.is_sound()
    await box.get_by_label("System, such as").fill(f"{system}/Location")
    await box.locator("button[type=submit]").click()
    hilltop = page.locator("li", has=page.get_by_role("heading", name="Hilltop"))
    await expect(hilltop.locator(".ids li")).to_have_text([f"hill {system}/Location"])
    await _gives(desk, "Riverside", f"{system}/Location", "hill")
    await expect(page.locator("dialog .error", has_text="The record of Hilltop has this external id.")).to_be_visible()
    await page.locator("dialog").get_by_role("button", name="Cancel").click()

    await desk.goes_to("staff", "Staff")
    await _gives(desk, "Dr. Maren Hale", f"{system}/Practitioner", "d9")
    maren = page.locator("section.card", has=page.get_by_role("heading", name="Dr. Maren Hale"))
    await expect(maren.locator(".ids li")).to_have_text([f"d9 {system}/Practitioner"])
    await desk.is_sound()

    found = await _looks_at_the_visit(desk)
    await expect(found.locator("li")).to_have_count(0)
    await page.get_by_role("button", name="Import now").click()
    await expect(page.locator("main")).to_contain_text("The import is done.")
    await desk.goes_to("calendar?day=2031-06-10", "Calendar")
    await expect(page.locator("tbody tr", has_text="Ida Vale")).to_contain_text("Hilltop")
    await _another_language_stays_when_the_name_is_changed(desk)


async def _another_language_stays_when_the_name_is_changed(desk: Desk) -> None:
    page = desk.page
    await desk.finds("Ida Vale")
    record = page.locator("section.card", has=page.get_by_role("heading", name="Record", exact=True))
    await expect(record).to_contain_text("Mexican Spanish")
    await page.get_by_role("button", name="Edit details").click()
    await expect(page.locator("dialog [name=language]")).to_have_value("es-MX")
    await page.fill("dialog [name=givenName]", "Aida")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("main h1")).to_have_text("Aida Vale")
    await expect(record).to_contain_text("Mexican Spanish")
