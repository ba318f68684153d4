"""Wherever a password is chosen, words are offered: others at each load, in the page's language, good enough to use."""

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.applications import Starlette

from clinic.values.passphrases import words_of
from tests.factories.contents import contents, nothing_changes
from tests.patient_portal.people import NEW_PASSWORD, self_register, walk_in
from tests.patient_portal.practice import BORN, EMAIL, PASSWORD, Page, Practice, Visitor

_OFFERED = re.compile(r'<strong class="passphrase" translate="no">([a-z ]+)</strong>')


def offered(page: Page) -> str:
    """The words on the page, which are named by the password's own field."""
    [words] = _OFFERED.findall(unescape(page.response.text))
    assert re.search(r'aria-describedby="password-hint (password-note )?password-idea', page.response.text)
    return str(words)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_page_where_a_password_is_chosen_offers_one(
    practice: Practice, app: Starlette, language: str
) -> None:
    visitor, reader = Visitor(app), Visitor(app)
    rooms = {"invitation": await practice.invite(), "register": "/willow-creek/register"}
    await self_register(Visitor(app), email="luz@example.com")
    rooms["verify"] = await practice.next_link()
    await walk_in(visitor, practice, "ana@example.com")
    await reader.fill("/willow-creek/forgot", email="ana@example.com")
    rooms["reset"] = await practice.next_link()
    rooms["change"] = "/willow-creek/account/password"
    for room, path in rooms.items():
        browser = visitor if room == "change" else reader
        page = await browser.follow(path)
        address = page.response.url.path
        pages = [await browser.get(f"{address}?lang={language}") for _ in range(2)]
        words = [offered(page) for page in pages]
        assert words[0] != words[1], room
        assert set(" ".join(words).split()) <= set(words_of(language)), room
        assert all(page.response.headers["cache-control"] == "no-store" for page in pages), room


async def test_the_offered_words_open_the_account_and_are_written_nowhere(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    link = await practice.invite()
    async with nothing_changes():
        words = offered(await visitor.follow(link))
    assert (await visitor.fill(link, date_of_birth=BORN.isoformat(), password=words)).status == 303
    assert words not in str(await contents())
    assert (await Visitor(app).fill("/willow-creek/", email=EMAIL, password=words)).status == 303


async def test_a_refused_password_is_told_how_strong_it_is_and_words_are_offered_again(
    practice: Practice, visitor: Visitor
) -> None:
    link = await practice.invite()
    for typed, told in (
        ("zebra zebra", "Use at least 15 characters."),
        ("aaaaaaaaaaaaaaaaaaaa", "This password is easy to guess."),
        ("marymarymary 1984", "This password is almost strong enough. Add another word"),
    ):
        page = await visitor.fill(link, date_of_birth=BORN.isoformat(), password=typed)
        assert (page.status, told in page.text) == (422, True)
        assert len(offered(page).split()) == 5
        assert typed not in page.response.text


async def test_the_offered_words_stay_when_something_was_wrong(practice: Practice, visitor: Visitor) -> None:
    form = await visitor.follow(await practice.invite())
    page = await visitor.send(form, date_of_birth="1956-12-04", password=PASSWORD)
    assert offered(page) == offered(form)
    page = await visitor.send(page, date_of_birth="1956-12-04", password="")
    assert offered(page) == offered(form)


async def test_a_password_is_kept_while_something_else_is_wrong(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    form = await visitor.follow(await practice.invite())
    page = await visitor.send(form, date_of_birth="1956-12-04", password=PASSWORD)
    assert "The password that you typed is kept." in page.text
    assert PASSWORD not in page.response.text
    page = await visitor.send(page, date_of_birth="1956-12-05", password="")
    assert "The password that you typed is kept." in page.text
    assert (await visitor.send(page, date_of_birth=BORN.isoformat(), password="")).status == 303
    assert (await Visitor(app).fill("/willow-creek/", email=EMAIL, password=PASSWORD)).status == 303


async def test_a_kept_password_is_for_one_browser_and_half_an_hour(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    link = await practice.invite()
    page = await visitor.send(await visitor.follow(link), date_of_birth="1956-12-04", password=PASSWORD)
    kept = {"password-kept": page.fields["password-kept"], "password": "", "date_of_birth": BORN.isoformat()}
    elsewhere = await Visitor(app).fill(link, **kept)
    assert (elsewhere.status, "Choose a password." in elsewhere.text) == (422, True)
    practice.clock.advance(timedelta(minutes=31))
    late = await visitor.send(page, **kept)
    assert (late.status, "Choose a password." in late.text) == (422, True)


async def test_a_weak_password_and_a_wrong_date_are_told_together(practice: Practice, visitor: Visitor) -> None:
    link = await practice.invite()
    for born in ("1956-12-04", "1956-02-30"):
        page = await visitor.fill(link, date_of_birth=born, password="zebra zebra")
        assert page.text.count("Use at least 15 characters.") == 2, "once in the summary, once beside the box"
        assert "The password that you typed is kept." not in page.text
    page = await visitor.fill("/willow-creek/register", email="no address", password="zebra zebra")
    assert "Use at least 15 characters." in page.text
    assert "Enter an email address such as" in page.text


async def test_a_new_password_is_kept_in_every_form_that_asks_for_more(
    practice: Practice, visitor: Visitor, app: Starlette
) -> None:
    reader = Visitor(app)
    await walk_in(reader, practice, "ana@example.com")
    page = await visitor.fill("/willow-creek/register", email="no address", password=PASSWORD)
    assert "The password that you typed is kept." in page.text
    assert PASSWORD not in page.response.text
    assert (await visitor.send(page, email="luz@example.com", password="")).goes_to.endswith("/register/received")
    page = await reader.fill("/willow-creek/account/password", current="not the right one", password=NEW_PASSWORD)
    assert "The password that you typed is kept." in page.text
    assert NEW_PASSWORD not in page.response.text
    assert (await reader.send(page, current=PASSWORD, password="")).status == 303
    signed_in = await Visitor(app).fill("/willow-creek/", email="ana@example.com", password=NEW_PASSWORD)
    assert signed_in.status == 303
