"""The staff screen's files as they are served: to anybody, in production too, under a policy that lets nothing in."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx2
import pytest
from graphql import parse, validate

from adapters.secrets import new_key
from api.app import create_app
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.api.client import SCHEMA

PAGE = (Path(__file__).parents[2] / "docs" / "staff-screen.md").read_text()
SHARED = sorted(entry.name for entry in files("api.web").joinpath("shared").iterdir())
NAMES = sorted(entry.name for entry in files("api.web.staff_screen").iterdir() if entry.name.endswith((".js", ".css")))

_MARKUP_OR_CODE = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")


@pytest.fixture(params=[Environment.TEST, Environment.PRODUCTION])
def http(services: Services, request: pytest.FixtureRequest) -> httpx2.AsyncClient:
    settings = Settings(environment=request.param, secret_keys=(new_key(),))
    transport = httpx2.ASGITransport(app=create_app(settings, services))
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")


async def test_every_file_is_served_with_the_policy(http: httpx2.AsyncClient) -> None:
    pages = [f"/staff/{name}" for name in ["", "icon.svg", *NAMES]] + [f"/shared/{name}" for name in SHARED]
    for page in pages:
        answer = await http.get(page)
        assert answer.status_code == 200, page
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        again = await http.get(page, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_whole_screen_is_as_light_on_the_wire_as_its_page_says(http: httpx2.AsyncClient) -> None:
    said = re.search(r"the whole screen in (\d+) kB", PAGE)
    assert said is not None
    pages = [f"/staff/{name}" for name in ["", "icon.svg", *NAMES]] + [f"/shared/{name}" for name in SHARED]
    sent = 0
    for page in pages:
        async with http.stream("GET", page, headers={"Accept-Encoding": "gzip"}) as answer:
            sent += sum([len(chunk) async for chunk in answer.aiter_raw()])
    assert 0.8 * int(said[1]) <= sent / 1_000 <= int(said[1])


@pytest.mark.parametrize("name", ["__init__.py", "..%2f__init__.py", "%2e%2e/app.py", "nothing.js", "__pycache__"])
async def test_nothing_else_is_served(http: httpx2.AsyncClient, name: str) -> None:
    answer = await http.get(f"/staff/{name}")
    assert answer.status_code == 404
    assert "import" not in answer.text


async def test_the_address_without_its_slash_leads_there(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/staff")
    assert (answer.status_code, answer.headers["location"]) == (308, "/staff/")


def test_no_file_makes_markup_of_words_or_code_of_text() -> None:
    for folder, names in (("staff_screen", NAMES), ("shared", SHARED)):
        for name in names:
            text = files("api.web").joinpath(folder, name).read_text()
            assert not _MARKUP_OR_CODE.search(text), name


def test_every_operation_fits_the_schema() -> None:
    checked = 0
    shared = _constants(files("api.web").joinpath("shared", "status.js").read_text())
    shared |= _constants(files("api.web.staff_screen").joinpath("clash.js").read_text())
    for name in NAMES:
        text = files("api.web.staff_screen").joinpath(name).read_text()
        constants = shared | _constants(text)
        for operation in filter(_OPERATION.match, _constants_in_full(text, constants)):
            assert validate(SCHEMA, parse(operation)) == [], f"{name}: {operation}"
            checked += 1
    assert checked >= 40


# An operation of any kind; what is no operation is a list of fields.
_OPERATION = re.compile(r"query |mutation |\{ ")


def _constants(text: str) -> dict[str, str]:
    return dict(re.findall(r"""^(?:export )?const (\w+) =\s+["`]([^"`]*)["`];""", text, re.MULTILINE))


def _constants_in_full(text: str, constants: dict[str, str]) -> Iterator[str]:
    """Every text of the file that may be an operation, with the constants in it."""
    for quoted in re.findall(r"""["`]((?:query |mutation |\{ )[^"`]*\}[^"`]*)["`]""", text):
        while named := re.search(r"\$\{(\w+)\}", quoted):
            if named[1] not in constants:
                break
            quoted = quoted.replace(named[0], constants[named[1]])
        if "${" not in quoted:
            yield quoted


BOTH = ("words_erasable.js", "words_external_ids.js", "words_follow_up.js", "words_source_status.js")
PARTS = [found[1] for name in NAMES if (found := re.fullmatch(r"words_(|\w+_)en\.js", name))]


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_is_defined_in_two_files(language: str) -> None:
    """The files are joined into one: the later of two words would be said in both places."""
    keys = [key for part in PARTS for key in _sentences(f"words_{part}{language}.js")]
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_both_languages_have_the_same_sentences_with_the_same_names_in_them() -> None:
    english, spanish = (
        {key: text for part in PARTS for key, text in _sentences(f"words_{part}{language}.js").items()}
        for language in ("en", "es")
    )
    assert {key: _names(text) for key, text in english.items()} == {key: _names(text) for key, text in spanish.items()}
    used = set()
    for name in NAMES:
        used |= set(re.findall(r"""\bt\("(\w+)\"""", files("api.web.staff_screen").joinpath(name).read_text()))
    # Both languages of a page that is seldom opened are in one file, which its words' own test compares.
    later = {key for name in BOTH for key in _sentences(name)}
    assert used - set(english) - later == set()


def _sentences(name: str) -> dict[str, str]:
    text = files("api.web.staff_screen").joinpath(name).read_text()
    return dict(re.findall(r'(?:^|[,{])\s*(\w+):\s+"((?:[^"\\]|\\.)*)"', text, re.MULTILINE))


def _names(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", sentence))
