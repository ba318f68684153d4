"""Traps 2, 6, 7 and 10: what an error says, what it carries, and what it keeps to itself."""

import json
import logging

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

from api.server.errors import code_errors
from tests.api.graphql_http.toy import SECRET, Toy, codes


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", None),
        ("{nope}", None),
        ("{people{}}", None),
        ("{}", None),
        ("{hello(name:1)}", None),
        ("query($n:Int!){people(first:$n){totalCount}}", {"n": "x"}),
        ("query($n:Int!){people(first:$n){totalCount}}", {}),
        ("query($n:Int!){people(first:$n){totalCount}}", {"n": 2**31}),
        ("mutation($i:PersonInput!){change(input:$i)}", {"i": {"givenName": "x", "age": "old"}}),
        ("query($n:Nope){hello}", None),
        ("query A{hello} query A{hello}", None),
        ("{...F} fragment F on Query{...F}", None),
        ("{hello} {hello}", None),
        ("type Query{a:Int}", None),
    ],
)
async def test_request_error_is_coded_and_has_no_data(toy: Toy, query: str, variables: object) -> None:
    response = await toy.ask(query, variables)
    assert response.status_code == 400
    assert set(codes(response)) == {"BAD_USER_INPUT"}
    assert "data" not in response.json()


async def test_error_in_a_nullable_field_keeps_the_rest_and_in_a_required_one_keeps_null(toy: Toy) -> None:
    partial = await toy.ask("{hello crash}")
    assert (partial.status_code, partial.json()["data"]) == (200, {"hello": "hello world", "crash": None})
    whole = await toy.ask("{hello fatal}")
    assert (whole.status_code, whole.json()["data"]) == (200, None)
    assert "data" in whole.json()


@pytest.mark.parametrize("field", ["crash", "fatal", "number"])
async def test_unexpected_error_shows_and_logs_an_id_and_no_word_of_what_it_said(
    toy: Toy, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs, caplog.at_level(logging.DEBUG):
        response = await toy.ask(f"query Sensitive{{myAlias:{field}}}")
    assert codes(response) == ["INTERNAL"]
    [error] = response.json()["errors"]
    assert error["path"] == ["myAlias"]
    assert error["message"].startswith("Something went wrong on our side.")
    [entry] = logs
    assert entry["event"] == "graphql.unexpected"
    assert entry["correlation_id"] == error["extensions"]["correlationId"]
    assert entry["field"] == field
    assert "traceback" in entry
    for text in (json.dumps(entry), caplog.text, response.text):
        for secret in (SECRET, "Nora", "K7MP4TQX"):
            assert secret not in text
    assert "Sensitive" not in json.dumps(entry)
    assert "myAlias" not in json.dumps(entry)


async def test_log_names_the_exception_its_cause_and_the_line(toy: Toy) -> None:
    with capture_logs() as logs:
        await toy.ask("{crash}")
    assert logs[0]["exception"] == "builtins.RuntimeError < builtins.KeyError"
    assert "toy.py" in logs[0]["traceback"]
    assert "in crash" in logs[0]["traceback"]


async def test_refused_requests_log_nothing(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs, caplog.at_level(logging.DEBUG):
        await toy.ask("query Sensitive($n:Int!){people(first:$n){totalCount}}", {"n": SECRET})
        await toy.ask("{refuse(kind:OTHER)}")
        await toy.ask("{")
    assert logs == []
    assert [record for record in caplog.records if record.name != "httpx2"] == []  # the client's own


@pytest.mark.parametrize(
    ("kind", "extensions"),
    [("TOO_MANY", {"code": "RATE_LIMITED", "retryAfterSeconds": 90}), ("OTHER", {"code": "BAD_USER_INPUT"})],
)
async def test_refusal_that_reaches_the_top_becomes_what_the_schema_makes_of_it(
    toy: Toy, kind: str, extensions: dict[str, object]
) -> None:
    response = await toy.ask(f"{{refuse(kind:{kind})}}")
    [error] = response.json()["errors"]
    assert error["extensions"] == extensions
    assert error["path"] == ["refuse"]
    assert (response.status_code, response.json()["data"]) == (200, {"refuse": None})


async def test_throttled_operation_is_429_and_says_when_to_come_back(toy: Toy) -> None:
    for query in ("mutation{throttled}", "{refuseAll(kind:TOO_MANY)}"):
        response = await toy.ask(query)
        assert (response.status_code, response.headers["retry-after"]) == (429, "90")
        assert codes(response) == ["RATE_LIMITED"]
    partial = await toy.ask("{hello refuse(kind:TOO_MANY)}")
    assert (partial.status_code, partial.headers["retry-after"]) == (200, "90")


async def test_session_that_ended_meanwhile_is_401(toy: Toy) -> None:
    response = await toy.ask("{ended}")
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{helo}", None),
        ("{hello(nam:1)}", None),
        ("{viewer ...F} fragment F on Persn{name}", None),
        ("query($i:PersonInputt){hello}", None),
        ("{refuse(kind:OTHR)}", None),
        ("{hello @skp(if:true)}", None),
        ('mutation{change(input:{givenNam:"x",givenName:"y"})}', None),
        ("mutation($i:PersonInput!){change(input:$i)}", {"i": {"givenNam": "x", "givenName": "y"}}),
        ("query($k:Refusal!){refuse(kind:$k)}", {"k": "OTHR"}),
    ],
)
async def test_nothing_is_suggested(toy: Toy, query: str, variables: object) -> None:
    first = await toy.ask(query, variables)
    again = await toy.ask(query, variables)
    assert first.status_code == 400
    assert "did you mean" not in first.text.lower()
    assert first.content == again.content


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (
            "mutation($i:PersonInput!){change(input:$i)}",
            {"i": {"age": 5, "password": "correct horse"}},
            "Variable '$i' has invalid value: Expected value of type 'PersonInput' to include required field"
            " 'givenName'.",
        ),
        (
            'mutation{change(input:{age:5,givenName:"x",givenNme:"correct horse"})}',
            None,
            "Expected value of type 'PersonInput' not to include unknown field 'givenNme'.",
        ),
        (
            "mutation($i:PersonInput!){change(input:$i)}",
            {"i": "correct horse"},
            "Variable '$i' has invalid value: Expected value of type 'PersonInput' to be an object.",
        ),
    ],
)
async def test_input_with_a_mistake_is_not_repeated_whole(
    toy: Toy, query: str, variables: object, message: str
) -> None:
    response = await toy.ask(query, variables)
    assert response.json()["errors"][0]["message"] == message
    assert "horse" not in response.text


async def test_argument_that_only_fails_while_running_is_the_clients_mistake(toy: Toy) -> None:
    response = await toy.ask("query($k:Refusal=OTHER){hello refuse(kind:$k)}", {"k": None})
    assert codes(response) == ["BAD_USER_INPUT"]
    assert response.json()["data"] == {"hello": "hello world", "refuse": None}


def test_coding_twice_changes_nothing() -> None:
    error = GraphQLError("Cannot query field 'x' on type 'Y'. Did you mean 'z'?")
    code_errors([error])
    request_key = error.formatted
    code_errors([error])
    assert (
        error.formatted
        == request_key
        == {
            "message": "Cannot query field 'x' on type 'Y'.",
            "extensions": {"code": "BAD_USER_INPUT"},
        }
    )
