"""Traps 1, 14 and 16: the media type, status and headers of an answer."""

import pytest
from starlette.datastructures import Headers

from api.server.graphql_http.codes import MediaType
from api.server.graphql_http.negotiation import media_type_for
from tests.api.graphql_http.toy import GRAPHQL, JSON, Toy, codes

URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", MediaType.JSON),
        ("*/*", MediaType.JSON),
        ("application/*", MediaType.JSON),
        (JSON, MediaType.JSON),
        (GRAPHQL, MediaType.GRAPHQL),
        ("APPLICATION/GraphQL-Response+JSON", MediaType.GRAPHQL),
        (f"{JSON}, {GRAPHQL}", MediaType.GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", MediaType.GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.8", MediaType.JSON),
        (f"{GRAPHQL};q=0.5, */*", MediaType.JSON),
        (f"{GRAPHQL};q=0, */*", MediaType.JSON),
        (f"{JSON};q=0, */*", MediaType.GRAPHQL),
        (f"{GRAPHQL}, */*", MediaType.GRAPHQL),
        (f"{JSON}, */*", MediaType.JSON),
        (f"{JSON}; charset=utf-8", MediaType.JSON),
        (f'{GRAPHQL}; charset="UTF-8"; q=0.3', MediaType.GRAPHQL),
        ("text/html, */*;q=0.1", MediaType.JSON),
        (URQL, MediaType.GRAPHQL),
        ("text/event-stream, */*;q=0.5", MediaType.JSON),
        (f"{GRAPHQL};q=0", None),
        (f"{JSON}; charset=iso-8859-1", None),
        ("text/html", None),
        ("text/event-stream", None),
        (f"{JSON};q=nan", None),
        (f"{JSON};q=1e5", None),
        (f"{JSON};q=2", None),
        (f"{JSON};q=0.0001", None),
        (f"{JSON};q=١", None),
        (",;=;,", None),
        (f"{JSON}," + "a/b," * 300, None),
    ],
)
def test_client_gets_the_type_it_likes_best(accept: str, expected: MediaType | None) -> None:
    assert media_type_for(Headers(raw=[(b"accept", accept.encode())] if accept else [])) is expected


def test_several_accept_headers_count_as_one() -> None:
    raw = [(b"accept", b"application/json;q=0.1"), (b"accept", GRAPHQL.encode())]
    assert media_type_for(Headers(raw=raw)) is MediaType.GRAPHQL


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_answer_names_its_type_and_charset_and_is_not_stored(toy: Toy, accept: str) -> None:
    for query in ("{hello}", "{nope}", "{crash}"):
        response = await toy.ask(query, accept=accept)
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["vary"] == "Accept, Accept-Language"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_urql_is_answered_at_once_and_not_as_a_stream(toy: Toy) -> None:
    response = await toy.ask("{hello}", accept=URQL)
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert response.json()["data"] == {"hello": "hello world"}


async def test_client_that_accepts_neither_type_is_told_which_there_are(toy: Toy) -> None:
    response = await toy.ask('mutation{change(input:{givenName:"x"})}', accept="text/html")
    assert response.status_code == 406
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert codes(response) == ["BAD_USER_INPUT"]
    assert GRAPHQL in response.json()["errors"][0]["message"]
    assert toy.contexts == []


@pytest.mark.parametrize(
    ("query", "variables", "graphql_status", "json_status"),
    [
        ("{hello}", None, 200, 200),
        ("{crash}", None, 200, 200),
        ("{fatal}", None, 200, 200),
        ("{", None, 400, 200),
        ("{nope}", None, 400, 200),
        ("query($n:Int!){people(first:$n){totalCount}}", {"n": "x"}, 400, 200),
        ("query A{hello} query B{hello}", None, 400, 200),
        ("{a:people(first:100){nodes{friends(first:100){nodes{id}}}}}", None, 400, 200),
        ("subscription{ticks}", None, 400, 200),
        ("", None, 400, 400),
        ("{hello}", [], 400, 400),
        ("mutation{throttled}", None, 429, 429),
        ("{ended}", None, 401, 401),
    ],
)
async def test_status_tells_the_outcome(
    toy: Toy, query: str, variables: object, graphql_status: int, json_status: int
) -> None:
    assert (await toy.ask(query, variables, accept=GRAPHQL)).status_code == graphql_status
    assert (await toy.ask(query, variables, accept=JSON)).status_code == json_status
