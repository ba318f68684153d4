"""Refusals and defects: what happened, what it means, what to do next."""

import json

import pytest
import structlog
from starlette.applications import Starlette
from starlette.routing import Route
from tortoise.exceptions import DBConnectionError

from patient_portal.web.lanes import lane_of
from patient_portal.web.visit import Visit, at_practice
from runtime.database import open_database
from runtime.http.load_shedding import Lane, LoadShedding, Places
from tests.patient_portal.practice import Practice, Visitor


@pytest.mark.parametrize("path", ["/nowhere/", "/nowhere/documents", "/favicon.ico", "/%00/", "/..%2f/", "/é/"])
async def test_unknown_door_is_a_neutral_page(practice: Practice, visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)
    assert page.status == 404
    assert "There is no such page" in page.text
    assert "Willow" not in page.response.text


async def test_unknown_room_bears_the_practices_name_and_phone(practice: Practice, visitor: Visitor) -> None:
    page = await visitor.get("/willow-creek/nowhere")
    assert page.status == 404
    assert 'href="/willow-creek/">Go to the first page' in page.response.text
    assert "tel:+12085550134" in page.response.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/willow-creek/", {"GET", "HEAD", "POST"}),
        ("GET", "/willow-creek/sign-out", {"POST"}),
        ("POST", "/willow-creek/documents", {"GET", "HEAD"}),
    ],
)
async def test_wrong_method_says_which_are_right(
    practice: Practice, visitor: Visitor, method: str, path: str, allowed: set[str]
) -> None:
    answer = await visitor.http.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert "Willow Creek Counseling" in answer.text


async def test_missing_last_slash_and_capitals_find_the_door(practice: Practice, visitor: Visitor) -> None:
    for path in ("/willow-creek", "/Willow-Creek", "/WILLOW-CREEK/"):
        page = await visitor.follow(path)
        assert (page.status, page.response.url.path) == (200, "/willow-creek/")


async def test_defect_shows_a_neutral_page_with_its_number(
    practice: Practice, app: Starlette, visitor: Visitor
) -> None:
    async def broken(visit: Visit) -> None:
        raise RuntimeError("what was typed: nora.gray@example.com")

    app.router.routes.insert(0, Route("/{slug}/broken", at_practice(broken)))  # type: ignore[arg-type]
    page = await visitor.get("/willow-creek/broken")
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    assert page.response.headers["x-request-id"] in page.text
    assert page.response.headers["cache-control"] == "no-store"
    assert "nora.gray" not in page.response.text
    assert "RuntimeError" not in page.response.text


@pytest.mark.parametrize(
    ("language", "words"), [("en", "We can’t answer right now"), ("es", "Ahora mismo no podemos responder")]
)
async def test_absent_database_is_a_page_of_its_own_and_one_line_in_the_log(
    practice: Practice, app: Starlette, visitor: Visitor, language: str, words: str
) -> None:
    async def away(visit: Visit) -> None:
        raise DBConnectionError("gone")

    app.router.routes.insert(0, Route("/{slug}/away", at_practice(away)))  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as lines:
        answer = await visitor.http.get("/willow-creek/away", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert words in answer.text
    assert f'href="?lang={"es" if language == "en" else "en"}"' in answer.text
    said = [(line["event"], line["log_level"]) for line in lines if line["event"] != "request"]
    assert said == [("portal.unavailable", "warning")]
    assert not any("exc_info" in line for line in lines)


async def test_alive_and_ready(practice: Practice, visitor: Visitor) -> None:
    assert (await visitor.get("/healthz")).response.text == "ok"
    ready = (await visitor.get("/readyz")).response
    parts = {"database": "ok", "schema": "ok", "files": "ok", "signing": "ok", "mail": "ok"}
    answer = {"ready": True, "degraded": [], **parts}
    assert (ready.status_code, ready.json()) == (200, answer)


async def test_not_ready_before_the_schema_is_there(fresh_sqlite: str, visitor: Visitor) -> None:
    async with open_database(fresh_sqlite):
        answer = (await visitor.get("/readyz")).response
    assert answer.status_code == 503
    assert json.loads(answer.text)["ready"] is False


def test_lanes_of_the_portal() -> None:
    def lane(path: str) -> Lane | None:
        return lane_of({"path": path})

    assert [lane(path) for path in ("/healthz", "/readyz", "/static/portal.css")] == [None] * 3
    assert lane("/willow-creek/") is Lane.SIGN_IN
    assert {lane("/willow-creek/documents"), lane("/willow-creek/forgot"), lane("/verify")} == {Lane.USUAL}


async def test_more_than_the_portal_can_take_is_a_page_with_all_headers(practice: Practice, app: Starlette) -> None:
    [edge] = [each for each in app.user_middleware if getattr(each.cls, "__name__", "") == LoadShedding.__name__]
    edge.kwargs["places"] = {lane: Places(at_once=0, waiting=0) for lane in Lane}
    visitor = Visitor(app)
    answer = await visitor.http.get("/willow-creek/help", headers={"Accept-Language": "es"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Ahora mismo no podemos responder" in answer.text
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert (await visitor.http.get("/healthz")).status_code == 200
