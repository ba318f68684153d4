"""Every sentence exists in every language, and the right one is chosen."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import patient_portal
from clinic.values.problems import Weakness
from patient_portal.web.advice import INPUT_ADVICE, PASSWORD_ADVICE
from patient_portal.web.dates import moment_in_words
from patient_portal.web.language import SOURCE, chosen_language, offered_languages, own_name, po_file, spoken_languages
from tests.patient_portal.practice import Practice, Visitor

ROOT = Path(patient_portal.__file__).parent
OTHERS = [language for language in spoken_languages() if language != SOURCE]
PLACE = re.compile(r"%\(\w+\)s")


def sentences() -> set[str]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"}}
    found = extract_from_dir(ROOT, methods, options, keywords={"_": None, "gettext": None, "N_": None})
    return {str(message) for _, _, message, _, _ in found}


def catalog(language: str) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[tuple[str, str, bool]]:
    for message in catalog(language):
        if message.id:
            yield str(message.id), str(message.string), message.fuzzy


def test_spanish_is_spoken() -> None:
    assert spoken_languages() == ("en", "es")


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_missing_fuzzy_or_left_over(language: str) -> None:
    translated = {source for source, words, fuzzy in messages(language) if words and not fuzzy}
    assert translated == sentences()
    assert catalog(language).obsolete == {}


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_their_places(language: str) -> None:
    for source, words, _ in messages(language):
        assert sorted(PLACE.findall(source)) == sorted(PLACE.findall(words)), source


def test_spanish_says_usted() -> None:
    informal = re.compile(
        r"\b(tu|tus|tú|ti|contigo|puedes|tienes|elige|escribe|abre|llama|revisa|usa)\b", re.IGNORECASE
    )
    assert [words for _, words, _ in messages("es") if informal.search(words)] == []


def test_no_sentence_shouts() -> None:
    for language in OTHERS:
        assert [words for pair in messages(language) for words in pair[:2] if "!" in words or "¡" in words] == []


def test_there_is_advice_for_every_weakness_of_a_password() -> None:
    assert set(PASSWORD_ADVICE) == set(Weakness)


def test_there_is_advice_for_whatever_can_be_wrong_with_what_is_typed_in_the_portal() -> None:
    """Lines and addresses are looked into by `values/text.py`, and a new address by `change_email`."""
    modules = ("clinic/values/text.py", "clinic/portal_access/actions/change_email.py")
    named = {
        name for path in modules for name in re.findall(r"Problem\.([A-Z_]+)", (ROOT.parent / path).read_text("utf-8"))
    }
    assert {problem.name for problem in INPUT_ADVICE} == named


@pytest.mark.parametrize(
    ("wishes", "accept", "chosen"),
    [
        (["es", "en"], "", "es"),
        ([None, "es"], "en", "es"),
        (["fr", None], "es-MX,es;q=0.9,en;q=0.8", "es"),
        ([None], "fr, en;q=0.5, es;q=0.7", "es"),
        ([None], "es;q=0, en;q=0.1", "en"),
        ([None], "fr", "en"),
        ([None], "es;q=nonsense", "en"),
        ([None], "", "en"),
    ],
)
def test_language_is_the_first_wish_that_is_offered(wishes: list[str | None], accept: str, chosen: str) -> None:
    assert chosen_language(wishes, accept, ("en", "es")) == chosen


def test_only_languages_we_speak_are_offered() -> None:
    assert offered_languages(("es-MX", "tlh", "en")) == ("es", "en")
    assert offered_languages(("tlh",)) == ("en",)
    assert own_name("es") == "Español"


async def test_language_switch_is_remembered(practice: Practice, visitor: Visitor) -> None:
    first = await visitor.get("/willow-creek/?next=/willow-creek/documents")
    assert '<html lang="en">' in first.response.text
    assert 'href="?next=%2Fwillow-creek%2Fdocuments&amp;lang=es"' in first.response.text
    switched = await visitor.get("/willow-creek/?lang=es")
    assert "Iniciar sesión" in switched.text
    assert switched.response.headers["content-language"] == "es"
    assert "Iniciar sesión" in (await visitor.get("/willow-creek/")).text


async def test_browser_language_counts_when_nothing_was_chosen(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.get("/willow-creek/", **{"accept-language": "es-US,es;q=0.9"})
    assert "Iniciar sesión" in page.text


async def test_errors_are_said_in_the_chosen_language(practice: Practice, visitor: Visitor) -> None:
    await visitor.get("/willow-creek/?lang=es")
    page = await visitor.fill("/willow-creek/", email="a@example.com", password="wrong")
    assert "El correo electrónico o la contraseña no son correctos." in page.text
    assert "Esta página no existe" in (await visitor.get("/willow-creek/nowhere")).text


@pytest.mark.parametrize("path", ["/nowhere/", "/nowhere/?of=1", "/favicon.ico", "/verify", "/willow-creek/no"])
async def test_language_can_be_changed_on_pages_of_nobody_and_of_errors(
    practice: Practice, visitor: Visitor, path: str
) -> None:
    page = await visitor.get(path)
    kept = path.partition("?")[2]
    address = f"?{kept}&lang=es" if kept else "?lang=es"
    assert f'<a href="{escape(address)}" lang="es" hreflang="es">Español</a>' in page.response.text
    there = await visitor.get(path.partition("?")[0] + address)
    assert (there.status, there.response.headers["content-language"]) == (page.status, "es")
    assert 'hreflang="en">English</a>' in there.response.text
    assert (await visitor.get("/nowhere/")).response.headers["content-language"] == "es"


async def test_language_can_be_changed_after_a_form_that_has_no_page_of_its_own(
    practice: Practice, visitor: Visitor
) -> None:
    """The switch asks for the address that the form was sent to."""
    link = await practice.invite()
    practice.clock.advance(timedelta(days=11))
    page = await visitor.follow(link)
    visitor.http.cookies.delete("visitor")
    failed = await visitor.send(page, to="/willow-creek/register/fresh")
    assert (failed.status, 'href="?lang=es"' in failed.response.text) == (403, True)
    switched = await visitor.follow("/willow-creek/register/fresh?lang=es")
    assert (switched.status, switched.response.url.path) == (410, "/willow-creek/register/invitation")
    assert "Esta invitación ha vencido" in switched.text


def test_times_are_told_by_a_clock_of_twelve_hours() -> None:
    moment = datetime(2026, 3, 2, 20, 5, tzinfo=UTC)
    said = [moment_in_words(moment, "America/Boise", language) for language in ("en", "es")]
    assert said == ["Monday, March 2, 2026, 1:05 PM", "lunes 2 de marzo de 2026, 1:05 p.\u202fm."]
