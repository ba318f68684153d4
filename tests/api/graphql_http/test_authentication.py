"""Trap 17: who asks is settled before what they ask is looked at, and strangers learn no names."""

import pytest

from tests.api.graphql_http.toy import GRAPHQL, SECRET, Toy, codes

BODIES = [b"", b"{", b'{"query":"{hello}"}', b'{"query":"{"}', b'{"query":"{nope}"}', b"x" * 2_000_000, b"\xff"]


async def test_bad_token_has_the_same_answer_whatever_the_body(toy: Toy) -> None:
    answers = [await toy.send(body, authorization="Bearer expired") for body in BODIES]
    answers.append(await toy.send(BODIES[2], authorization="Bearer expired", content_type="text/plain"))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.content for answer in answers}) == 1
    assert codes(answers[0]) == ["UNAUTHENTICATED"]
    assert toy.contexts == []


@pytest.mark.parametrize(
    "query",
    [
        "{hello}",
        "{hello viewer}",
        "{a:hello}",
        "{viewer:hello}",
        "{...F} fragment F on Query{viewer ...G} fragment G on Query{hello}",
        "{... on Query{...{hello}}}",
        "{viewer ...@include(if:false){hello}}",
        "{hello @skip(if:true)}",
        "{__schema{types{name}}}",
        '{__type(name:"Query"){name}}',
        '{viewer __type(name:"Query"){name}}',
        'mutation{change(input:{givenName:"x"})}',
        'mutation{signIn(password:"x") change(input:{givenName:"x"})}',
        "{nameThatDoesNotExist}",
        "subscription{ticks}",
        "query A{viewer} query B{hello}",
    ],
)
async def test_stranger_may_only_select_public_fields(toy: Toy, query: str) -> None:
    response = await toy.ask(query, token=None, operationName="B" if "query B" in query else None)
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["www-authenticate"] == "Bearer"
    assert "data" not in response.json()
    assert toy.contexts == []


async def test_stranger_is_told_the_same_about_known_and_unknown_fields(toy: Toy) -> None:
    known = await toy.ask("{hello}", token=None)
    unknown = await toy.ask("{hellp}", token=None)
    assert known.content == unknown.content


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{viewer}", {"viewer": None}),
        ("{__typename}", {"__typename": "Query"}),
        ('mutation{signIn(password:"abc")}', {"signIn": "3 characters"}),
        ("query A{viewer} query B{hello}", {"viewer": None}),
        ("{...F} fragment F on Query{who:viewer}", {"who": None}),
    ],
)
async def test_stranger_may_run_public_operations(toy: Toy, query: str, data: object) -> None:
    response = await toy.ask(query, token=None, operationName="A" if "query B" in query else None)
    assert (response.status_code, response.json()["data"]) == (200, data)


PROBES: list[tuple[str, dict[str, object] | None]] = [
    ("mutation{signIn}", None),
    ('mutation{signIn(pasword:"x")}', None),
    ("mutation{signIn(password:1)}", None),
    ("{viewer{name}}", None),
    ("{viewer ...F} fragment F on Person{viewer}", None),
    ("{viewer ...F} fragment F on Persan{viewer}", None),
    ("query($x:PersonInput){viewer}", {"x": {}}),
    ("query($x:PersonInput){viewer @skip(if:$x)}", None),
    ("mutation($p:String!){signIn(password:$p)}", {"p": {}}),
    ("mutation($p:String!){signIn(password:$p)}", None),
]


@pytest.mark.parametrize(("query", "variables"), PROBES)
async def test_stranger_is_not_told_what_is_wrong_with_a_request(toy: Toy, query: str, variables: object) -> None:
    response = await toy.ask(query, variables, token=None)
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert "data" not in response.json()
    assert len(response.json()["errors"]) == 1
    assert response.json()["errors"][0]["message"] == (
        "This request can't be carried out as it stands. Sign in to learn why."
    )
    assert "locations" not in response.json()["errors"][0]


@pytest.mark.parametrize(("query", "variables"), PROBES)
async def test_in_development_and_with_a_token_it_is_told(toy: Toy, query: str, variables: object) -> None:
    open_toy = Toy(explain_when_signed_out=True)
    for response in (await open_toy.ask(query, variables, token=None), await toy.ask(query, variables)):
        assert (response.status_code, set(codes(response))) == (400, {"BAD_USER_INPUT"})
        assert "as it stands" not in response.text


async def test_stranger_is_told_about_syntax_and_limits_which_name_nothing(toy: Toy) -> None:
    syntax = await toy.ask("{viewer", token=None)
    assert syntax.json()["errors"][0]["message"].startswith("Syntax Error")
    aliases = await toy.ask("{" + " ".join(f"a{n}:viewer" for n in range(40)) + "}", token=None)
    assert codes(aliases) == ["TOO_COMPLEX"]


async def test_failing_authentication_is_masked_and_a_throttled_one_says_when(toy: Toy) -> None:
    broken = await toy.ask("{hello}", token="broken")
    assert (broken.status_code, codes(broken)) == (500, ["INTERNAL"])
    assert SECRET not in broken.text
    throttled = await toy.ask("{hello}", token="throttled")
    assert (throttled.status_code, codes(throttled)) == (429, ["RATE_LIMITED"])
    assert throttled.headers["retry-after"] == "120"


async def test_caller_reaches_the_resolvers(toy: Toy) -> None:
    assert (await toy.ask("{viewer}", accept=GRAPHQL)).json()["data"] == {"viewer": "Visitor"}
