"""What people who sign in cost the others: the calendar's slowest answers at rest, and while passwords are hashed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from bench.asking import Day, access_token, calendar_body, graphql_request
from bench.load import Order, Result, measure
from bench.practice import Founded
from bench.stage import Deployment, running

PER_SECOND = 3
# Below this the product's own throttle for one network address stays open: 100 in 15 minutes.
MOST_SIGN_INS = 80
# One person at a screen: what is measured is the wait of somebody else.
_CONNECTIONS = 1


@dataclass(frozen=True)
class Disturbed:
    """Milliseconds at rest and during sign-ins; `sign_ins` were answered meanwhile."""

    database: str
    rest_p50: float
    rest_p99: float
    busy_p50: float
    busy_p99: float
    sign_ins: int


async def disturb(kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float) -> Disturbed:
    """By turns at rest and with three sign-ins a second, in one run on one filled database."""
    if rounds * (seconds + 1.5) * PER_SECOND > MOST_SIGN_INS:
        raise ValueError("so many sign-ins from one address would be refused")
    rest: list[Result] = []
    busy: list[Result] = []
    sign_ins = 0
    async with running(deployment.api()):
        token = await access_token(deployment.api_port)
        request = graphql_request(deployment.api_port, calendar_body(Day.of(founded.ground.now)), token)
        order = Order.of(deployment.api_port, request, _CONNECTIONS, seconds)
        for _ in range(rounds):
            rest.append(await measure(order))
            async with _people_signing_in(deployment.api_port) as signed_in:
                busy.append(await measure(order))
            sign_ins += len(signed_in)
    return Disturbed(
        kind,
        median(result.p50 for result in rest),
        median(result.p99 for result in rest),
        median(result.p50 for result in busy),
        median(result.p99 for result in busy),
        sign_ins,
    )


@asynccontextmanager
async def _people_signing_in(port: int) -> AsyncIterator[list[str]]:
    """Three a second, each answered; the list holds a token for each."""
    signed_in: list[str] = []

    async def one() -> None:
        signed_in.append(await access_token(port))

    async def on_and_on() -> None:
        async with asyncio.TaskGroup() as people:
            while True:
                people.create_task(one())
                await asyncio.sleep(1 / PER_SECOND)

    task = asyncio.create_task(on_and_on())
    try:
        yield signed_in
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
