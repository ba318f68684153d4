"""Documents on the staff screen: put on record, shared with a preview, signed, declined, replaced, withdrawn."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from adapters.pdf_reading.pages import texts_of_pages
from tests.adapters.one_reading.forms import VALUE, text_fields
from tests.browser import PATIENCE
from tests.factories.pdfs import encrypted_pdf, sound_pdf
from tests.journeys.at_the_desk import Desk, demo_practice, desk_at
from tests.journeys.conftest import Product
from tests.journeys.leo_at_home import Leo, leo_at_home
from tests.journeys.measures import THE_NOTICE_COVERS_NOTHING
from tests.journeys.shared_desk import SharedDesk
from tests.journeys.shared_desk import front_desk as front_desk
from tests.journeys.worklist_of_documents import the_declined_one_is_on_the_worklist
from tests.looks import Look

SIGNERS = {"Leo Park": "Leo Park (parent)", "Mia Park": "Mia Park"}
DRAFT = "Agreement about visits"


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_documents")) as product:
        yield product


@pytest.fixture
async def leo(demo: Product) -> Leo:
    return await leo_at_home(demo)


@pytest.fixture
async def desk(front_desk: SharedDesk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with front_desk.lent(request.node) as desk:
        await desk.finds("Mia Park")
        yield desk


def row(desk: Desk, title: str) -> Locator:
    return desk.page.locator("li.document", has=desk.page.locator(f"strong:text-is('{title}')"))


async def _adds(desk: Desk, title: str, content: bytes, *signers: str) -> Locator:
    page = desk.page
    await page.get_by_role("button", name="Add a document").click()
    await page.fill("dialog [name=title]", title)
    await page.set_input_files(
        "dialog [type=file]", {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    for signer in signers:
        await page.get_by_role("checkbox", name=SIGNERS[signer], exact=True).check()
    if len(signers) > 1:
        await page.get_by_role("checkbox", name="One after another").check()
        await desk.is_sound()
    await page.get_by_role("dialog").get_by_role("button", name="Add a document").click()
    return row(desk, title)


async def _shares_with_all_authorized(desk: Desk, one: Locator) -> None:
    await one.get_by_role("button", name="Sharing").click()
    await desk.page.get_by_role("button", name="Share it this way").click()
    await expect(one.locator("svg.ALL_AUTHORIZED")).to_be_visible()


async def test_a_pdf_is_signed_in_sequence_and_a_sealed_copy_opens(desk: Desk, leo: Leo) -> None:
    # Her father's address is a conflict, but no dead end.
    main = desk.page.locator("main")
    await expect(main).to_contain_text("Reached through Leo Park, parent, who has access.")
    await expect(main.get_by_role("button", name="The holder is a relative")).to_have_count(0)
    one = await _adds(desk, "Consent to treatment", sound_pdf(2), "Leo Park", "Mia Park")
    await expect(one).to_contain_text("2 pages")
    await expect(one.locator("svg.NOT_SHARED")).to_be_visible()
    await expect(one.locator(".signers li")).to_have_text(["Leo Park (parent): Not sent yet", "Mia Park: Not sent yet"])
    await _shares_with_all_authorized(desk, one)
    await expect(one.locator(".signers li")).to_have_text(
        ["Leo Park (parent): asked to sign", "Mia Park: waits for the one before"]
    )
    assert await leo.signs("Consent to treatment") == "SignDocumentSuccess"
    await desk.page.reload()
    await expect(one.locator(".signers li").first).to_contain_text("Leo Park (parent): signed on")
    await expect(one.locator(".signers li").last).to_have_text("Mia Park: asked to sign")
    await desk.is_sound()


async def _reloads_until(desk: Desk, one: Locator, wanted: Locator) -> None:
    """For what the worker does in its own time with this document: bounded by the clock, however fast a page loads."""
    until = monotonic() + PATIENCE / 1_000
    while True:
        await desk.page.reload()
        await expect(one).to_be_visible()
        with suppress(AssertionError):
            await expect(wanted).to_be_visible(timeout=2_000)
            return
        assert monotonic() < until, wanted


async def test_the_only_signer_completes_it_and_the_sealed_copy_opens(desk: Desk, leo: Leo) -> None:
    one = await _adds(desk, "Privacy notice", sound_pdf(), "Leo Park")
    await _shares_with_all_authorized(desk, one)
    assert await leo.signs("Privacy notice") == "SignDocumentSuccess"
    sealed = one.get_by_role("button", name="Open the sealed copy")
    await _reloads_until(desk, one, sealed)
    await expect(one).to_contain_text("Signed by all")
    async with desk.page.context.expect_event("request", lambda request: "/files/" in request.url) as opened:
        await sealed.click()
    answer = await desk.page.context.request.get((await opened.value).url)
    assert answer.status == 200
    assert b"/ByteRange" in await answer.body()
    await expect(one.get_by_role("button", name="Withdraw")).to_have_count(0)


async def test_why_there_is_no_sealed_copy_yet_is_said(desk: Desk) -> None:
    """The demo has a key, so the answer of a practice that lost its own is put in the place of the real one."""
    one = await _adds(desk, "Release of records", sound_pdf(), "Leo Park")
    await expect(one).to_contain_text("Not sent yet")

    async def lost_the_key(route: Route) -> None:
        answer = await route.fetch()
        said = json.loads(await answer.text())
        for found in (said.get("data", {}).get("contact") or {}).get("documents", {}).get("nodes", []):
            if found["title"] == "Release of records":
                found["signatures"][0]["signedAt"] = found["createdAt"]
                found["completionProblem"] = "The seal can't be made: there is no signing key"
        await route.fulfill(response=answer, json=said)

    await desk.page.route("**/graphql", lost_the_key)
    await desk.page.reload()
    await expect(one).to_contain_text("Signed by all; the sealed copy is being made")
    await expect(one).to_contain_text("nobody has to sign again. The seal can't be made: there is no signing key")
    await desk.is_sound()


async def test_who_said_no_and_why_is_shown_and_a_better_one_takes_its_place(desk: Desk, leo: Leo) -> None:
    one = await _adds(desk, "Plan of care", sound_pdf(), "Leo Park")
    await _shares_with_all_authorized(desk, one)
    assert await leo.declines("Plan of care", "The dose is wrong.") == "DeclineDocumentSuccess"
    await desk.page.reload()
    await expect(one.locator(".signers")).to_contain_text("declined on")
    await expect(one.locator(".signers")).to_contain_text("The dose is wrong.")
    await expect(one.locator(".mark.bad")).to_have_text("Declined")
    await desk.is_sound()
    await the_declined_one_is_on_the_worklist(desk, "Plan of care", "Leo Park (parent): declined on")
    await one.get_by_role("button", name="Replace").click()
    page = desk.page
    await expect(page.locator("dialog [name=title]")).to_have_value("Plan of care")
    await expect(page.get_by_role("checkbox", name="Leo Park")).to_be_checked()
    await page.fill("dialog [name=title]", "Plan of care, mended")
    await page.get_by_role("radio", name="Text that you write here").check()
    await page.fill("dialog [name=text]", "# Plan\n\nOne dose a day.")
    await page.get_by_role("button", name="Put the new one in its place").click()
    await expect(row(desk, "Plan of care")).to_contain_text("Replaced by “Plan of care, mended”")
    await expect(row(desk, "Plan of care").get_by_role("button", name="Sharing")).to_have_count(0)
    await expect(row(desk, "Plan of care, mended")).to_contain_text("Not shared")


async def test_the_preview_says_who_sees_it_before_it_is_shared_and_undo_takes_it_back(desk: Desk) -> None:
    page = desk.page
    one = await _adds(desk, "Letter to the school", sound_pdf(), "Leo Park")
    await one.get_by_role("button", name="Sharing").click()
    now, later = page.locator(".previews ul").first, page.locator(".previews ul").last
    await expect(now).to_have_text("Leo Park (parent)")
    await expect(later).to_have_text("Mia Park once registered")
    await page.get_by_role("radio", name="Chosen people").check()
    await expect(now).to_have_text("Nobody")
    await expect(page.get_by_role("checkbox")).to_have_count(2)
    await expect(page.locator("dialog .blocked")).to_have_text("Asked to sign, but would not see it: Leo Park.")
    await desk.is_sound()
    await page.get_by_role("checkbox", name="Leo Park").check()
    await expect(page.locator("dialog .blocked")).to_be_hidden()
    await page.get_by_role("button", name="Share it this way").click()
    await expect(one.locator("svg.CHOSEN_RECIPIENTS")).to_be_visible()
    await expect(one).to_contain_text("Shared with chosen people: Mia Park, Leo Park")
    await page.click("#notices >> text=Undo")
    await expect(one.locator("svg.NOT_SHARED")).to_be_visible()
    await one.get_by_role("button", name="Withdraw").click()
    await page.fill("dialog [name=reason]", "The wrong school.")
    await page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await expect(one).to_contain_text("Withdrawn on")
    await expect(one).to_contain_text("The wrong school.")


def _filled_in() -> bytes:
    """A form whose value programs draw by themselves."""
    return next(each.content for each in text_fields() if each.name == "text absent asks 0 0")


async def test_a_filled_in_form_becomes_pages_and_staff_look_before_they_share(desk: Desk) -> None:
    one = await _adds(desk, "Consent form", _filled_in(), "Leo Park")
    await expect(desk.page.locator("#notices")).to_contain_text(
        "Its form fields, notes or layers are part of the pages now. Open it and check it: this copy is what people see"
    )
    await expect(one.locator("svg.NOT_SHARED")).to_be_visible()
    await one.get_by_role("button", name="Sharing").click()
    async with desk.page.context.expect_event("request", lambda request: "/files/" in request.url) as opened:
        await desk.page.get_by_role("dialog").get_by_role("button", name="Look at the document first").click()
    answer = await desk.page.context.request.get((await opened.value).url)
    copy = await answer.body()
    assert b"/AcroForm" not in copy
    assert VALUE in " ".join(texts_of_pages(copy))
    # Looking shares nothing, and the question is still open.
    await expect(one.locator("svg.NOT_SHARED")).to_have_count(1)
    await expect(desk.page.get_by_role("button", name="Share it this way")).to_be_visible()


async def test_a_flattened_copy_is_looked_at_in_the_same_dialog_before_it_is_shared(desk: Desk) -> None:
    page = desk.page
    await page.get_by_role("button", name="Add a document").click()
    await page.fill("dialog [name=title]", "Flattened and shared")
    await page.set_input_files(
        "dialog [type=file]", {"name": "form.pdf", "mimeType": "application/pdf", "buffer": _filled_in()}
    )
    await page.get_by_role("radio", name="All authorized").check()
    await page.get_by_role("button", name="Add the document and share it").click()
    said = page.locator("dialog p[role=status]")
    await expect(said).to_contain_text("Open it and check it: this copy is what people see")
    await expect(said).to_be_focused()
    await expect(page.get_by_role("button", name="Look at the document first")).to_be_visible()
    await desk.is_sound()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    one = row(desk, "Flattened and shared")
    await expect(one.locator("svg.NOT_SHARED")).to_be_visible()


async def test_a_draft_survives_and_one_dialog_adds_asks_and_shares_once(desk: Desk) -> None:
    page, dialog = desk.page, desk.page.locator("dialog")
    await expect(page.get_by_role("button", name="Add a document")).to_be_visible()
    await page.locator("h1").focus()
    await page.keyboard.press("d")
    await page.fill("dialog [name=title]", DRAFT)
    await page.set_input_files(
        "dialog [type=file]", {"name": "visits.pdf", "mimeType": "application/pdf", "buffer": sound_pdf()}
    )
    await _comes_back(desk)
    await expect(dialog.locator("[type=file]")).to_have_value("C:\\fakepath\\visits.pdf")
    await page.reload()
    await page.get_by_role("button", name="Add a document").click()
    await expect(dialog).to_contain_text("Choose “visits.pdf” once more: the page was loaded again")
    await page.get_by_role("radio", name="Text that you write here").check()
    await page.fill("dialog [name=text]", "We meet on Mondays.")
    for signer in SIGNERS.values():
        await dialog.get_by_role("checkbox", name=signer, exact=True).check()
    await dialog.get_by_role("checkbox", name="One after another").check()
    await dialog.get_by_role("radio", name="Chosen people").check()
    await expect(dialog.locator(".blocked").last).to_have_text("Asked to sign, but would not see it: Leo Park.")
    await dialog.get_by_role("radio", name="All authorized").check()
    await expect(dialog).to_contain_text("Would see it: Mia Park, Leo Park.")
    await _comes_back(desk)
    await expect(dialog.locator("[name=text]")).to_have_value("We meet on Mondays.")
    await expect(dialog.get_by_role("checkbox", name="One after another")).to_be_checked()
    for look in (Look(320, 900, color_scheme="dark"), Look(1280, 900)):
        await look.put_on(page)
        await desk.is_sound()
    await _is_sent_through_trouble(desk)


async def _comes_back(desk: Desk) -> None:
    """Esc keeps the draft, and the same button opens it again."""
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.locator("dialog")).to_have_count(0)
    await expect(desk.page.locator("#notices")).to_contain_text("Your draft is kept")
    await desk.page.get_by_role("button", name="Add a document").click()
    await expect(desk.page.locator("dialog")).to_contain_text("You go on with your draft.")
    await expect(desk.page.locator("dialog [name=title]")).to_have_value(DRAFT)


async def _is_sent_through_trouble(desk: Desk) -> None:
    """The first answer is lost on its way, and the first sharing is refused: there is one document all the same."""
    page = desk.page
    seen: list[str] = []

    async def trouble(route: Route) -> None:
        asked = route.request.post_data or ""
        if "createDocument(" in asked and "created" not in seen:
            seen.append("created")
            await route.fetch()
            await route.abort()
        elif "shareDocument(" in asked and "refused" not in seen:
            seen.append("refused")
            await route.fulfill(json={"errors": [{"message": "", "extensions": {"code": "RATE_LIMITED"}}]})
        else:
            await route.fallback()

    await page.route("**/graphql", trouble)
    await page.get_by_role("button", name="Add the document and share it").click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("Too many requests")
    await expect(page.locator("dialog p[role=status]").first).to_have_text(
        "The document is on record, shared with nobody yet."
    )
    await desk.is_sound()
    await page.get_by_role("button", name="Share it this way").click()
    await expect(page.locator("#notices")).to_contain_text("The document is on record and shared.")
    one = row(desk, DRAFT)
    await expect(one).to_have_count(1)
    await expect(one.locator("svg.ALL_AUTHORIZED")).to_be_visible()
    await expect(one.locator(".signers li")).to_have_text(
        ["Leo Park (parent): asked to sign", "Mia Park: waits for the one before"]
    )


async def test_a_draft_ends_when_it_is_discarded_and_when_its_writer_signs_out(desk: Desk) -> None:
    page, title = desk.page, desk.page.locator("dialog [name=title]")
    await page.get_by_role("button", name="Add a document").click()
    await page.fill("dialog [name=title]", DRAFT)
    await _comes_back(desk)
    await page.get_by_role("button", name="Discard the draft").click()
    await expect(title).to_have_value("")
    await page.fill("dialog [name=title]", DRAFT)
    await _comes_back(desk)
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("main p.said")).to_have_text("You are signed out.")
    await page.wait_for_function("sessionStorage.length === 0")
    await desk.signs_in()
    await desk.finds("Mia Park")
    await page.get_by_role("button", name="Add a document").click()
    await expect(page.locator("dialog")).to_contain_text("What you type is kept for you in this window")
    await expect(title).to_have_value("")


async def test_a_file_that_cannot_be_used_is_said_in_the_words_of_the_screen_and_what_was_typed_stays(
    demo: Product, browser: Browser
) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        await desk.signs_in()
        await desk.finds("Mia Park")
        await _adds(desk, "Locked", encrypted_pdf("secret"))
        await expect(desk.page.locator("dialog [role=alert]")).to_contain_text("This file can't be used")
        await expect(desk.page.locator("dialog [name=title]")).to_have_value("Locked")
        await desk.page.keyboard.press("Escape")
        await expect(row(desk, "Locked")).to_have_count(0)
        await _files_are_judged_in_spanish(desk)


async def _files_are_judged_in_spanish(desk: Desk) -> None:
    page = desk.page
    await page.click("text=Español")
    await expect(page.get_by_role("link", name="padre o madre: Leo Park", exact=True)).to_be_visible()
    await expect(page.locator("main")).to_contain_text("Se le escribe a través de Leo Park (padre o madre), que tiene")
    for content, told in (
        (encrypted_pdf("secret"), "Este PDF está protegido con una contraseña. Guarde una copia sin protección."),
        (_filled_in(), "Sus campos, notas o capas ahora son parte de las páginas. Ábralo y revíselo"),
    ):
        if not await page.locator("dialog").count():
            await page.get_by_role("button", name="Agregar un documento").click()
            await expect(page.get_by_role("checkbox", name="Leo Park (padre o madre)", exact=True)).to_be_visible()
            await page.fill("dialog [name=title]", "Formulario")
        await page.set_input_files(
            "dialog [type=file]", {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": content}
        )
        await page.get_by_role("dialog").get_by_role("button", name="Agregar un documento").click()
        await expect(page.locator("dialog [role=alert], #notices").get_by_text(told)).to_be_visible()
    await Look(320, 900).put_on(page)
    await page.wait_for_function(THE_NOTICE_COVERS_NOTHING)
    await page.get_by_role("button", name="Agregar un documento").click()
    await page.get_by_role("radio", name="Todas las personas").check()
    await expect(page.get_by_role("button", name="Agregar el documento y compartirlo")).to_be_visible()
    await desk.is_sound()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await row(desk, "Formulario").get_by_role("button", name="Compartir").click()
    await expect(page.get_by_role("button", name="Ver primero el documento")).to_be_visible()
    await desk.is_sound()
