"""`python -m bench.states`: is the stored portal state ever another than the computed one? Prints counts.

First a process that does everything that staff and patients can do, in any order, is killed `--kills N` times with
SIGKILL, and all contacts of its practices are compared after each kill. Then come `--steps N` more such steps, compared
after each one. Databases take turns on their own processors: each is a process. Exit 1 on any difference.
"""

import argparse
import asyncio
import logging
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from bench.stage import KINDS, ProcessFailed, migrated_database, run_until_term, scratch_folder
from clinic.organizations.models import Organization
from clinic.portal_access.stored_state import contacts_with_wrong_state
from clinic.records.models import Contact
from clinic.values.errors import ClinicError
from clinic.values.passwords import HashingCost, hashing_at
from clinic.work.unit_of_work import while_nobody_changes
from runtime.database import open_database
from tests.clinic.portal_access.state_model.practice import Practice
from tests.clinic.portal_access.state_model.walk import Stage

STEPS = 50
"""Of one walk, which has a practice of its own."""

# Hypothesis keeps something of each walk of a run, so a run is short.
_WALKS = 40
# A walker is killed in one of its first so many actions, at a moment of the seconds that an action may take.
_MOST_ACTIONS = 60
_SPREAD = 0.01
_PATIENCE = 300.0
# The least that Argon2 allows: nearly all of the time would go into passwords.
_CHEAP = HashingCost(passes=1, memory_kib=8)
_BEGUN, _ENDED = b"(", b")"


@dataclass
class Count:
    """What came of it. Each difference is a sentence."""

    kills: int = 0
    in_an_action: int = 0
    compared: int = 0
    steps: int = 0
    practices: int = 0
    done: "Counter[str]" = field(default_factory=Counter)
    states: "Counter[str]" = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


async def kill_walkers(database_url: str, kills: int, chance: random.Random, count: Count) -> None:
    """Start a walker, kill it at a random moment, and compare all that it left behind."""
    seen: set[UUID] = set()
    async with open_database(database_url):
        for number in range(kills):
            in_an_action = await asyncio.to_thread(_killed_walker, database_url, number, chance)
            count.kills += 1
            count.in_an_action += in_an_action
            organizations = await Organization.all().values_list("id", flat=True)
            for organization_id in (UUID(str(one)) for one in organizations):
                if organization_id not in seen:
                    await _compare(organization_id, count, f"after kill {number + 1}")
                    seen.add(organization_id)


def _killed_walker(database_url: str, number: int, chance: random.Random) -> bool:
    """Whether it was killed in the middle of an action."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.clinic.portal_access.state_model.practice"])
    hears, tells = context.Pipe(duplex=False)
    walker = context.Process(
        target=walk_until_killed, args=(database_url, chance.getrandbits(32), 1_000_000 * (number + 1), tells)
    )
    walker.start()
    tells.close()
    last = b""
    try:
        for _ in range(2 * chance.randint(1, _MOST_ACTIONS) - 1):
            last = _heard(hears)
        walker.join(chance.uniform(0, _SPREAD))
    finally:
        walker.kill()
        walker.join()
    if walker.exitcode != -signal.SIGKILL:
        raise ProcessFailed(f"a walker ended by itself with {walker.exitcode}")
    # The pipe ends with the process, and holds what was told before the kill.
    while last_told := _heard(hears):
        last = last_told
    return last == _BEGUN


def _heard(hears: Connection) -> bytes:
    """The next that a walker tells, or nothing once it has ended."""
    if not hears.poll(_PATIENCE):
        raise ProcessFailed("a walker does nothing any more")
    try:
        return hears.recv_bytes()
    except EOFError:
        return b""


async def _compare(organization_id: UUID, count: Count, when: str) -> None:
    async with while_nobody_changes(organization_id):
        found = await Contact.filter(organization_id=organization_id).values_list("id", flat=True)
        ids = [UUID(str(one)) for one in found]
        wrong = await contacts_with_wrong_state(organization_id, ids)
    count.compared += len(ids)
    if wrong:
        count.differences.append(f"{len(wrong)} of {len(ids)} stored portal states are wrong {when}")


def walk_until_killed(database_url: str, seed: int, first: int, tells: Connection) -> None:
    """The process that is killed. It tells when an action begins and ends."""
    with hashing_at(_CHEAP), _stage(database_url, first) as stage:

        class Told(Practice):
            def __init__(self) -> None:
                super().__init__(stage)

            async def _do(self, done: Callable[[], Awaitable[object]], refusal: str) -> object:
                tells.send_bytes(_BEGUN)
                try:
                    return await done()
                except ClinicError:
                    return None
                finally:
                    tells.send_bytes(_ENDED)

            async def _compare(self, states: list[str]) -> None:
                # Only what the next steps have to know: most of the time shall go into actions.
                await self.real.accounts()
                await self.real.renewed_pins()

        while True:
            _walk(Told, seed, _WALKS)
            seed += 1


def walk(database_url: str, steps: int, seed: int, count: Count) -> None:
    """At least so many steps, unless one leads to a difference."""
    with hashing_at(_CHEAP), _stage(database_url, 1) as stage:

        class Here(Practice):
            def __init__(self) -> None:
                super().__init__(stage)
                count.practices += 1

        began = told = monotonic()
        try:
            while (done := stage.outcomes.total()) < steps:
                _walk(Here, seed, min(_WALKS, 1 + (steps - done) // STEPS))
                seed += 1
                if monotonic() - told > 60:
                    told = monotonic()
                    print(f"  {stage.outcomes.total():,} steps in {told - began:.0f} s", file=sys.stderr, flush=True)
        except AssertionError as difference:
            # The way that led there is among the notes.
            count.differences.append("\n".join([f"{difference} (seed {seed})", *getattr(difference, "__notes__", ())]))
        count.steps, count.done, count.states = stage.outcomes.total(), stage.outcomes, stage.states


def _walk(machine: type[Practice], seed: int, walks: int) -> None:
    run_state_machine_as_test(
        seeded(seed)(machine),
        settings=settings(
            max_examples=walks,
            stateful_step_count=STEPS,
            # A difference is told as it was found: to look for a shorter way to it would take longer than the rest.
            phases=[Phase.generate],
            derandomize=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@contextmanager
def _stage(database_url: str, first: int) -> Iterator[Stage]:
    # Each refusal of a wrong password would be a line.
    logging.disable(logging.WARNING)
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        runner.run(opened.enter_async_context(open_database(database_url)))
        try:
            yield Stage(runner, first)
        finally:
            runner.run(opened.aclose())
            logging.disable(logging.NOTSET)


async def _run(kind: str, steps: int, kills: int, seed: int) -> Count:
    count = Count()
    async with scratch_folder() as folder, migrated_database(kind, folder) as url:
        if kind == "sqlite":
            # Nobody cuts the power here, and waiting for the disk would take most of the time.
            url += "?synchronous=OFF"
        await kill_walkers(url, kills, random.Random(seed), count)
        await asyncio.to_thread(walk, url, steps, seed, count)
    return count


def _told(kind: str, count: Count, seconds: float) -> str:
    refused = sum(number for name, number in count.done.items() if not name.endswith(": done"))
    return "\n".join(
        [
            f"{kind}, in {seconds:.0f} s:",
            f"  {count.kills:>7,}  kills, {count.in_an_action:,} of them in the middle of an action",
            f"  {count.compared:>7,}  contacts compared after them",
            f"  {count.steps:>7,}  steps in {count.practices:,} practices, compared after each; {refused:,} refused",
            *(f"  {number:>7,}  times a contact was {state}" for state, number in sorted(count.states.items())),
            f"  {len(count.differences):>7,}  differences",
            *(f"  DIFFERENCE: {sentence}" for sentence in count.differences),
        ]
    )


def _each_in_a_process(kinds: Sequence[str], given: argparse.Namespace) -> int:
    options = ("--steps", str(given.steps), "--kills", str(given.kills), "--seed", str(given.seed))
    running = [subprocess.Popen([sys.executable, "-m", "bench.states", *options, kind]) for kind in kinds]
    return max(process.wait() for process in running)


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m bench.states", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    kinds = given.databases or KINDS
    if not set(kinds) <= set(KINDS):
        parser.error(f"name {' or '.join(KINDS)}")
    if len(kinds) > 1:
        return _each_in_a_process(kinds, given)
    began = monotonic()
    count = run_until_term(_run(kinds[0], given.steps, given.kills, given.seed))
    print(_told(kinds[0], count, monotonic() - began), flush=True)
    return 1 if count.differences else 0


if __name__ == "__main__":
    sys.exit(main())
