"""`python -m bench.starting`: what each program takes to start, in seconds of processor time.

The installed command, from its beginning until it says that it is ready, on a migrated SQLite database; of `--help` the
whole. Prints the median and the least of `--rounds N`, which take turns.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import httpx2

from bench.cpu import of_process
from bench.stage import HOST, Deployment, ProcessFailed, migrated_database, run_until_term, scratch_folder
from tests.ports import free_port

_PROGRAM = Path(sys.executable).with_name("vestibule")
# As long as a busy machine may take.
_PATIENCE = 120.0
# What is there before a program has answered for the first time: then it is looked at again.
_GRAIN = 0.01


async def run(rounds: int) -> Mapping[str, list[float]]:
    """Seconds of each program in each round."""
    seconds: dict[str, list[float]] = {}
    async with scratch_folder() as folder, migrated_database("sqlite", folder) as url:
        # As installed: with what Python keeps of a module that it has compiled, which some machines forbid.
        environment = {**Deployment(url, folder).environment, "PYTHONDONTWRITEBYTECODE": ""}
        for _ in range(rounds):
            for name, arguments, path in (
                ("api", ("api", "--port"), "/readyz"),
                ("portal", ("portal", "--port"), "/readyz"),
                ("worker", ("worker",), "/healthz"),
            ):
                taken = await _until_ready(arguments, path, environment)
                seconds.setdefault(name, []).append(taken)
            seconds.setdefault("--help", []).append(await _whole(("--help",), environment))
    return seconds


async def _until_ready(arguments: tuple[str, ...], path: str, environment: Mapping[str, str]) -> float:
    port = free_port()
    listen = {"VESTIBULE_WORKER_LISTEN": f"{HOST}:{port}"}
    given = [*arguments, str(port)] if "--port" in arguments else list(arguments)
    process = await asyncio.create_subprocess_exec(
        _PROGRAM,
        *given,
        env={**environment, **listen},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://{HOST}:{port}") as client, asyncio.timeout(_PATIENCE):
            while not await _answers(client, path):
                if process.returncode is not None:
                    raise ProcessFailed(f"{arguments[0]} ended with {process.returncode}")
                await asyncio.sleep(_GRAIN)
        return of_process(process.pid) / 1000
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(client: httpx2.AsyncClient, path: str) -> bool:
    try:
        answer = await client.get(path)
    except httpx2.TransportError:
        return False
    return answer.status_code == 200


async def _whole(arguments: tuple[str, ...], environment: Mapping[str, str]) -> float:
    before = os.times()
    process = await asyncio.create_subprocess_exec(
        _PROGRAM, *arguments, env=dict(environment), stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise ProcessFailed(f"{arguments[0]} ended with {process.returncode}")
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


async def _report(rounds: int) -> None:
    for name, seconds in (await run(rounds)).items():
        print(f"{name:<8} {median(seconds):5.2f} s, the least {min(seconds):.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.starting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    run_until_term(_report(parser.parse_args().rounds))
