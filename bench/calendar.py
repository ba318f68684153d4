"""The day's calendar: the API beside hand-written endpoints on the same data, by turns."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx2

from bench import cpu
from bench.asking import Day, access_token, ask, calendar_body, graphql_request, plain_request
from bench.load import Order, Result, measure
from bench.mercurius import mercurius
from bench.practice import Founded
from bench.stage import Child, Deployment, running
from tests.ports import HOST, free_port

CONNECTIONS = (1, 32)
PAGES = (50, 100)


API, HEAVY, LEAN, MERCURIUS = "API", "hand-written", "lean", "Mercurius"
"""The API, the two yardsticks of `bench.handwritten`, and where it is asked for `bench.mercurius`."""


@dataclass(frozen=True)
class Contestant:
    """One endpoint: its process, and what it is sent."""

    child: Child
    port: int
    request: bytes


@dataclass(frozen=True)
class Turn:
    """One measurement of one endpoint, and the processor's milliseconds for each request: its own, and PostgreSQL's."""

    result: Result
    cpu: float
    postgres_cpu: float


@dataclass(frozen=True)
class Medians:
    """One endpoint's rounds in one line. Times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    postgres_cpu: float

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> "Medians":
        return cls(
            median(turn.result.per_second for turn in turns),
            median(turn.result.p50 for turn in turns),
            median(turn.result.p99 for turn in turns),
            median(turn.cpu for turn in turns),
            median(turn.postgres_cpu for turn in turns),
        )


@dataclass(frozen=True)
class Compared:
    """The outcome for one database, one length of page and one number of connections, by endpoint."""

    database: str
    page: int
    connections: int
    medians: Mapping[str, Medians]
    shares: Mapping[str, float]
    """The API's requests per second as a share of each yardstick's: the median of the rounds' ratios."""


async def compare(
    kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float, node: bool = False
) -> list[Compared]:
    """The whole comparison on one filled database; each measurement takes `seconds` and half a second to warm up.

    `node`: with Mercurius, which only knows PostgreSQL.
    """
    compared: list[Compared] = []
    for page in PAGES:
        async with _contest(deployment, founded, page, node=node and kind == "postgres") as contestants:
            url = deployment.database_url
            compared += [
                await _by_turns((kind, page, number), url, contestants, rounds, seconds) for number in CONNECTIONS
            ]
    return compared


@asynccontextmanager
async def _contest(
    deployment: Deployment, founded: Founded, page: int, *, node: bool
) -> AsyncIterator[Mapping[str, Contestant]]:
    """All processes, running, and agreed on the answer."""
    day = Day.of(founded.ground.now)
    body = calendar_body(day, page)
    span = {"from": day.begins.isoformat(), "to": day.ends.isoformat(), "first": page}
    path = f"/day?{urlencode(span)}"
    heavy, lean = (_yardstick(deployment, founded, name, path) for name in ("heavy", "lean"))
    others = {HEAVY: heavy, LEAN: lean}
    api = deployment.api()
    if node:
        child, port = mercurius(deployment, founded)
        others[MERCURIUS] = Contestant(child, port, graphql_request(port, body))
    async with running(api, *(other.child for other in others.values())):
        token = await access_token(deployment.api_port)
        ours = await ask(deployment.api_port, body, token)
        for yardstick in (heavy, lean):
            _agree(ours, await _read(yardstick.port, path), page)
        if node:
            _agree(ours, await ask(others[MERCURIUS].port, body), page)
        asked = graphql_request(deployment.api_port, body, token)
        yield {API: Contestant(api, deployment.api_port, asked), **others}


def _yardstick(deployment: Deployment, founded: Founded, name: str, path: str) -> Contestant:
    port, practice = free_port(), founded.organization
    settings = (str(port), deployment.database_url, str(practice.id), practice.time_zone, name)
    arguments = ("-m", "bench.handwritten", *settings)
    child = Child(name, arguments, deployment.environment, deployment.folder, port)
    return Contestant(child, port, plain_request(port, path))


async def _read(port: int, path: str) -> Any:
    async with httpx2.AsyncClient(timeout=30) as client:
        return json.loads((await client.get(f"http://{HOST}:{port}{path}")).content)["data"]


def _agree(ours: Any, theirs: Any, page: int) -> None:
    """Raise unless both say the same, of as many appointments as were asked for."""
    if ours != theirs or len(ours["appointments"]["nodes"]) != page:
        raise RuntimeError("the API and a hand-written endpoint answer differently")


async def _by_turns(
    case: tuple[str, int, int],
    database_url: str,
    contestants: Mapping[str, Contestant],
    rounds: int,
    seconds: float,
) -> Compared:
    kind, page, connections = case
    turns: dict[str, list[Turn]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            turns[name].append(await _turn(contestant, database_url, connections, seconds))
    shares = {
        name: median(ours.result.per_second / theirs.result.per_second for ours, theirs in pairs)
        for name in contestants
        if name != API and (pairs := list(zip(turns[API], turns[name], strict=True)))
    }
    return Compared(kind, page, connections, {name: Medians.of(each) for name, each in turns.items()}, shares)


async def _turn(contestant: Contestant, database_url: str, connections: int, seconds: float) -> Turn:
    began = cpu.of_process(contestant.child.pid), cpu.of_postgres(database_url)
    result = await measure(Order.of(contestant.port, contestant.request, connections, seconds))
    ended = cpu.of_process(contestant.child.pid), cpu.of_postgres(database_url)
    own, postgres = ((after - before) / result.answered for before, after in zip(began, ended, strict=True))
    return Turn(result, own, postgres)
