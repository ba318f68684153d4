"""Killing the API and the worker while clients work: what `bench.kill` and `bench.kill_signing` share."""

import argparse
import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Generic, TypeVar

import httpx2

from bench.asking import GRAPHQL_JSON
from bench.leftovers import Leftovers
from bench.stage import HOST, KINDS, Child, ProcessFailed, migrated_database, scratch_folder

T = TypeVar("T")
U = TypeVar("U", bound="Turmoil[Any]")
A = TypeVar("A")
C = TypeVar("C", bound=Leftovers)

# One interrupted task in three is given up; the others are sent again.
_GIVE_UP = 1 / 3


@dataclass
class Turmoil(Generic[A]):
    """What the clients and the killer know of each other. `tasks` is how much the clients have to do in all."""

    tasks: int
    kills: int
    chance: random.Random
    settled: int = 0
    given_up: int = 0
    interrupted: int = 0
    killed: list[str] = field(default_factory=list)
    acknowledged: list[A] = field(default_factory=list)
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def settle(self, acknowledged: A | None) -> None:
        """One more task is through, or given up."""
        if acknowledged is None:
            self.given_up += 1
        else:
            self.acknowledged.append(acknowledged)
        async with self.moved:
            self.settled += 1
            self.moved.notify_all()

    async def reached(self, number: int) -> None:
        """Wait until so many are through."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.settled >= number)

    async def kill(self, *victims: tuple[Child, float]) -> None:
        """Kill them in turn, spread over the whole run, and start each anew.

        Beside each process: up to how many seconds after the moment that was picked it is killed.
        """
        for number in range(self.kills):
            # Not before the first is through: all clients are at work then, and something is cut off.
            await self.reached(max(1, self.tasks * number // self.kills))
            victim, spread = victims[number % len(victims)]
            await asyncio.sleep(self.chance.uniform(0, spread))
            if await victim.kill() != -signal.SIGKILL:
                raise ProcessFailed(f"{victim.name} had ended before it was killed: {victim.said()}")
            self.killed.append(victim.name)
            await victim.start()

    async def persist(self, request_key: Callable[[], Awaitable[T]], patience: float) -> T | None:
        """Do it, again after each interruption or not at all; None if given up."""
        until = monotonic() + patience
        while True:
            try:
                return await request_key()
            except httpx2.ConnectError:
                # Nothing listens while the API starts again: no request was begun.
                if monotonic() > until:
                    raise
                await asyncio.sleep(0.05)
            except httpx2.TransportError:
                self.interrupted += 1
                if self.chance.random() < _GIVE_UP:
                    return None


@asynccontextmanager
async def client_of(port: int, token: str, patience: float) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the API that asks one thing after another."""
    headers = {"Authorization": f"Bearer {token}", "Accept": GRAPHQL_JSON, "Content-Type": "application/json"}
    limits = httpx2.Limits(max_keepalive_connections=1)
    async with httpx2.AsyncClient(
        base_url=f"http://{HOST}:{port}", headers=headers, limits=limits, timeout=patience
    ) as client:
        yield client


async def on_each_database(
    kinds: Sequence[str],
    run: Callable[[str, Path], Awaitable[tuple[C, U]]],
    in_words: Callable[[C, U], Mapping[str, int]],
) -> int:
    """Run on fresh databases of these kinds and print what came of it; 1 if anything must not be.

    A run whose kills cut nothing off shows nothing, and is 1, too.
    """
    violations = 0
    for kind in kinds or KINDS:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            count, turmoil = await run(url, folder)
        print(f"{kind}:")
        for words, number in {**in_words(count, turmoil), "violations": len(count.broken)}.items():
            print(f"  {number:>5}  {words}")
        for sentence in count.broken:
            print(f"  VIOLATION: {sentence}")
        if not turmoil.interrupted:
            print("  No request was cut off: kill more often.")
        violations += len(count.broken) + (not turmoil.interrupted)
    return 1 if violations else 0


def parsed(parser: argparse.ArgumentParser, work: str, *, tasks: int, kills: int) -> Any:
    """The arguments of both programs; `work` names what there are so many tasks of."""
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument(f"--{work}", type=int, default=tasks)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seed", type=int, default=2026)
    add_forked(parser)
    arguments = parser.parse_args()
    if not set(arguments.databases) <= set(KINDS) or arguments.kills < 1 or getattr(arguments, work) < 1:
        parser.error(f"give positive numbers, and {' or '.join(KINDS)}")
    return arguments


def add_forked(parser: argparse.ArgumentParser) -> None:
    """The option for how programs are started."""
    parser.add_argument(
        "--forked",
        action="store_true",
        help="fork programs from a process with the libraries loaded: for busy machines",
    )


def child_of(arguments: argparse.Namespace) -> type[Child]:
    """How this run starts its programs."""
    if not arguments.forked:
        return Child
    # Imported here: it starts the process to fork from.
    from tests.journeys.forked_child import ForkedChild

    return ForkedChild
