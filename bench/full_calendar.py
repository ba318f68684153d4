"""A calendar that is read without a pause, beside which something else is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.asking import Day, calendar_body, graphql_request
from bench.load import Order, measure
from bench.practice import Founded
from bench.stage import Deployment

CONNECTIONS = 32
ROUNDS = 3
IN_A_ROUND = 12
# What is measured ends before the reading does.
_SECONDS = 10.0
# Before the first thing is measured, so that the calendar is under way.
_UNDER_WAY = 1.5


@asynccontextmanager
async def full_calendar(deployment: Deployment, founded: Founded, token: str) -> AsyncIterator[list[float]]:
    """The calendar is read during the block. Afterwards the list holds how many were answered a second.

    Raises `RuntimeError` if it was read to its end before the block ended.
    """
    request = graphql_request(deployment.api_port, calendar_body(Day.of(founded.ground.now)), token)
    load = asyncio.create_task(measure(Order.of(deployment.api_port, request, CONNECTIONS, _SECONDS)))
    per_second: list[float] = []
    await asyncio.sleep(_UNDER_WAY)
    yield per_second
    if load.done():
        raise RuntimeError("the calendar was read to its end before the last of them was done")
    per_second.append((await load).per_second)
