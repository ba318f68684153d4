"""What people who sign in cost the others: the calendar's slowest answers at rest, and while passwords are hashed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bench.asking import access_token
from bench.disturbance import Disturbed, by_turns
from bench.practice import Founded
from bench.stage import Deployment

PER_SECOND = 3
# Below this the product's own throttle for one network address stays open: 100 in 15 minutes.
MOST_SIGN_INS = 80


async def disturb(kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float) -> Disturbed:
    """By turns at rest and with three sign-ins a second, in one run on one filled database."""
    if rounds * (seconds + 1.5) * PER_SECOND > MOST_SIGN_INS:
        raise ValueError("so many sign-ins from one address would be refused")
    work = partial(_people_signing_in, deployment.api_port)
    return await by_turns(kind, deployment, founded, work, rounds=rounds, seconds=seconds)


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
