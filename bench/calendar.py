"""The day's calendar: the API beside a hand-written endpoint on the same data, by turns."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx2

from bench.asking import APPOINTMENTS, Day, access_token, ask, calendar_body, graphql_request, plain_request
from bench.load import Order, Result, measure
from bench.practice import Founded
from bench.stage import Child, Deployment, running
from tests.ports import HOST, free_port

CONNECTIONS = (1, 32)


@dataclass(frozen=True)
class Contest:
    """Both endpoints over one database: what each is sent, and where."""

    api_port: int
    api_request: bytes
    hand_port: int
    hand_request: bytes


@dataclass(frozen=True)
class Medians:
    """One endpoint's rounds in one line. Times in milliseconds."""

    per_second: float
    p50: float
    p99: float

    @classmethod
    def of(cls, rounds: Sequence[Result]) -> "Medians":
        return cls(
            median(result.per_second for result in rounds),
            median(result.p50 for result in rounds),
            median(result.p99 for result in rounds),
        )


@dataclass(frozen=True)
class Compared:
    """The outcome for one database and one number of connections. `share`: the median of the rounds' ratios."""

    database: str
    connections: int
    api: Medians
    hand: Medians
    share: float


async def compare(
    kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float
) -> list[Compared]:
    """The whole comparison on one filled database; each measurement takes `seconds` and half a second to warm up."""
    async with _contest(deployment, founded) as opened:
        return [await _by_turns(kind, opened, number, rounds, seconds) for number in CONNECTIONS]


@asynccontextmanager
async def _contest(deployment: Deployment, founded: Founded) -> AsyncIterator[Contest]:
    """Both processes, running, and agreed on the answer."""
    port = free_port()
    practice = founded.organization
    arguments = ("-m", "bench.handwritten", str(port), deployment.database_url, str(practice.id), practice.time_zone)
    hand = Child("hand-written", arguments, deployment.environment, deployment.folder, port)
    day = Day.of(founded.ground.now)
    body = calendar_body(day)
    span = {"from": day.begins.isoformat(), "to": day.ends.isoformat(), "first": APPOINTMENTS}
    path = f"/day?{urlencode(span)}"
    async with running(deployment.api(), hand):
        token = await access_token(deployment.api_port)
        _agree(await ask(deployment.api_port, body, token), await _read(port, path))
        yield Contest(
            deployment.api_port, graphql_request(deployment.api_port, body, token), port, plain_request(port, path)
        )


async def _read(port: int, path: str) -> Any:
    async with httpx2.AsyncClient(timeout=30) as client:
        return json.loads((await client.get(f"http://{HOST}:{port}{path}")).content)["data"]


def _agree(ours: Any, theirs: Any) -> None:
    """Raise unless both say the same, of as many appointments as were asked for."""
    if ours != theirs or len(ours["appointments"]["nodes"]) != APPOINTMENTS:
        raise RuntimeError("the API and the hand-written endpoint answer differently")


async def _by_turns(kind: str, opened: Contest, connections: int, rounds: int, seconds: float) -> Compared:
    api: list[Result] = []
    hand: list[Result] = []
    for _ in range(rounds):
        api.append(await measure(Order.of(opened.api_port, opened.api_request, connections, seconds)))
        hand.append(await measure(Order.of(opened.hand_port, opened.hand_request, connections, seconds)))
    share = median(ours.per_second / theirs.per_second for ours, theirs in zip(api, hand, strict=True))
    return Compared(kind, connections, Medians.of(api), Medians.of(hand), share)
