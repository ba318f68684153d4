"""Documents from the upload to the proof: shared by staff, read and signed in a browser without JavaScript, sealed.

English on a wide screen meets the product on SQLite, Spanish at 320 px on PostgreSQL; each of the two is started once.
The long way, from reading to the proof, and the words for whom somebody signs are looked at in both, the rest in one.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.front_desk import BORN, FrontDesk, Record, desk_on_each_database
from tests.journeys.paperwork import Paper, relate, share
from tests.journeys.person import NARROW, WIDE, Judge, Look, Person, person_at
from tests.run import Clones, sqlite_copy

# With VESTIBULE_SOAK=1 axe judges the English pages, too.
pytestmark = pytest.mark.campaign
PASSWORD = "seven purple kettles sing"
TITLES = {"en": "Consent to treatment", "es": "Consentimiento para el tratamiento"}
NAME = "Omar Reyes"


@pytest.fixture(scope="module")
async def desks(
    clones: Clones, migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[Look, FrontDesk]]:
    """A practice for each way of looking."""
    sqlite = sqlite_copy(migrated_sqlite_file, tmp_path_factory.mktemp("read_and_signed") / "vestibule.sqlite3")
    postgres = await clones.postgres()
    async with desk_on_each_database(sqlite, postgres, tmp_path_factory) as (on_sqlite, on_postgres):
        yield {WIDE: on_sqlite, NARROW: on_postgres}
    await clones.drop(postgres)


@pytest.fixture(scope="module")
async def judge(browser: Browser) -> AsyncIterator[Judge]:
    page = await browser.new_page()
    yield Judge(page)
    await page.close()


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


in_english = pytest.mark.parametrize("look", [WIDE], indirect=True, ids=["wide"])
in_spanish = pytest.mark.parametrize("look", [NARROW], indirect=True, ids=["narrow"])


@pytest.fixture
def desk(desks: dict[Look, FrontDesk], look: Look) -> FrontDesk:
    return desks[look]


@pytest.fixture
async def omar(desk: FrontDesk, browser: Browser, look: Look, judge: Judge) -> AsyncIterator[Person]:
    async with person_at(desk.product, browser, look, judge) as person:
        yield person


@pytest.fixture
async def record(desk: FrontDesk, look: Look, omar: Person) -> Record:
    """Omar's record, linked to the account he is signed in with."""
    return await registered(desk, omar)


async def registered(desk: FrontDesk, person: Person) -> Record:
    """A person on record who accepted the invitation in this browser."""
    record = await desk.new_record(person.look.language)
    await record.invite()
    await person.follows(await desk.product.letter_to(record.email), "register")
    await person.sends(date_of_birth=BORN, password=PASSWORD)
    assert person.room == "documents"
    return record


async def test_document_is_shared_read_by_keyboard_signed_sealed_and_verified(
    omar: Person, record: Record, look: Look, tmp_path: Path
) -> None:
    paper = await share(record, TITLES[look.language], record)
    letter = await omar.product.letter_to(record.email, number=2)
    assert paper.title not in letter.as_string()

    await omar.follows(letter, "documents")
    await omar.sees(paper.title, room=omar.room)
    await expect(omar.page.locator(".sheet img")).to_have_count(2)
    await omar.tabs_to("Read page 1 as text")
    await omar.page.keyboard.press("Enter")
    await expect(omar.page.locator(".words").first).to_be_visible()
    await omar.tabs_to("Go on to sign")
    await omar.presses_enter()
    await omar.sees("Sign the document", room=omar.room)
    await omar.tabs_to_box("typed_name")
    await omar.page.keyboard.type(NAME)
    await omar.tabs_to_box("password")
    await omar.page.keyboard.type("not the right password")
    await omar.presses_enter()
    await omar.sees("Sign the document", room=omar.room, problem=True)
    assert await paper.signers_done() == [False]
    await omar.tabs_to_box("password")
    await omar.page.keyboard.type(PASSWORD)
    await omar.presses_enter()
    await omar.sees(paper.title, room=omar.room)
    await omar.reads_sentence("You have signed this document")
    assert await paper.signers_done() == [True]

    await omar.follows(await omar.product.letter_to(record.email, number=3), "documents")
    await omar.sees(paper.title, room=omar.room)
    await omar.reads_sentence("How can it be checked?")
    seen = await paper.seen()
    assert seen["signatureState"] == "COMPLETED"
    assert seen["completedAt"] is not None
    await is_authentic(omar, await omar.downloads(), paper, tmp_path)


async def is_authentic(omar: Person, content: bytes, paper: Paper, folder: Path) -> None:
    """By the command line without a database, and by the public page; and no longer after one bit has changed."""
    sealed = kept(folder / "sealed.pdf", content)
    said = json.loads(await omar.product.program("verify", str(sealed), "--json"))
    [proof] = said["evidence"]["signatures"]
    assert said["verdict"] == "AUTHENTIC"
    assert proof["evidence"]["document_sha256"] == paper.sha256
    assert proof["evidence"]["typed_name"] == NAME
    await omar.checks(sealed)
    await omar.reads_sentence("It is exactly what was sealed. Not one bit has changed since.")
    await omar.reads(NAME)
    middle = len(content) // 3
    altered = kept(folder / "altered.pdf", content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :])
    await omar.checks(altered)
    await expect(omar.page.locator(".notice.bad")).to_have_count(1)


def kept(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


async def test_parent_signs_for_a_child(omar: Person, record: Record, desk: FrontDesk, look: Look) -> None:
    child = await desk.new_record(look.language)
    await relate(record, child, "father")
    paper = await share(child, TITLES[look.language], record)
    await omar.follows(await omar.product.letter_to(record.email, number=2), "documents")
    await omar.sees(paper.title, room=omar.room)
    for_whom = {
        "en": "You sign for Omar Reyes, as father.",
        "es": "Usted firma por Omar Reyes, como padre.",
    }[look.language]
    await omar.reads(for_whom)
    await omar.page.click("#sign a.button")
    await omar.reads(for_whom)
    await omar.sends(typed_name=NAME, password=PASSWORD)
    await omar.reads_sentence("You have signed this document")
    assert await paper.signers_done() == [True]


@in_spanish
async def test_two_signers_sign_in_their_order(
    omar: Person, record: Record, desk: FrontDesk, look: Look, judge: Judge, browser: Browser
) -> None:
    async with person_at(desk.product, browser, look, judge) as ana:
        second = await registered(desk, ana)
        await relate(second, record, "mother")
        paper = await share(record, TITLES[look.language], record, second, in_sequence=True)
        await ana.follows(await desk.product.letter_to(second.email, number=2), "documents")
        await ana.sees(paper.title, room=ana.room)
        await ana.reads_sentence("It is not your turn to sign yet")
        await ana.opens(f"{ana.room}/sign")
        assert not ana.room.endswith("/sign")

        await omar.follows(await desk.product.letter_to(record.email, number=2), "documents")
        await signs(omar)
        assert await paper.signers_done() == [True, False]
        await ana.follows(await desk.product.letter_to(second.email, number=3), "documents")
        await signs(ana)
        assert await paper.signers_done() == [True, True]
        for person, its in ((omar, record), (ana, second)):
            await person.follows(
                await desk.product.letter_to(its.email, number=3 if person is omar else 4), "documents"
            )
            await person.sees(paper.title, room=person.room)
            await person.reads_sentence("How can it be checked?")
        assert (await paper.seen())["signatureState"] == "COMPLETED"


@in_spanish
async def test_person_says_no_and_staff_read_why(omar: Person, record: Record, look: Look) -> None:
    paper = await share(record, TITLES[look.language], record)
    await omar.follows(await omar.product.letter_to(record.email, number=2), "documents")
    await omar.page.click("#sign a[href$='/decline']")
    await omar.sees("Decline to sign", room=omar.room)
    await omar.sends(reason="")
    await omar.sees("Decline to sign", room=omar.room, problem=True)
    await omar.sends(reason="Page 2 is about somebody else.")
    await omar.sees(paper.title, room=omar.room)
    await omar.reads_sentence("You have declined to sign this")
    seen = await paper.seen()
    assert seen["signatureState"] == "DECLINED"
    assert [one["declineReason"] for one in seen["signatures"]] == ["Page 2 is about somebody else."]


@in_english
async def test_document_replaced_between_reading_and_signing_is_refused_and_shown_afresh(
    omar: Person, record: Record, look: Look
) -> None:
    old = await share(record, TITLES[look.language], record)
    await omar.follows(await omar.product.letter_to(record.email, number=2), "documents")
    await omar.page.click("#sign a.button")
    new = await share(record, TITLES[look.language], record, supersedes=old)
    await omar.sends(typed_name=NAME, password=PASSWORD)
    await omar.sees(old.title, room=omar.room)
    await omar.reads_sentence("You have not signed. This document can’t be signed any more.")
    assert (await old.signers_done(), await new.signers_done()) == ([False], [False])

    await omar.page.click("main .notice a.button")
    await omar.sees(new.title, room=omar.room)
    await signs(omar)
    assert (await old.signers_done(), await new.signers_done()) == ([False], [True])


async def signs(person: Person) -> None:
    """From the document's page to the word that it is signed."""
    await person.page.click("#sign a.button")
    await person.sends(typed_name=NAME, password=PASSWORD)
    await person.reads_sentence("You have signed this document")
