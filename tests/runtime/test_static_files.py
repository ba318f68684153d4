"""Files for browsers: compressed where asked for, tagged by their bytes, found by name only."""

import gzip
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from runtime.static_files import StaticPages, read_folder

SCRIPT = "export const answer = 42;\n" * 40
HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


@pytest.fixture
def http(tmp_path: Path) -> httpx2.AsyncClient:
    (tmp_path / "main.js").write_text(SCRIPT)
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "secret.py").write_text("import os")
    (tmp_path / "deeper.js").mkdir()
    pages = StaticPages(read_folder(tmp_path), HEADERS)
    app = Starlette(routes=[Route("/at/", pages.serve), Route("/at/{name}", pages.serve)])
    headers = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://files.example", headers=headers)


async def received(http: httpx2.AsyncClient, **headers: str) -> tuple[httpx2.Response, bytes]:
    """The answer, and its bytes as they travelled."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.stream("GET", "/at/main.js", headers=named) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


async def test_a_browser_that_takes_gzip_gets_the_same_file_in_fewer_bytes(http: httpx2.AsyncClient) -> None:
    answer, sent = await received(http, accept_encoding="gzip, deflate, br, zstd")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(sent) < len(SCRIPT) / 5
    assert gzip.decompress(sent).decode() == SCRIPT
    assert answer.headers["content-length"] == str(len(sent))
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_start_compresses_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(SCRIPT)
    (tmp_path / "tiny.css").write_text("p{}")
    files = read_folder(tmp_path)
    assert [set(vars(file)) for file in files.values()] == [{"content", "media_type", "digest"}] * 2
    assert files["main.js"].gzipped is files["main.js"].gzipped is not None
    assert files["tiny.css"].gzipped is None


@pytest.mark.parametrize("accepted", ["identity", "", "br", "gzip;q=0", "gzip; q=0.000, *", "deflate, gzip;q=0"])
async def test_one_that_does_not_gets_it_plain(http: httpx2.AsyncClient, accepted: str) -> None:
    answer, sent = await received(http, accept_encoding=accepted)
    assert "content-encoding" not in answer.headers
    assert sent.decode() == SCRIPT
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip", "GZIP;q=0.5", "*", "br;q=1.0, gzip;q=0.001"])
async def test_every_way_to_say_gzip_is_understood(http: httpx2.AsyncClient, accepted: str) -> None:
    answer, _ = await received(http, accept_encoding=accepted)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_each_form_has_its_own_tag_and_is_not_sent_twice(http: httpx2.AsyncClient) -> None:
    plain, _ = await received(http)
    compressed, _ = await received(http, accept_encoding="gzip")
    assert plain.headers["etag"] != compressed.headers["etag"]
    for accepted, answer in (("identity", plain), ("gzip", compressed)):
        tag = answer.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again, sent = await received(http, accept_encoding=accepted, if_none_match=known)
            assert (again.status_code, sent) == (304, b""), known
            assert again.headers["etag"] == tag
            assert again.headers["vary"] == "Accept-Encoding"
            assert again.headers["cache-control"] == "no-cache"
    other, sent = await received(http, accept_encoding="identity", if_none_match=compressed.headers["etag"])
    assert (other.status_code, sent.decode()) == (200, SCRIPT)


async def test_a_file_too_small_to_shrink_is_sent_as_it_is(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/at/", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.text == "<!doctype html>"


@pytest.mark.parametrize("name", ["secret.py", "deeper.js", "nothing.js", "main.js%00"])
async def test_only_files_of_a_known_type_are_found(http: httpx2.AsyncClient, name: str) -> None:
    answer = await http.get(f"/at/{name}")
    assert answer.status_code == 404
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "import" not in answer.text
