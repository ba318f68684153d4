"""Wherever a password is chosen, words are offered: others at each load, in the page's language, good enough to use."""

import re
from html import unescape

import pytest
from starlette.applications import Starlette

from clinic.values.passphrases import words_of
from tests.factories.contents import contents, nothing_changes
from tests.patient_portal.people import self_register, walk_in
from tests.patient_portal.practice import BORN, EMAIL, Page, Practice, Visitor

_OFFERED = re.compile(r'<strong class="passphrase" translate="no">([a-z ]+)</strong>')


def offered(page: Page) -> str:
    """The words on the page, which are named by the password's own field."""
    [words] = _OFFERED.findall(unescape(page.response.text))
    assert 'aria-describedby="password-hint password-idea' in page.response.text
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
