"""What an operation costs, by its document and its variables."""

import pytest
from graphql import OperationDefinitionNode, parse

from api.server.cost import CostOfDocument
from tests.api.graphql_http.toy import PAGE_SIZES, Toy, codes


async def cost(toy: Toy, query: str, variables: object = None) -> int:
    response = await toy.ask(query, variables)
    shown = response.json()["extensions"]["cost"]
    assert shown["maximum"] == 10_000
    assert isinstance(shown["requested"], int)
    return int(shown["requested"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{hello}", 1),
        ("{hello viewer}", 2),
        ("{people{totalCount}}", 2),
        ("{people{nodes{id}}}", 1 + 20 * 2),
        ("{people(first:5){nodes{id}}}", 1 + 5 * 2),
        ("{people(last:5){nodes{id}}}", 1 + 5 * 2),
        ("{people(first:null){nodes{id}}}", 1 + 20 * 2),
        ("{people(first:5){edges{cursor node{id}} pageInfo{endCursor}}}", 1 + 5 * 4 + 2),
        ("{people(first:5){...F}} fragment F on PersonConnection{nodes{id}}", 1 + 5 * 2),
        ("{people(first:5){... on PersonConnection{nodes{id}}}}", 1 + 5 * 2),
        ("{people(first:5){nodes{friends(first:4){nodes{id}}}}}", 1 + 5 * (1 + 1 + 4 * 2)),
        ("{people(first:5){nodes{relatives{id}}}}", 1 + 5 * (1 + 1 + 10)),
        ('{nodes(ids:["a","b","c"]){id}}', 1 + 3),
        ("{people(first:5){nodes{id @skip(if:true)}}}", 1 + 5 * 2),
        ("{a:people(first:5){...F} b:people(first:7){...F}} fragment F on PersonConnection{nodes{id}}", 2 + 12 * 2),
        ("{__typename}", 1),
    ],
)
async def test_field_costs_one_and_rows_count_as_often_as_they_come(toy: Toy, query: str, expected: int) -> None:
    assert await cost(toy, query) == expected


@pytest.mark.parametrize(
    ("declaration", "variables", "rows"),
    [
        ("$n:Int", {"n": 7}, 7),
        ("$n:Int", {"n": None}, 20),
        ("$n:Int", {}, 20),
        ("$n:Int=9", {}, 9),
        ("$n:Int=9", {"n": 7}, 7),
        ("$n:Int", {"n": 10**9}, 100),
        ("$n:Int", {"n": -5}, 0),
        ("$n:Int", {"n": "many"}, 100),
    ],
)
async def test_page_sizes_come_from_the_variables(toy: Toy, declaration: str, variables: object, rows: int) -> None:
    query = f"query({declaration}){{people(first:$n){{...F ...F}}}} fragment F on PersonConnection{{nodes{{id}}}}"
    assert await cost(toy, query, variables) == 1 + 2 * rows * 2


async def test_number_of_ids_comes_from_the_variables(toy: Toy) -> None:
    assert await cost(toy, "query($ids:[ID!]!){nodes(ids:$ids){id}}", {"ids": ["a", "b", "c"]}) == 1 + 3


async def test_refusal_by_cost_depends_on_the_variables_of_this_request(toy: Toy) -> None:
    query = "query($n:Int!){people(first:$n){nodes{friends(first:$n){nodes{id}}}}}"
    small = await toy.ask(query, {"n": 10})
    large = await toy.ask(query, {"n": 100})
    assert (small.status_code, large.status_code) == (200, 400)
    assert codes(large) == ["TOO_COMPLEX"]
    assert large.json()["extensions"]["cost"] == {"requested": 1 + 100 * 2 + 100 * 100 * 2, "maximum": 10_000}


async def test_rows_that_doubling_fragments_spread_count_at_each_spread(toy: Toy) -> None:
    fragments = " ".join(f"fragment F{n} on Person{{...F{n + 1} ...F{n + 1}}}" for n in range(4))
    query = f"query($n:Int){{people(first:$n){{nodes{{...F0}}}}}} {fragments} "
    query += "fragment F4 on Person{friends(first:$n){nodes{id}}}"
    assert await cost(toy, query, {"n": 2}) == 1 + 2 * (1 + 16 * (1 + 2 * 2))


def test_rows_of_variables_are_weighed_once_however_often_they_are_spread(toy: Toy) -> None:
    fragments = " ".join(f"fragment F{n} on Person{{...F{n + 1} ...F{n + 1}}}" for n in range(200))
    document = parse(
        f"query($n:Int){{people{{nodes{{...F0}}}}}} {fragments} "
        "fragment F200 on Person{friends(first:$n){nodes{id}}}"
    )
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    whole = CostOfDocument(toy.schema._schema, document, PAGE_SIZES).of(operation)
    assert whole.given({"n": 3}) == 1 + 20 * (1 + 2**200 * (1 + 3 * 2))
    assert len(whole.rows) == 1


async def test_calendar_of_100_rows_is_well_within_the_maximum(toy: Toy) -> None:
    query = """query($n: Int!) { people(first: $n) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
      id __typename startsAt: name endsAt: name
      facility: friends(first: 1) { nodes { id name } }
      contact: friends(first: 1) { nodes { id name displayName: name givenName: name familyName: name dob: name
        portalStatus: friends(first: 1) { nodes { id state: name icon: name summary: name action: name } } } }
    } } } }"""
    assert await cost(toy, query, {"n": 100}) == 2_605
