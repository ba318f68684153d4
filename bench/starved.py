"""`python -m bench.starved [--seconds S]`: do several processes of a program live with a quarter of a core?

API and portal are started with two processes each, one program after the other. All of a program's processes may run
on one core only, for 25 of every 100 milliseconds; the other 75 they are stopped. uvicorn asks each process for a sign
of life, and ends those that give none. Prints when the program answered first and how many of its processes were given
up. Exit 1 if one was, or if an answer is missing. Linux only.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx2

from bench.stage import HOST, Deployment, ProcessFailed, migrated_database, run_until_term, scratch_folder
from tests.ports import free_port

_PROGRAM = Path(sys.executable).with_name("vestibule")
RUNS, RESTS = 0.025, 0.075
# A start takes about three processors' seconds here, so twelve seconds; a busy machine takes longer.
_PATIENCE = 240.0
_OF_AN_ANSWER = 30.0
_GIVEN_UP = "died"


@dataclass(frozen=True)
class Starved:
    """What became of one program."""

    ready_after: float
    answered: int
    asked: int
    given_up: int


async def starve(name: str, seconds: float) -> Starved:
    """Start a program with two processes, keep it short of the processor for so long after it is ready, and end it."""
    async with scratch_folder() as folder, migrated_database("sqlite", folder) as url:
        port, said = free_port(), folder / "said"
        environment = {**Deployment(url, folder).environment, "PYTHONDONTWRITEBYTECODE": ""}
        async with (
            _quartered((name, "--workers", "2", "--port", str(port)), environment, said) as process,
            httpx2.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=_OF_AN_ANSWER) as client,
        ):
            began = monotonic()
            async with asyncio.timeout(_PATIENCE):
                while not await _answers(client):
                    if process.returncode is not None:
                        raise ProcessFailed(f"{name} ended with {process.returncode}: {said.read_text()}")
                    await asyncio.sleep(0.1)
            ready_after = monotonic() - began
            answers = []
            while monotonic() - began < ready_after + seconds:
                answers.append(await _answers(client))
                await asyncio.sleep(0.5)
        return Starved(ready_after, sum(answers), len(answers), said.read_text().count(_GIVEN_UP))


@asynccontextmanager
async def _quartered(
    arguments: tuple[str, ...], environment: Mapping[str, str], said: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program whose processes together have a quarter of one core."""
    with said.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            _PROGRAM, *arguments, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    # What it starts later inherits this.
    os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    stopping = asyncio.create_task(_stop_again_and_again(process.pid))
    try:
        yield process
    finally:
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _stop_again_and_again(group: int) -> None:
    while True:
        os.killpg(group, signal.SIGSTOP)
        await asyncio.sleep(RESTS)
        os.killpg(group, signal.SIGCONT)
        await asyncio.sleep(RUNS)


async def _answers(client: httpx2.AsyncClient) -> bool:
    try:
        answer = await client.get("/readyz")
    except httpx2.TransportError:
        return False
    return answer.status_code == 200


async def _report(seconds: float) -> int:
    failed = False
    for name in ("api", "portal"):
        one = await starve(name, seconds)
        print(
            f"{name:<8} ready after {one.ready_after:.0f} s; {one.answered} of {one.asked} answers in {seconds:.0f} s;"
            f" {one.given_up} processes given up",
            flush=True,
        )
        failed |= one.given_up > 0 or one.answered < one.asked
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.starved", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    sys.exit(run_until_term(_report(parser.parse_args().seconds)))
