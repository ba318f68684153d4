"""What people who sign in cost the others, and what a full calendar costs them.

`python -m bench.sign_in [--contacts N] [sqlite|postgres]` prints how long a person waits who signs in, alone and beside
32 connections that read the calendar without a pause, by turns. The first half is part of `python -m bench`.
"""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from bench.asking import access_token
from bench.disturbance import Disturbed, by_turns
from bench.full_calendar import CONNECTIONS, IN_A_ROUND, ROUNDS, full_calendar
from bench.practice import Founded, found_and_fill
from bench.stage import KINDS, Deployment, migrated_database, run_until_term, running, scratch_folder

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


@dataclass(frozen=True)
class Waited:
    """Medians in milliseconds, and how many calendars a second were answered meanwhile."""

    alone: float
    beside: float
    calendars: float


async def wait_of_a_person(deployment: Deployment, founded: Founded) -> Waited:
    """Somebody signs in again and again, one after another, by turns alone and beside the full calendar."""
    alone: list[float] = []
    beside: list[float] = []
    answered: list[float] = []
    async with running(deployment.api()):
        for _ in range(ROUNDS):
            alone += await _sign_ins(deployment.api_port, IN_A_ROUND)
            # A new one for each round: nobody has more than some dozen sessions, and the oldest ends.
            token = await access_token(deployment.api_port)
            async with full_calendar(deployment, founded, token) as per_second:
                beside += await _sign_ins(deployment.api_port, IN_A_ROUND)
            answered += per_second
    return Waited(median(alone), median(beside), median(answered))


async def _sign_ins(port: int, number: int) -> list[float]:
    taken = []
    for _ in range(number):
        began = perf_counter()
        await access_token(port)
        taken.append((perf_counter() - began) * 1000)
    return taken


async def _report(kinds: Sequence[str], contacts: int) -> None:
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            waited = await wait_of_a_person(deployment, await found_and_fill(deployment, contacts))
        times = f"alone {waited.alone:.0f} ms, beside {CONNECTIONS} calendars {waited.beside:.0f} ms"
        print(f"{kind}: {times}, {waited.beside / waited.alone:.1f} times; {waited.calendars:.0f} calendars a second")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--contacts", type=int, default=20_000)
    chosen = parser.parse_args()
    run_until_term(_report(chosen.databases or KINDS, chosen.contacts))
