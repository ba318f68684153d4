"""Trusted documents: named by id, held to every limit, and the only ones answered where that is asked for."""

from typing import Any

import pytest

from api.server.graphql_http import TrustedDocuments
from tests.api.graphql_http.toy import GRAPHQL, JSON, Toy, codes

HELLO = "query Hello($name: String!) { hello(name: $name) }"
SIGN_IN = "mutation In($password: String!) { signIn(password: $password) }"
DEEP = "{ people { nodes " + "{ friends { nodes " * 9 + "{ name }" + "}}" * 9 + "}}"
DOCUMENTS = {"9f86d0": HELLO, "in-1": SIGN_IN, "deep": DEEP, "stale": "{ gone }"}
NOT_ALONE = TrustedDocuments(DOCUMENTS)
ONLY = TrustedDocuments(DOCUMENTS, ["{ hello }"], only=True)
MODES = [pytest.param(NOT_ALONE, id="beside others"), pytest.param(ONLY, id="only")]


async def ask(toy: Toy, token: str | None = "good", accept: str = GRAPHQL, **body: Any) -> Any:
    headers = {"accept": accept} | ({} if token is None else {"authorization": f"Bearer {token}"})
    return await toy.client.post("/graphql", json=body, headers=headers)


@pytest.mark.parametrize("trusted", MODES)
@pytest.mark.parametrize(
    "named",
    [
        {"documentId": "9f86d0"},
        {"documentId": "sha256:9f86d0"},
        {"documentId": "9f86d0", "query": None},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "9f86d0"}}},
    ],
)
async def test_a_document_is_named_by_id(trusted: TrustedDocuments, named: dict[str, Any]) -> None:
    toy = Toy(trusted=trusted)
    response = await ask(toy, variables={"name": "Ana"}, operationName="Hello", **named)
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello Ana"})


@pytest.mark.parametrize("trusted", MODES)
async def test_an_id_lifts_no_limit_no_validation_and_no_sign_in(trusted: TrustedDocuments) -> None:
    toy = Toy(trusted=trusted)
    refused: list[tuple[dict[str, Any], str | None, int, str]] = [
        ({"documentId": "deep"}, "good", 400, "TOO_COMPLEX"),
        ({"documentId": "stale"}, "good", 400, "BAD_USER_INPUT"),
        ({"documentId": "9f86d0"}, "good", 400, "BAD_USER_INPUT"),
        ({"documentId": "9f86d0", "operationName": "Other"}, "good", 400, "BAD_USER_INPUT"),
        ({"documentId": "9f86d0", "variables": {"name": "Ana"}}, None, 401, "UNAUTHENTICATED"),
        ({"documentId": "9f86d0", "variables": {"name": "Ana"}}, "bad", 401, "UNAUTHENTICATED"),
        ({"documentId": "unknown"}, "bad", 401, "UNAUTHENTICATED"),
    ]
    for body, token, status, code in refused:
        response = await ask(toy, token, **body)
        assert (response.status_code, codes(response)) == (status, [code]), body
    assert (await ask(toy, None, documentId="in-1", variables={"password": "six"})).json()["data"]


@pytest.mark.parametrize("trusted", MODES)
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize("token", ["good", None])
async def test_an_unknown_id_is_refused_with_a_code(
    trusted: TrustedDocuments, accept: str, status: int, token: str | None
) -> None:
    toy = Toy(trusted=trusted)
    response = await ask(toy, token, accept, documentId="9F86D0")
    assert (response.status_code, codes(response)) == (status, ["UNTRUSTED_DOCUMENT"])
    assert "documentId" in response.json()["errors"][0]["message"]
    assert toy.contexts == []


async def test_an_unknown_hash_tells_apollos_clients_to_send_the_query() -> None:
    toy = Toy(trusted=ONLY)
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": "0f"}}
    response = await ask(toy, extensions=hashed)
    assert codes(response) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert codes(await ask(toy, extensions=hashed, query="{ number }")) == ["UNTRUSTED_DOCUMENT"]
    assert (await ask(toy, extensions=hashed, query="{ hello }")).json()["data"] == {"hello": "hello world"}


async def test_only_refuses_every_other_text_by_a_character() -> None:
    toy = Toy(trusted=ONLY)
    for text in ("{ hello  }", "{hello}", "query { hello }", "{ __schema { queryType { name } } }", f"{HELLO} ", "("):
        response = await ask(toy, query=text)
        assert (response.status_code, codes(response)) == (400, ["UNTRUSTED_DOCUMENT"]), text
    assert toy.contexts == []
    for text, variables in (("{ hello }", {}), (HELLO, {"name": "world"})):
        response = await ask(toy, query=text, variables=variables)
        assert response.json()["data"] == {"hello": "hello world"}


async def test_without_only_others_are_answered_beside_them() -> None:
    assert (await ask(Toy(trusted=NOT_ALONE), query="{hello}")).json()["data"] == {"hello": "hello world"}


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": ""},
        {"documentId": 7},
        {"documentId": ["9f86d0"]},
        {"documentId": "9f86d0", "query": "{ hello }"},
        {"query": 7, "documentId": "9f86d0"},
        {"documentId": None},
        {},
        {"extensions": {"persistedQuery": {"sha256Hash": 7}}, "query": 7},
        {"documentId": "9f86d0", "variables": {"name": "\x00"}},
    ],
)
async def test_a_body_that_names_no_document_is_malformed(body: dict[str, Any]) -> None:
    for accept in (GRAPHQL, JSON):
        response = await ask(Toy(trusted=ONLY), accept=accept, **body)
        assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
