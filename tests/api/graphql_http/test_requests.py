"""Traps 3, 4, 5 and 12: what is refused before anything runs, and that it is refused as a GraphQL error."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.graphql_http.toy import GRAPHQL, JSON, Toy, codes
from tests.campaign import rounds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"true",
        b"1",
        b'"x"',
        b"[]",
        b'[{"query":"{hello}"}]',
        b"{}",
        b'{"query":null}',
        b'{"query":1}',
        b'{"query":""}',
        b'{"query":{}}',
        b'{"query":"{hello}","variables":[]}',
        b'{"query":"{hello}","variables":"{}"}',
        b'{"query":"{hello}","variables":1}',
        b'{"query":"{hello}","operationName":1}',
        b'{"query":"{hello}","operationName":{}}',
        b'{"query":"{hello}","extensions":[]}',
        b'{"query":"{hello}","extensions":"x"}',
        b'{"query":"{hello}","variables":{"x":NaN}}',
        b'{"query":"{hello}","variables":{"x":Infinity}}',
        b'{"query":"{hello}","variables":{"x":-Infinity}}',
        b'{"query":"{hello}","variables":{"x":1e999}}',
        b'{"query":"{hello}","query":"{bye}"}',
        b'{"query":"{hello}","variables":{"x":1,"x":2}}',
        b'{"query":"{hello}","variables":{"x":' + b"9" * 5_000 + b"}}",
        b'{"query":"{hello}","variables":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"query":"{hello}","variables":{"x":' + b"[" * 100 + b"]" * 100 + b"}}",
        b'{"query":"{hello}","variables":{"x":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}}",
        b'{"query":"{hello}"} {"query":"{hello}"}',
        b'\xef\xbb\xbf{"query":"{hello}"}',
        '{"query":"{hello}"}'.encode("utf-16"),
        b'{"query":"{hello(name:\\"\xff\\")}"}',
        b'{"query":"{hello(name:\\"\xed\xa0\x80\\")}"}',
        b'{"query":"query($n:String!){hello(name:$n)}","variables":{"n":"\\ud800"}}',
        b'{"query":"query($n:String!){hello(name:$n)}","variables":{"n":"a\\u0000b"}}',
        b'{"query":"{hello}","variables":{"a\\u0000b":1}}',
    ],
)
async def test_malformed_body_is_refused_in_either_type_before_anything_runs(toy: Toy, body: bytes) -> None:
    for accept in (GRAPHQL, JSON):
        response = await toy.send(body, accept=accept)
        assert response.status_code == 400
        assert codes(response) == ["BAD_USER_INPUT"]
        assert "data" not in response.json()
    assert toy.contexts == []


async def test_nul_in_a_literal_is_refused_however_it_is_written(toy: Toy) -> None:
    for escape in (r"\u0000", r"\u{0}"):
        response = await toy.ask('{hello(name:"a' + escape + 'b")}')
        assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


async def test_escapes_that_are_honest_text_arrive_as_written(toy: Toy) -> None:
    query = b'{"query":"query($n:String!){hello(name:$n)}","variables":{"n":"\\ud83d\\ude00 \\\\u0000 \\u0141"}}'
    response = await toy.send(query)
    assert response.json()["data"] == {"hello": "hello 😀 \\u0000 Ł"}


async def test_parameters_may_be_null_or_left_out(toy: Toy) -> None:
    for more in ({}, {"operationName": None}, {"variables": None, "extensions": None}, {"variables": {}, "other": 1}):
        response = await toy.send(json.dumps({"query": "{hello}", **more}).encode())
        assert response.json()["data"] == {"hello": "hello world"}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("query", ["", '"query":null,', '"query":"",'])
async def test_hash_without_its_query_gets_what_apollos_clients_understand(toy: Toy, query: str, accept: str) -> None:
    named = '"extensions":{"persistedQuery":{"version":1,"sha256Hash":"' + "0f" * 32 + '"}}'
    response = await toy.send(("{" + query + named + "}").encode(), accept=accept)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}},
        ]
    }
    assert toy.contexts == []
    response = await toy.send(('{"query":"{hello}",' + named + "}").encode(), accept=accept)
    assert response.json()["data"] == {"hello": "hello world"}


async def test_hash_without_its_query_does_not_hide_a_bad_token(toy: Toy) -> None:
    body = b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}'
    response = await toy.send(body, authorization="Bearer bad")
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_answered(toy: Toy, method: str) -> None:
    headers = {"authorization": "Bearer good", "accept": GRAPHQL}
    response = await toy.client.request(method, "/graphql?query={hello}", headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert method == "HEAD" or codes(response) == ["BAD_USER_INPUT"]
    assert toy.contexts == []


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
        "application/json, text/plain",
        "application/json; charset=utf-16",
    ],
)
async def test_other_content_types_are_refused(toy: Toy, content_type: str) -> None:
    response = await toy.send(b'{"query":"{hello}"}', content_type=content_type)
    assert (response.status_code, codes(response)) == (415, ["BAD_USER_INPUT"])
    assert toy.contexts == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
async def test_json_in_utf8_is_taken_however_it_is_spelt(toy: Toy, content_type: str) -> None:
    response = await toy.send(b'{"query":"{hello}"}', content_type=content_type)
    assert response.json()["data"] == {"hello": "hello world"}


async def test_two_content_types_and_compressed_bodies_are_refused(toy: Toy) -> None:
    assert (await toy.send(b"x", content_encoding="gzip")).status_code == 415
    headers = [("authorization", "Bearer good"), ("content-type", JSON), ("content-type", "text/plain")]
    response = await toy.client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert response.status_code == 415


async def test_body_over_the_limit_is_refused_by_its_claim_and_while_it_arrives() -> None:
    toy = Toy(max_body_bytes=1_000)
    read: list[int] = []

    async def flood() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b" " * 100

    claimed = await toy.send(b" " * 1_001)
    assert (claimed.status_code, codes(claimed)) == (413, ["BAD_USER_INPUT"])
    headers = {"authorization": "Bearer good", "accept": GRAPHQL, "content-type": JSON}
    streamed = await toy.client.post("/graphql", content=flood(), headers=headers)
    assert (streamed.status_code, codes(streamed)) == (413, ["BAD_USER_INPUT"])
    whole = await toy.send(b'{"query":"{hello}"}'.ljust(1_000))
    assert whole.status_code == 200


async def test_several_operations_need_a_name_and_the_named_one_runs(toy: Toy) -> None:
    document = 'query A{hello(name:"a")} query B{hello(name:"b")}'
    response = await toy.ask(document)
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert "data" not in response.json()
    assert (await toy.ask(document, operationName="B")).json()["data"] == {"hello": "hello b"}
    for unknown in ("C", ""):
        assert codes(await toy.ask(document, operationName=unknown)) == ["BAD_USER_INPUT"]


async def test_document_without_an_operation_is_refused(toy: Toy) -> None:
    response = await toy.ask("fragment F on Query{hello}")
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


async def test_subscription_over_post_is_refused(toy: Toy) -> None:
    response = await toy.ask("subscription{ticks}")
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert "data" not in response.json()
    assert toy.contexts == []


async def test_batches_are_refused(toy: Toy) -> None:
    response = await toy.send(b'[{"query":"{hello}"},{"query":"{hello}"}]')
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.binary(max_size=200) | st.fixed_dictionaries(
    {"query": st.sampled_from(["{hello}", "query($n:Int){people(first:$n){totalCount}}", "{", "{nope}"]) | JSON_VALUES},
    optional={"variables": JSON_VALUES | st.dictionaries(st.just("n"), JSON_VALUES), "operationName": JSON_VALUES},
).map(lambda value: json.dumps(value).encode())
HEADER = st.sampled_from([GRAPHQL, JSON, "*/*", ""]) | st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60
)


@pytest.mark.campaign
@settings(max_examples=rounds(150, 10_000))
@given(body=BODIES, accept=HEADER, content_type=st.just(JSON) | HEADER)
async def test_no_request_is_our_failure(body: bytes, accept: str, content_type: str) -> None:
    response = await TOY.send(body, accept=accept, content_type=content_type)
    assert response.status_code < 500
    answer = response.json()
    assert "INTERNAL" not in response.text
    assert "data" in answer or codes(response)


TOY = Toy()
