"""The pages of documents in a real browser: every state, by keyboard, without JavaScript, judged by axe, looked at."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.models import Document, DocumentKind, Signature, SignatureState
from clinic.documents.rendered_pages import completed_of
from clinic.records.actions.contacts import ContactFacts
from clinic.work.models import AuditEvent
from tests.factories.pdfs import sound_pdf
from tests.patient_portal.browsing import PHONE, PHONE_LIGHT, SEND, WALKS, Served, Walk, page_of, send
from tests.patient_portal.papers import LONGEST, author, child_of, path_of, shared, shared_row, signed_row
from tests.patient_portal.practice import PASSWORD, Practice
from tests.portal_forms import type_into

TEXT = """# How we work together

We meet once a week, for fifty minutes. Please tell us a day before if you cannot come.

## What it costs

| | |
|---|---|
| A session | $120 |
| A session that was missed without a word | $60 |

## What stays between us

1. What you tell us stays with us.
2. There are two exceptions: danger to somebody's life, and a court's order.

- You can ask for your record.
- You can end the work at any time.
"""
NEXT = {
    "en": {
        "two": "2 more documents wait for your signature.",
        "one": "One more document waits for your signature.",
        "none": "You have nothing more to do.",
        "next": "Next:",
        "warning": "This can’t be undone",
    },
    "es": {
        "two": "Quedan 2 documentos más que esperan su firma.",
        "one": "Queda un documento más que espera su firma.",
        "none": "No tiene que hacer nada más.",
        "next": "Siguiente:",
        "warning": "Esto no se puede deshacer",
    },
}
LIST = "/willow-creek/documents"


async def walk_in(page: Page, practice: Practice) -> None:
    """Register by invitation, and go on in the browser's language."""
    language = await page.evaluate("navigator.language")
    await page.goto(f"/willow-creek/?lang={language[:2]}")
    await page.goto(await practice.invite())
    await type_into(page, "date_of_birth", "1956-04-12")
    await page.fill("#password", PASSWORD)
    await send(page)


@pytest.mark.parametrize("walk", WALKS)
async def test_list_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    me = practice.contact
    async with walk.page(browser, served) as page:
        await walk_in(page, practice)
        child = await child_of(
            practice, given_name="Wilhelmina Konstantina", family_name="Wolfeschlegelsteinhausen-Park"
        )
        leo = await practice.add_contact(ContactFacts("Leo", "Park"))
        await page.goto(f"{LIST}?of={child.id.hex}")
        await walk.judge(page, "list-empty-shelf")
        await shared_row(practice, LONGEST, signers=(me,))
        await shared_row(practice, "Consent to treatment", about=child, signers=(me,), days_ago=1)
        await shared_row(practice, "Later", about=child, signers=(leo, me), in_sequence=True, days_ago=2)
        half = await shared_row(practice, "Agreement on how we work together", signers=(me, leo), days_ago=3)
        await signed_row(half, me, practice)
        whole = await shared_row(practice, "Release of information", signers=(me,), days_ago=4)
        await signed_row(whole, me, practice)
        sealed: dict[str, Any] = {"completed_at": practice.clock.now(), "completed_sha256": "0" * 64}
        await shared_row(practice, "Signed last year", days_ago=5, signature_state=SignatureState.COMPLETED, **sealed)
        await shared_row(practice, "Not this one", days_ago=6, signature_state=SignatureState.DECLINED)
        for number in range(16):
            await shared_row(practice, f"Letter {number}", days_ago=7 + number, kind=DocumentKind.LETTER)
        await page.goto(LIST)
        await walk.judge(page, "list")
        await send(page, "a[rel=next]")
        await walk.judge(page, "list-second-page")
        await page.goto(f"{LIST}?after=0-0-{'0' * 32}")
        await walk.judge(page, "list-behind-the-end")
        await page.goto(path_of(child.id))
        await walk.judge(page, "document-none")


@pytest.mark.parametrize("walk", WALKS)
async def test_document_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    practice = served.practice
    me, caller = practice.contact, await author(served.practice)
    async with walk.page(browser, served) as page:
        await walk_in(page, practice)
        child = await child_of(practice)
        leo = await practice.add_contact(ContactFacts("Leo", "Park"))
        await page.goto(path_of(await shared(practice, about=child, signers=(me,), pages=2)))
        await walk.judge(page, "document-to-sign")
        await page.click("details summary")
        await walk.judge(page, "document-words-open")
        written = await shared(practice, "How we work together", text=TEXT)
        await page.goto(path_of(written))
        await page.click("details summary")
        await walk.judge(page, "document-written")
        many = await shared(practice, pages=12, signers=(me,))
        await page.goto(path_of(many) + "?from=11")
        await walk.judge(page, "document-many")
        later = await shared_row(practice, LONGEST, signers=(leo, me), in_sequence=True)
        await page.goto(path_of(later))
        await walk.judge(page, "document-later")
        await signed_row(later, leo, practice)
        await signed_row(later, me, practice)
        await page.goto(path_of(later))
        await walk.judge(page, "document-sealing")
        others = await shared_row(practice, signers=(leo,))
        await page.goto(path_of(others))
        await walk.judge(page, "document-others")
        await Signature.filter(document_id=others.id).update(declined_at=practice.clock.now())
        await Document.filter(id=others.id).update(signature_state=SignatureState.DECLINED)
        await page.goto(path_of(others))
        await walk.judge(page, "document-declined-by-another")
        await shared(practice, "How we work together from May", text=TEXT, supersedes_id=written.id)
        await page.goto(path_of(written))
        await walk.judge(page, "document-replaced")
        await withdraw_document(caller, many.id, "wrong paper", practice.services)
        await page.goto(path_of(many))
        await walk.judge(page, "document-taken-back")


@pytest.mark.parametrize("walk", WALKS)
async def test_signing_in_every_state(browser: Browser, served: Served, walk: Walk, tmp_path: Path) -> None:
    practice = served.practice
    me = practice.contact
    async with walk.page(browser, served) as page:
        await walk_in(page, practice)
        child = await child_of(practice)
        paper = await shared(practice, about=child, signers=(me,), text=TEXT)
        practice.clock.advance(timedelta(minutes=1))
        third = await shared(practice, "Consent to counseling", signers=(me,))
        practice.clock.advance(timedelta(minutes=1))
        other = await shared(practice, "Another", signers=(me,))
        await page.goto(path_of(paper))
        await expect_the_text_first(page)
        await page.goto(path_of(paper, "sign"))
        await walk.judge(page, "sign")
        await page.fill("#typed_name", "N " + "N" * 198)
        await page.fill("#password", "not the right password")
        await send(page)
        await walk.judge(page, "sign-wrong-password")
        await page.fill("#typed_name", " ")
        await send(page)
        await walk.judge(page, "sign-error")
        await page.goto(path_of(paper, "decline"))
        await walk.judge(page, "decline")
        await expect(page.locator("main .notice.bad h2")).to_have_text(NEXT[walk.language]["warning"])
        await expect(page.locator("textarea#reason")).to_be_visible()
        await send(page)
        await walk.judge(page, "decline-error")
        await page.goto(path_of(paper, "sign"))
        await page.fill("#typed_name", "Nora Gray")
        await page.fill("#password", PASSWORD)
        await send(page)
        await walk.judge(page, "document-signed")
        await expect_next(page, NEXT[walk.language]["two"], f"{NEXT[walk.language]['next']} Another")
        await page.goto("/willow-creek/account")
        await walk.judge(page, "account-with-agreement")
        await page.goto("/willow-creek/account/record")
        await expect(page.locator("main li", has_text="Consent to counseling").first).to_be_visible()
        await walk.judge(page, "record-of-a-document")
        assert await complete_due_documents(practice.services, worker_name="test") == 1
        await page.goto(path_of(paper))
        await walk.judge(page, "document-completed")
        await expect_the_text_first(page)
        await page.goto(path_of(other, "sign"))
        await walk.judge(page, "sign-agreed-before")
        await page.goto(path_of(other) + "?changed=1")
        await walk.judge(page, "document-changed")
        await page.goto(path_of(other, "decline"))
        await page.fill("#reason", "I do not agree.")
        await send(page)
        await walk.judge(page, "document-declined")
        await expect_next(page, NEXT[walk.language]["one"], f"{NEXT[walk.language]['next']} Consent to counseling")
        await page.click("main .notice a.button")
        await expect(page.locator("h1")).to_have_text("Consent to counseling")
        await page.goto(path_of(third, "sign"))
        await page.fill("#typed_name", "Nora Gray")
        await page.fill("#password", PASSWORD)
        await send(page)
        await expect(page.locator("main .notice").first).to_contain_text(NEXT[walk.language]["none"])
        await check_files(page, walk, await completed_of(await Document.get(id=paper.id), practice.services), tmp_path)


async def expect_next(page: Page, waiting: str, following: str) -> None:
    """The answer to signing or declining says how many documents wait, leads to the next, and denies none."""
    notice = page.locator("main .notice").first
    await expect(notice).to_contain_text(waiting)
    await expect(notice.locator("a.button")).to_have_text(following)
    for words in NEXT.values():
        await expect(notice).not_to_contain_text(words["none"])


async def expect_the_text_first(page: Page) -> None:
    """On a phone people read the words before they come to pictures of pages, signatures, fingerprints and files."""
    await PHONE_LIGHT.put_on(page)
    await expect(page.locator(".written")).to_contain_text("How we work together")
    parts = [".written", ".sheet", "a[href$='/file']", "a[href$='/print']", "ul.rows", "code"]
    places = await page.evaluate(
        """parts => parts.map(name => [name, document.querySelector(`main ${name}`)])
          .filter(([, one]) => one)
          .sort(([, one], [, other]) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING
            ? -1 : 1)
          .map(([name]) => name)""",
        parts,
    )
    assert places[0] == ".written", places
    top = await page.locator(".written").evaluate("one => one.getBoundingClientRect().top + scrollY")
    assert top < 2 * PHONE["height"], "no more than a turn of the thumb away"


async def check_files(page: Page, walk: Walk, sealed: bytes, folder: Path) -> None:
    """The public page's verdicts, each looked at."""
    await page.goto("/verify")
    await walk.judge(page, "check-a-file")
    await send(page)
    await walk.judge(page, "check-a-file-error")
    altered = sealed[:900] + bytes([sealed[900] ^ 1]) + sealed[901:]
    for verdict, content in (
        ("authentic", sealed),
        ("altered", altered),
        ("unsealed", sound_pdf()),
        ("unrecognised", b"no PDF at all"),
    ):
        file = folder / f"{verdict}.pdf"
        file.write_bytes(content)
        await page.goto("/verify")
        await page.set_input_files("#file", file)
        await send(page)
        await walk.judge(page, f"verdict-{verdict}")
        for summary in await page.locator("details summary").all():
            await summary.click()
        await walk.judge(page, f"verdict-{verdict}-in-full")


async def test_reading_and_signing_need_no_pointer_and_a_document_can_be_kept(browser: Browser, served: Served) -> None:
    practice = served.practice
    async with page_of(browser, served) as page:
        await walk_in(page, practice)
        paper = await shared(practice, pages=2, signers=(practice.contact,))
        await page.goto(LIST)
        await tab_to(page, "Consent to treatment")
        await press_enter(page)
        await tab_to(page, "Read page 1 as text")
        await page.keyboard.press("Enter")
        await expect(page.locator(".words").first).to_be_visible()
        await tab_to(page, "Go on to sign")
        await press_enter(page)
        await tab_to(page, "typed_name")
        await page.keyboard.type("Nora Gray")
        await tab_to(page, "password")
        await page.keyboard.type(PASSWORD)
        await press_enter(page)
        await expect(page.locator(".notice h2").first).to_have_text("You have signed this document")
        assert await Signature.filter(document_id=paper.id, signed_at__not_isnull=True).count() == 1
        await _download_is_the_pdf_under_a_name_of_its_own(page, practice)


async def _download_is_the_pdf_under_a_name_of_its_own(page: Page, practice: Practice) -> None:
    paper = await shared(practice)
    await page.goto(path_of(paper))
    async with page.expect_download() as started:
        await page.click("text=Download (PDF)")
    download = await started.value
    assert download.suggested_filename == "consent-to-treatment.pdf"
    assert (await download.path()).read_bytes().startswith(b"%PDF")
    assert await AuditEvent.filter(subject_id=paper.id, action="document.downloaded").count() == 1


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something so called has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()") == name:
            return
    raise AssertionError(f"nothing called {name} takes the focus")


async def press_enter(page: Page) -> None:
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_everything_works_without_javascript_at_twice_the_text(browser: Browser, served: Served) -> None:
    practice = served.practice
    async with page_of(browser, served, java_script_enabled=False, viewport=PHONE, locale="es-US") as page:
        await walk_in(page, practice)
        await shared(practice, "Consentimiento", signers=(practice.contact,), language="es")
        await page.goto(LIST)
        await page.click("main a.paper")
        await page.click("text=Leer la página 1 como texto")
        await expect(page.locator(".words").first).to_be_visible()
        await page.click("text=Continuar para firmar")
        await page.fill("#typed_name", "Nora Gray")
        await page.fill("#password", PASSWORD)
        await page.click(SEND)
        await expect(page.locator(".notice h2").first).to_have_text("Ha firmado este documento")


async def test_longest_title_fits_a_phone_at_twice_the_text(browser: Browser, served: Served) -> None:
    practice = served.practice
    async with page_of(browser, served, viewport=PHONE, locale="es-US") as page:
        await walk_in(page, practice)
        paper = await shared_row(practice, LONGEST, signers=(practice.contact,))
        for address in (path_of(paper), path_of(paper, "sign"), path_of(paper, "decline"), LIST):
            await page.goto(address)
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], address
