"""The two servers as they run in production: what strangers forge, and what a failure writes down."""

import json
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.secrets import new_key
from tests.ports import HOST, free_port
from tests.processes import Program

pytestmark = pytest.mark.processes

MARK = "wilhelmina.quux"


@pytest.fixture
def environment(tmp_path: Path, migrated_sqlite_file: Path) -> dict[str, str]:
    database = tmp_path / "vestibule.sqlite3"
    database.write_bytes(migrated_sqlite_file.read_bytes())
    return {
        "VESTIBULE_ENVIRONMENT": "",
        "VESTIBULE_DATABASE_URL": f"sqlite://{database}",
        "VESTIBULE_FILES_URL": f"file://{tmp_path}/files",
        "VESTIBULE_SECRET_KEYS": new_key(),
        "VESTIBULE_TRUSTED_PROXIES": "",
    }


@pytest.fixture
def api(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, Path]]:
    yield from running("api", environment, tmp_path / "api.log")


@pytest.fixture
def portal(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, Path]]:
    Program(("organization", "create", "--slug", "willow-creek", "--name", "Willow Creek"), environment).run()
    yield from running("portal", environment, tmp_path / "portal.log")


def running(face: str, environment: dict[str, str], log: Path) -> Iterator[tuple[str, Path]]:
    port = free_port()
    base = f"http://{HOST}:{port}"
    server = Program((face, "--port", str(port)), environment, log, health=f"{base}/healthz")
    server.start()
    try:
        yield base, log
    finally:
        server.stop()


def ask(url: str, body: bytes, media_type: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {"Content-Type": media_type, **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def sign_in(base: str, email: str, **headers: str) -> tuple[int, str]:
    text = (
        f'mutation {{ signInPatient(input: {{organization: "willow-creek", email: "{email}", password: "{MARK}-pass"}})'
        f" {{ __typename ... on UserError {{ code }} }} }}"
    )
    return ask(f"{base}/graphql", json.dumps({"query": text}).encode(), "application/json", **headers)


def test_forged_forwarding_headers_make_no_stranger_a_newcomer(api: tuple[str, Path]) -> None:
    base, _ = api
    answers = [
        sign_in(
            base,
            "a@example.com",
            **{
                "X-Forwarded-For": f"198.51.100.{number}",
                "Forwarded": f"for=198.51.100.{number}",
                "X-Real-Ip": "1.1.1.1",
            },
        )[1]
        for number in range(11)
    ]
    assert ["TOO_MANY_ATTEMPTS" in answer for answer in answers] == [False] * 10 + [True]


def test_unset_environment_is_production(api: tuple[str, Path]) -> None:
    base, _ = api
    status, body = ask(f"{base}/graphql", b'{"query":"{__schema{types{name}}}"}', "application/json")
    assert (status, "UNAUTHENTICATED" in body) == (401, True)
    for path in ("/console", "/graphql", "/docs"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{base}{path}", timeout=20)


def test_both_faces_bound_the_head_of_a_request(api: tuple[str, Path], portal: tuple[str, Path]) -> None:
    for base, _ in (api, portal):
        request = urllib.request.Request(f"{base}/healthz", headers={"X-Long": "x" * 40_000})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        assert (refused.value.code, refused.value.read()[:16]) == (431, b"The request line")
        with urllib.request.urlopen(f"{base}/healthz", timeout=20) as answer:
            assert answer.status == 200


def break_database(environment: dict[str, str]) -> None:
    connection = sqlite3.connect(environment["VESTIBULE_DATABASE_URL"].removeprefix("sqlite://"))
    with connection:
        connection.execute("ALTER TABLE portal_account RENAME TO gone")
    connection.close()


def test_failing_api_answers_and_logs_no_word_of_what_was_typed(
    api: tuple[str, Path], portal: tuple[str, Path], environment: dict[str, str]
) -> None:
    base, log = api
    break_database(environment)
    status, body = sign_in(base, f"{MARK}@example.com")
    assert status == 200
    assert "INTERNAL" in body
    written = log.read_text()
    assert "graphql.unexpected" in written
    for word in (MARK, "SELECT", "no such table", "signInPatient(", "example.com"):
        assert word not in written + body


def test_failing_portal_answers_and_logs_no_word_of_what_was_typed(
    portal: tuple[str, Path], environment: dict[str, str]
) -> None:
    base, log = portal
    with urllib.request.urlopen(f"{base}/willow-creek/", timeout=20) as home:
        page, cookie = home.read().decode(), home.headers["Set-Cookie"].split(";")[0]
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    break_database(environment)
    typed = {"csrf_token": token, "email": f"{MARK}@example.com", "password": f"{MARK}-pass", "next": ""}
    form = urllib.parse.urlencode(typed).encode()
    status, body = ask(f"{base}/willow-creek/", form, "application/x-www-form-urlencoded", Cookie=cookie)
    assert status == 500
    assert "Something went wrong on our side" in body
    written = log.read_text()
    assert "request failed" in written
    for word in (MARK, "SELECT", "no such table", token, "example.com", "Traceback"):
        assert word not in written
    for word in (MARK, "SELECT", "no such table", "portal_account"):
        assert word not in body
