"""More requests than the API can take are refused at once with 503 and a code. Health and sign-in go on."""

import asyncio

import httpx2
from tortoise.transactions import in_transaction

from api.too_busy import lane_of
from runtime.database import open_database
from runtime.http.load_shedding import PLACES, Lane
from tests.api.client import Client
from tests.factories.metrics import metric

USUAL = PLACES[Lane.USUAL]
BEYOND = 7


async def hold(held: asyncio.Event, go: asyncio.Event) -> None:
    """Keep the only connection to the database, so that nothing is answered that needs it."""
    async with in_transaction():
        held.set()
        await go.wait()


async def test_requests_beyond_the_queue_are_refused_and_the_others_answered(
    sqlite_database: str, stranger: Client
) -> None:
    asking = stranger.holding("made-up")
    held, go = asyncio.Event(), asyncio.Event()
    async with open_database(sqlite_database):
        holding = asyncio.create_task(hold(held, go))
        await held.wait()
        number = USUAL.at_once + USUAL.waiting + BEYOND
        tasks = [asyncio.create_task(asking.post("{ viewer { __typename } }")) for _ in range(number)]
        left = set(tasks)
        refused: list[httpx2.Response] = []
        while len(refused) < BEYOND:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            refused += [task.result() for task in done]
        assert (await stranger.http.get("/healthz")).status_code == 200
        assert metric((await stranger.http.get("/metrics")).text, "vestibule_too_busy_total") == BEYOND
        signing_out = asyncio.create_task(stranger.post("mutation { signOut { __typename } }"))
        go.set()
        answers = [(await task).status_code for task in tasks]
        assert (await signing_out).status_code != 503
        await holding
    error = refused[0].json()["errors"][0]["extensions"]
    assert (refused[0].headers["retry-after"], error) == ("5", {"code": "UNAVAILABLE", "retryAfterSeconds": 5})
    assert {answer.status_code for answer in refused} == {503}
    # Those that worked had no place to wait for.
    assert answers.count(401) >= USUAL.at_once
    assert set(answers) == {401, 503}


def test_only_what_bounds_itself_or_is_asked_by_operators_is_never_refused() -> None:
    def lane(path: str, *headers: tuple[bytes, bytes]) -> Lane | None:
        return lane_of({"path": path, "headers": headers})

    assert [lane(path) for path in ("/healthz", "/readyz", "/uploads")] == [None] * 3
    assert lane("/graphql") is Lane.SIGN_IN
    assert lane("/graphql", (b"authorization", b"Bearer x")) is Lane.USUAL
    assert lane("/files/x") is Lane.USUAL
