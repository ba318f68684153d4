"""`python -m bench.enumeration`: can time tell whether an address is known? For every door that takes one.

Requests about addresses nobody knows and about seven kinds of known ones go out by turns, to real processes. Printed is
how well time tells them apart: the probability that a known address takes longer than an unknown one (the area under
the ROC curve, by Mann and Whitney). 0.5 is chance; 0.45 to 0.55 is what issue 3 asks for. With 2 × 300 requests chance
alone strays by 0.024 (one standard deviation); the median of the rounds is printed beside it.

`--each` measures every kind by itself, which takes seven times as long.
"""

import argparse
import asyncio
import random
import sys
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from time import monotonic, perf_counter

import httpx2

from bench.practice import services_of
from bench.stage import (
    KINDS,
    VESTIBULE,
    Child,
    Deployment,
    migrated_database,
    run_until_term,
    running,
    scratch_folder,
)
from runtime.database import open_database
from tests.factories import open_practice
from tests.ports import HOST, free_port
from tests.security.doors import DOORS, Door, Doorstep
from tests.security.kinds_of_address import Kind, addresses, make_people

SLUG = "willow-creek"
PAIRS = 300
ROUNDS = 3
ALLOWED = 0.05
# Doors that write letters answer on a beat and mostly wait; so several stand there at once.
AT_ONCE = 6

_networks = count(1)


@dataclass(frozen=True)
class Asked:
    """One request to come: an address, and whether anything is behind it."""

    known: bool
    address: str


@dataclass
class Times:
    """Seconds that answers took."""

    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)

    def add(self, other: "Times") -> None:
        self.known += other.known
        self.unknown += other.unknown


def auc(unknown: Sequence[float], known: Sequence[float]) -> float:
    """The probability that a known address takes longer than an unknown one; equal times count half."""
    ordered = sorted(unknown)
    wins = sum((bisect_left(ordered, time) + bisect_right(ordered, time)) / 2 for time in known)
    return wins / (len(unknown) * len(known))


async def interleaved(door: Door, step: Doorstep, asked: Sequence[Asked], *, at_once: int) -> Times:
    """Ask in this order, so many at once, each from a network of its own; only the answer's time counts."""
    await door.open(step)
    times, turn = Times(), asyncio.Semaphore(at_once)

    async def ask(one: Asked) -> None:
        number = next(_networks)
        network = {"X-Forwarded-For": f"198.{18 + number // 62500}.{number // 250 % 250}.{number % 250}"}
        async with turn:
            began = perf_counter()
            answer = await door.knock(step, one.address, network)
            took = perf_counter() - began
        if answer.status_code not in (200, 303, 422):
            raise RuntimeError(f"{door.name} answered {answer.status_code}")
        (times.known if one.known else times.unknown).append(took)

    await asyncio.gather(*map(ask, asked))
    return times


def by_turns(strangers: Sequence[str], known: Sequence[Sequence[str]]) -> list[Asked]:
    """An unknown address and a known one, each once, in pairs of random order; the kinds of known ones take turns."""
    in_turn = [address for several in zip(*known, strict=True) for address in several]
    asked: list[Asked] = []
    for stranger, address in zip(strangers, in_turn, strict=False):
        asked += random.sample([Asked(False, stranger), Asked(True, address)], 2)
    return asked


@dataclass(frozen=True)
class Measured:
    """One door: over all requests, and by rounds."""

    door: str
    kinds: str
    whole: float
    rounds: tuple[float, ...]
    seconds: float

    @property
    def tells(self) -> bool:
        return abs(self.whole - 0.5) > ALLOWED


async def measure(door: Door, step: Doorstep, kinds: str, asked: Sequence[Asked]) -> Measured:
    """Ask about all these addresses, in rounds."""
    at_once = AT_ONCE if door.writes_to else 1
    whole, rounds = Times(), []
    size = 2 * -(-len(asked) // (2 * ROUNDS))
    for start in range(0, len(asked), size):
        times = await interleaved(door, step, asked[start : start + size], at_once=at_once)
        rounds.append(auc(times.unknown, times.known))
        whole.add(times)
    return Measured(door.name, kinds, auc(whole.unknown, whole.known), tuple(rounds), median(whole.unknown))


@asynccontextmanager
async def doorstep(deployment: Deployment) -> AsyncIterator[Doorstep]:
    """Both faces as processes of their own, believing the bench when it says where a request comes from."""
    portal_port = free_port()
    environment = deployment.environment | {
        "VESTIBULE_PORTAL_URL": f"http://{HOST}:{portal_port}",
        "VESTIBULE_TRUSTED_PROXIES": HOST,
    }
    faces = [
        Child(name, (*VESTIBULE, name, "--host", HOST, "--port", str(port)), environment, deployment.folder, port)
        for name, port in (("api", deployment.api_port), ("portal", portal_port))
    ]
    async with (
        running(*faces),
        httpx2.AsyncClient(base_url=f"http://{HOST}:{deployment.api_port}", timeout=60) as api,
        httpx2.AsyncClient(base_url=f"http://{HOST}:{portal_port}", timeout=60) as portal,
    ):
        yield Doorstep(SLUG, api, portal)


async def run(database: str, pairs: int, *, each: bool, only: str = "") -> list[Measured]:
    """Every door, or those whose name holds `only`, on one kind of database."""
    known = [kind for kind in Kind if kind is not Kind.UNKNOWN]
    groups = {kind.name.lower(): [kind] for kind in known} if each else {"all seven": known}
    people = -(-pairs // max(map(len, groups.values())))
    measured: list[Measured] = []
    async with scratch_folder() as folder, migrated_database(database, folder) as url:
        deployment = Deployment(url, folder)
        await _fill(deployment, people)
        async with doorstep(deployment) as step:
            for number, door in enumerate(DOORS):
                if only not in door.name:
                    continue
                # The first answers of a process are slower than those after them.
                warm_up = [Asked(False, address) for address in addresses(Kind.UNKNOWN, f"{number:02}w", 10)]
                await interleaved(door, step, warm_up, at_once=1)
                for group, (names, kinds) in enumerate(groups.items()):
                    strangers = addresses(Kind.UNKNOWN, f"{number:02}{group}", pairs)
                    asked = by_turns(strangers, [addresses(kind, f"{number:02}k", people) for kind in kinds])
                    measured.append(await measure(door, step, names, asked))
                    _print(measured[-1])
    return measured


async def _fill(deployment: Deployment, people: int) -> None:
    """People of their own for each door: asking changes what some addresses are, and letters are rationed."""
    services = services_of(deployment)
    async with open_database(deployment.database_url):
        practice = await open_practice(services, SLUG)
        elsewhere = await open_practice(services, "harbor-house", name="Harbor House")
        for number in range(len(DOORS)):
            await make_people(practice, elsewhere, f"{number:02}k", people)


_ROW = "  {:<28} {:<12} {:>6} {:>8} {:>14} {:>8}  {}"


def _print(one: Measured) -> None:
    spread = f"{min(one.rounds):.2f} … {max(one.rounds):.2f}"
    verdict = "tells them apart" if one.tells else "ok"
    figures = (f"{one.whole:.3f}", f"{median(one.rounds):.3f}", spread, f"{one.seconds * 1000:.0f} ms", verdict)
    print(_ROW.format(one.door, one.kinds, *figures), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.enumeration")
    parser.add_argument("database", nargs="?", default="postgres", choices=KINDS)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="known and unknown addresses, each so many, per door")
    parser.add_argument("--only", default="", metavar="TEXT", help="the doors whose name holds this, such as signIn")
    parser.add_argument("--each", action="store_true", help="each kind of known address by itself")
    arguments = parser.parse_args()
    began = monotonic()
    print(f"{arguments.database}, 2 × {arguments.pairs} requests a door\n")
    print(_ROW.format("door", "known", "AUC", "median", "of rounds", "answer", ""))
    measured = run_until_term(run(arguments.database, arguments.pairs, each=arguments.each, only=arguments.only))
    told = [one for one in measured if one.tells]
    print(f"\n{len(told)} of {len(measured)} stray from 0.5 by more than {ALLOWED}. Took {monotonic() - began:.0f} s.")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
