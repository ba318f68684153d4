"""The icon's file as it is served: to any page, of any origin, and as the same bytes for ever to whoever wants them."""

import gzip
import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import httpx2
import pytest

from adapters.secrets import new_key
from api.app import create_app
from clinic.values.ports import Services
from runtime.settings import Environment, Settings

EMBEDDING = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text()
ADDRESS = "/elements/v1/portal-status.js"
WORDS = files("api.web.elements").joinpath("parts", "words.js").read_text()


@pytest.fixture(params=[Environment.TEST, Environment.PRODUCTION])
def http(services: Services, request: pytest.FixtureRequest) -> httpx2.AsyncClient:
    settings = Settings(environment=request.param, secret_keys=(new_key(),))
    transport = httpx2.ASGITransport(app=create_app(settings, services))
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")


async def test_any_page_may_import_the_element_and_is_asked_to_look_again_each_time(http: httpx2.AsyncClient) -> None:
    answer = await http.get(ADDRESS, headers={"Origin": "https://ehr.example"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in answer.headers
    again = await http.get(ADDRESS, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_address_with_the_hash_has_the_same_bytes_for_ever(http: httpx2.AsyncClient) -> None:
    newest = await http.get(ADDRESS)
    lasting = await http.get(newest.headers["content-location"])
    assert lasting.status_code == 200
    assert lasting.content == newest.content
    assert lasting.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sha256(lasting.content).hexdigest()[:20] in str(lasting.url)


async def test_the_bytes_of_another_release_lead_to_the_present_ones_and_are_not_kept(http: httpx2.AsyncClient) -> None:
    answer = await http.get(f"/elements/v1/portal-status.{'0' * 20}.js")
    assert (answer.status_code, answer.headers["location"]) == (307, ADDRESS)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_gallery_is_served_under_a_policy_that_lets_nothing_in(http: httpx2.AsyncClient) -> None:
    for name in ("gallery.html", "gallery.js", "gallery.css"):
        answer = await http.get(f"/elements/v1/{name}")
        assert answer.status_code == 200, name
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("name", ["__init__.py", "..%2f__init__.py", "nothing.js", "portal-status.js.map"])
async def test_nothing_else_is_served(http: httpx2.AsyncClient, name: str) -> None:
    answer = await http.get(f"/elements/v1/{name}")
    assert answer.status_code == 404
    assert "import" not in answer.text


async def test_the_element_is_one_file_that_makes_no_markup_and_no_style_of_text(http: httpx2.AsyncClient) -> None:
    served = (await http.get(ADDRESS)).text
    assert re.findall(r"^\s*(?:import\b.*|export .* from .*)$|\bimport\(", served, re.MULTILINE) == []
    assert re.findall(r"^export .*$", served, re.MULTILINE) == ["export { apply, configure, refresh };"]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\"style\"", served
    )


async def test_the_element_is_as_light_on_the_wire_as_its_page_says(http: httpx2.AsyncClient) -> None:
    said = re.search(r"(\d+) kB on the wire", EMBEDDING)
    assert said is not None
    async with http.stream("GET", ADDRESS, headers={"Accept-Encoding": "gzip, br"}) as answer:
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert len(sent) <= int(said[1]) * 1_000
    assert gzip.decompress(sent) == (await http.get(ADDRESS)).content


def test_both_languages_have_the_same_sentences_with_the_same_names_in_them() -> None:
    english, _, spanish = WORDS.partition("const ENGLISH = {")[2].partition("const SPANISH = {")
    assert len(_sentences(english)) > 60
    assert _sentences(english) == _sentences(spanish.partition("\n};\n")[0])


def _sentences(text: str) -> dict[str, list[str]]:
    """For each key, the names that its sentence has a place for."""
    found = re.findall(r"""^  (\w+):\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')""", text, re.MULTILINE)
    return {key: sorted(re.findall(r"\{(\w+)\}", double or single)) for key, double, single in found}
