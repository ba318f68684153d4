"""Every view of the staff screen, as the front desk meets it: sound for axe, at each width, in both languages."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.journeys.at_the_desk import ADMIN, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.measures import THE_NOTICE_COVERS_NOTHING, WATCH
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import front_desk as front_desk
from tests.journeys.wrong_lines import the_wrong_phone_is_marked
from tests.looks import Look


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen")) as product:
        yield product


@pytest.fixture
async def desk(front_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with front_desk.lent(request.node) as desk:
        yield desk


LOOKS = (
    Look(320, 900),
    Look(768, 900, color_scheme="dark"),
    Look(1280, 900, forced_colors="active"),
    Look(1280, 900),
)
VIEWS = [
    ("calendar", "Calendar"),
    ("calendar?as=glance", "Calendar"),
    ("calendar?day=2020-01-01", "Calendar"),
    ("contacts", "Contacts"),
    ("contacts?search=zzzz", "Contacts"),
    ("contacts?search=park", "Contacts"),
    ("worklist?state=INVITED", "Worklist"),
    ("worklist?state=NO_ACCOUNT", "Worklist"),
    ("worklist?documents=WAITING", "Worklist"),
    ("worklist?documents=NOT_SENT", "Worklist"),
    ("transfers", "Transfers"),
    ("letters", "Emails sent"),
    ("letters?state=WRONG", "Emails sent"),
    ("staff", "Staff"),
    ("account", "My account"),
    ("nowhere", "There is nothing"),
]


async def test_every_view_is_sound(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        await is_sound_in_every_look(desk)
        await desk.signs_in()
        for view, heading in VIEWS:
            await desk.goes_to(view, heading)
            await is_sound_in_every_look(desk)
        await desk.finds("Leo Park")
        await is_sound_in_every_look(desk)


async def is_sound_in_every_look(desk: Desk) -> None:
    """At each width, in the dark and in a forced set of colours.

    Small screens hide some elements, so all rules are asked at the smallest width and at the largest. Other colours
    only need the rules about looks.
    """
    for look in LOOKS:
        await look.put_on(desk.page)
        await desk.is_sound(looks_only=look.has_other_colours)


async def test_dialogs_and_their_errors_are_sound(desk: Desk) -> None:
    page = desk.page
    await desk.goes_to("contacts", "Contacts")
    await page.click("text=Add a contact")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [name=givenName]")).to_be_focused()
    await expect(page.locator("dialog .error").first).to_have_text("Enter a given name, a family name, or both.")
    await desk.is_sound()
    await page.fill("dialog [name=givenName]", "Bea")
    await page.fill("dialog [name=familyName]", "Longfellow")
    await page.fill("dialog [name=emails]", "not an address")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [role=alert]")).to_be_visible()
    # The wrong field is marked, in words, and the others are not.
    await expect(page.locator("dialog [aria-invalid]")).to_have_attribute("name", "emails")
    await expect(page.locator("dialog [name=emails]")).to_be_focused()
    shown = "Line 1: Enter an email address such as name@example.com."
    await expect(page.locator("dialog .field:has([name=emails]) .error")).to_have_text(shown)
    await expect(page.locator("dialog")).not_to_contain_text("emails.0")
    await desk.is_sound()
    await the_wrong_phone_is_marked(page)
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Add a contact")).to_be_focused()


async def test_a_record_is_made_changed_and_tied_to_a_relative(desk: Desk, demo: Product) -> None:
    page = desk.page
    await desk.goes_to("contacts", "Contacts")
    await page.click("text=Add a contact")
    await page.fill("dialog [name=givenName]", "Bea")
    await page.fill("dialog [name=familyName]", "Longfellow")
    await page.fill("dialog [name=emails]", "bea@example.com\nbea.two@example.com")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("h1")).to_have_text("Bea Longfellow")

    await page.click("text=Change the addresses")
    await page.locator("dialog [name='-first-emails']").nth(1).check()
    await page.click("dialog button[type=submit]")
    await expect(page.locator("section:has(h2:text('Email addresses')) li").first).to_contain_text(
        "bea.two@example.com"
    )

    await page.click("text=Add a relationship")
    await page.fill("dialog [name='-who']", "Leo Park")
    await expect(page.locator("dialog [name='-who']")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name="Leo Park").check()
    await page.fill("dialog [name=kind]", "uncle")
    await page.check("dialog [name=portalAccess]")
    await page.fill("dialog [name=endsOn]", "2031-05-04")
    await page.click("dialog form:not([role=search]) button[type=submit]")
    await expect(page.locator("text=uncle: Leo Park")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("until May 4, 2031")

    await page.click("text=Begin an episode")
    await page.select_option("[name=facility]", label="Hilltop")
    await expect(page.locator("#notices")).to_contain_text("The episode says so now.")
    await page.click("#notices >> text=Undo")
    await expect(page.locator("[name=facility]")).to_have_value("")

    await page.click("text=Show the PIN")
    old = (await record_of(demo, await token_of(demo), "Bea Longfellow"))["portalPin"]
    await expect(page.locator("output.pin")).to_have_text(old)
    await page.click("text=Make a new PIN")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("#notices")).to_contain_text("Bea Longfellow: There is a new PIN.")
    record = await record_of(demo, await token_of(demo), "Bea Longfellow")
    assert record["emails"] == ["bea.two@example.com", "bea@example.com"]
    assert record["portalPin"] != old

    await page.click("text=Archive this record")
    await expect(page.locator("main")).to_contain_text("Archived on")
    await expect(page.locator("#notices")).to_have_text("Bea Longfellow: Archived.UndoDismiss")
    for look in (Look(320, 900), Look(1280, 900)):
        await look.put_on(page)
        await page.wait_for_function(THE_NOTICE_COVERS_NOTHING)
        await desk.is_sound()
    await desk.goes_to("contacts?search=longfellow", "Contacts")
    await expect(page.locator("#notices")).to_be_empty()
    await expect(page.locator("main")).to_contain_text("Nobody on record fits this.")
    await page.click("text=Show archived too")
    await page.get_by_role("link", name="Bea Longfellow").click()
    await page.click("text=Restore this record")
    await expect(page.locator("main")).not_to_contain_text("Archived on")


async def test_somebody_is_found_by_birthday_and_by_phone_and_suggested_while_one_types(
    desk: Desk, demo: Product
) -> None:
    page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
    token = await token_of(demo)
    nora = await record_of(demo, token, "Nora Gray")
    await demo.graphql(
        "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }",
        token,
        input={"contactId": nora["id"], "dateOfBirth": "1961-07-29", "phones": ["(208) 555-0161"]},
    )
    # One press of Enter is all it takes; both slips of paper at the desk lead there.
    for typed in ("7/29/1961", "29 de julio de 1961", "208-555-0161"):
        await desk.goes_to("worklist", "Worklist")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#search")).to_be_focused()
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
        await expect(heading).to_have_text("Nora Gray")
    await page.go_back()
    await expect(heading).to_contain_text("Worklist")

    search = page.get_by_role("combobox", name="Search")
    await page.keyboard.press("Control+k")
    await search.press_sequentially("nor")
    suggested = page.get_by_role("option", name="Nora Gray")
    await expect(suggested).to_contain_text("born Jul 29, 1961")
    await desk.is_sound()
    await page.keyboard.press("Escape")
    await expect(suggested).to_have_count(0)
    await search.press_sequentially("a gr")
    await expect(suggested).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(suggested).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(heading).to_have_text("Nora Gray")

    await page.keyboard.press("Control+k")
    await expect(search).to_be_focused()
    await page.keyboard.type("1/1/1801")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_contain_text("Nobody on record fits this.")


async def test_a_slow_search_for_one_person_is_not_done_before_the_record_is_there(desk: Desk) -> None:
    page, answered = desk.page, asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.evaluate(WATCH)
    await page.route("**/graphql", hold)
    await desk.page.evaluate("location.hash = '#/contacts?search=Nora+Gray&single=opens'")
    await expect(page.locator("main[aria-busy] h1")).to_have_text("Contacts")
    answered.set()
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("Nora Gray")
    assert "Contacts" not in await page.evaluate("window.atRest")


async def test_an_account_is_unlinked_with_a_reason_and_linked_again(desk: Desk, demo: Product) -> None:
    page = desk.page
    await desk.finds("Leo Park")
    await page.click("section button:text('Unlink the account')")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog .error").first).to_have_text("Fill this in.")
    await page.fill("dialog [name=reason]", "Moved away.")
    await page.click("dialog button[type=submit]")
    await expect(page.locator(".history")).to_contain_text("Moved away.")
    await page.click("text=Link leo.park@example.com again")
    await expect(page.locator(".history")).to_contain_text("Linked now")
    record = await record_of(demo, await token_of(demo), "Leo Park")
    assert (record["portalStatus"]["state"], record["portalLinks"]["totalCount"]) == ("LINKED", 2)


async def test_who_may_only_read_is_offered_nothing_and_who_may_view_the_audit_reads_what_happened(
    demo: Product, browser: Browser
) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in("maren.hale@willow-creek.example")
        await desk.finds("Leo Park")
        await expect(page.locator(".status .summary")).to_contain_text("linked")
        await expect(page.locator("text=You need the permission WEB_PORTAL to see the PIN.")).to_be_visible()
        for offer in ("Change", "Unlink the account", "Make a new PIN", "Add a relationship"):
            await expect(page.get_by_role("button", name=offer)).to_have_count(0)
        # Nor is the audit offered; its address says what is missing.
        await expect(page.get_by_role("link", name="Audit of this record")).to_have_count(0)
        await desk.goes_to(f"audit/{page.url.rpartition('/')[2]}", "Record")
        await expect(page.locator("main")).to_contain_text("VIEW_AUDIT")
        await desk.is_sound()

        await page.get_by_role("button", name="Sign out").click()
        await expect(page.locator("main p.said")).to_have_text("You are signed out.")
        await desk.signs_in(ADMIN)
        await desk.finds("Omar Reyes")
        await page.click("text=Audit of this record")
        await expect(page.locator("h1")).to_have_text("Who did what: Omar Reyes")
        await expect(page.locator("tbody")).to_contain_text("Put on record")
        await desk.is_sound()


async def test_calendar_narrows_by_facility_and_by_staff_member_and_sorts(desk: Desk) -> None:
    page = desk.page
    rows = page.locator("tbody tr")
    await desk.goes_to("calendar", "Calendar")
    await expect(rows.nth(19)).to_be_attached()
    everybody = await rows.count()
    await page.select_option("[name=facility]", label="Hilltop")
    # First the page of everybody goes, then the other one is there.
    await expect(page.locator("td.place", has_text="Riverside")).to_have_count(0)
    await expect(rows.first.locator("td.place")).to_have_text("Hilltop")
    await expect(page.locator("td.place").filter(has_not_text="Hilltop")).to_have_count(0)
    await expect(rows).not_to_have_count(everybody)
    await page.click("button.sort:text('Name')")
    await expect(page.locator("th[aria-sort=ascending]")).to_have_text("Name")
    names = [name.lower() for name in await page.locator("button.row").all_text_contents()]
    assert names == sorted(names)
    await page.select_option("[name=facility]", value="")
    await expect(rows).to_have_count(everybody)
    await page.select_option("[name=staff]", label="Only mine")
    await expect(page.locator("main")).to_contain_text("No appointment fits the filters.")
    await page.click("text=Show all of the day")
    await expect(rows).to_have_count(everybody)


async def test_the_appointment_window_opens_and_closes_by_keyboard_alone(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, 320) as desk:
        await desk.signs_in_by_keyboard()
        await _an_appointment_is_opened_and_closed_by_keyboard(desk)
        await Look(1280, 900).put_on(desk.page)
        await desk.goes_to("calendar", "Calendar")
        await _an_appointment_is_opened_and_closed_by_keyboard(desk)


async def _an_appointment_is_opened_and_closed_by_keyboard(desk: Desk) -> None:
    page = desk.page
    await expect(page.locator("button.row").nth(1)).to_be_visible()
    await desk.tabs_to("button.row")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("button.row").nth(1)).to_be_focused()
    name = await page.locator("button.row").nth(1).text_content()
    await page.keyboard.press("Enter")
    await expect(page.locator("#appointment h2")).to_be_focused()
    await expect(page.locator("#appointment .summary")).to_be_visible()
    await desk.is_sound()
    await page.keyboard.press("Escape")
    await expect(page.locator("#appointment")).to_be_hidden()
    await expect(page.locator("button.row").nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#appointment .summary")).to_be_visible()
    await page.get_by_role("link", name="Open the record of").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(str(name))
    await expect(page.locator("h1")).to_be_focused()


async def test_the_screen_and_what_the_server_says_speak_spanish_and_english(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url, locale="es-MX", width=768) as desk:
        page = desk.page
        await expect(page.locator("h1")).to_have_text("Iniciar sesión para el personal")
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", ADMIN)
        await page.fill("[name=password]", "not the password at all")
        await page.click("main form button[type=submit]")
        await expect(page.locator("[role=alert]")).to_contain_text("no es correcto")
        await desk.is_sound()
        await page.click("text=English")
        await expect(page.locator("h1")).to_have_text("Sign in to the staff screen")

        await Look(1280, 900).put_on(page)
        await desk.signs_in()
        await desk.finds("Nora Gray")
        summary, blocked = page.locator(".status .summary"), page.locator(".status p.blocked")
        tip = page.locator(".status portal-status .tip p")
        await expect(summary).to_have_text("No email address on record.")
        await page.click("text=Español")
        await expect(summary).to_have_text("No hay ningún correo electrónico en el expediente.")
        reason = "No hay un correo electrónico al que invitar. Agregue uno a este contacto."
        await expect(blocked).to_have_text(reason)
        await expect(tip).to_have_text(["No hay ningún correo electrónico en el expediente.", reason])
        await desk.is_sound()
        await page.click("text=English")
        await expect(summary).to_have_text("No email address on record.")


async def test_letters_are_listed_for_the_practice_and_for_one_record(desk: Desk) -> None:
    page = desk.page
    await desk.goes_to("letters", "Emails sent")
    row = page.locator("tr", has_text="Ines Novak").first
    await expect(row).to_contain_text("Invitation")
    await row.get_by_role("link", name="Ines Novak").click()
    await expect(page.locator("h1")).to_have_text("Ines Novak")
    await page.get_by_role("link", name="Emails sent").click()
    await expect(page.locator("h1")).to_have_text("Emails to Ines Novak")
    await desk.is_sound()
    await page.get_by_role("link", name="Not delivered").click()
    await expect(page.locator("main")).to_contain_text("No email here yet.")
