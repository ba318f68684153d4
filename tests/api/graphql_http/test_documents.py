"""Each document is parsed, measured and validated once, however often it is sent."""

import asyncio

from tests.api.graphql_http.toy import Toy

QUERY = "query($n:Int){people(first:$n){nodes{id}}}"


async def test_second_request_finds_the_document_read_and_validated() -> None:
    toy = Toy()
    await toy.ask(QUERY, {"n": 1})
    document = toy.schema.queries.read(QUERY)
    errors = document.errors
    misses = toy.schema.queries.read.cache_info().misses
    for size in range(1, 6):
        response = await toy.ask(QUERY, {"n": size})
        assert len(response.json()["data"]["people"]["nodes"]) == size
    assert misses == toy.schema.queries.read.cache_info().misses == 1
    assert toy.schema.queries.read(QUERY) is document
    assert document.errors is errors is not None


async def test_invalid_document_is_remembered_as_invalid() -> None:
    toy = Toy()
    answers = [(await toy.ask("{nope}")).content for _ in range(3)]
    assert len(set(answers)) == 1
    assert toy.schema.queries.read.cache_info().misses == 1


async def test_documents_beyond_a_limit_take_no_place() -> None:
    toy = Toy()
    await toy.ask("{" + " ".join(f"a{n}:hello" for n in range(31)) + "}")
    assert toy.schema.queries.read.cache_info().currsize == 0


async def test_stranger_does_not_make_a_document_valid_for_a_caller_or_the_reverse() -> None:
    toy = Toy()
    invalid = "{viewer{name}}"
    for token in (None, "good", None):
        response = await toy.ask(invalid, token=token)
        assert ("as it stands" in response.text) is (token is None)


async def test_requests_at_once_keep_their_variables_apart() -> None:
    toy = Toy()
    answers = await asyncio.gather(*[toy.ask(QUERY, {"n": 1 + number % 20}) for number in range(60)])
    assert [len(a.json()["data"]["people"]["nodes"]) for a in answers] == [1 + number % 20 for number in range(60)]
