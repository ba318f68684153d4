"""Runs several processes together: when one of them ends or a signal arrives, all are stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runtime.commands.failures import CommandFailed

START_SECONDS = 60
# How long a part may take to exit after SIGTERM before it is killed.
STOP_SECONDS = 5


@dataclass(frozen=True)
class Part:
    """One process: its name, the command's arguments, and the URL that answers once it is ready, if any."""

    name: str
    arguments: tuple[str, ...]
    health_url: str | None = None


@dataclass(frozen=True)
class Running:
    """A part that was started, with its log file."""

    part: Part
    process: asyncio.subprocess.Process
    log: Path


async def run_together(
    parts: Sequence[Part], environment: Mapping[str, str], logs: Path, on_ready: Callable[[], None]
) -> None:
    """Start every part, call `on_ready` when all answer, and stop all after SIGINT, SIGTERM or SIGHUP.

    Raises `CommandFailed` if a part exits or does not start in time, after stopping the others.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    logs.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once, before anything runs
    running: list[Running] = []
    try:
        for part in parts:
            # Appended one by one, so that a failure stops the parts that were started.
            running.append(await _start(part, environment, logs))  # noqa: PERF401
        await _supervise(running, stop, on_ready)
    finally:
        await _stop_all(running)


async def _start(part: Part, environment: Mapping[str, str], logs: Path) -> Running:
    log = logs / f"{part.name.lower().replace(' ', '-')}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dev.demo.child",
            *part.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(environment),
            # Ctrl-C in the terminal signals only this process, which then stops the parts.
            start_new_session=True,
        )
    return Running(part, process, log)


async def _supervise(running: Sequence[Running], stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
    stopped = asyncio.create_task(stop.wait())
    up = asyncio.create_task(_wait_until_healthy(running))
    ends = {asyncio.create_task(each.process.wait()): each for each in running}
    try:
        done, _ = await asyncio.wait({stopped, up, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if up in done and not stopped.done():
            up.result()
            on_ready()
            done, _ = await asyncio.wait({stopped, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if stopped not in done:
            raise CommandFailed(_exit_message(next(each for task, each in ends.items() if task in done)))
    finally:
        for task in (stopped, up, *ends):
            task.cancel()


def _exit_message(ended: Running) -> str:
    lines = ended.log.read_text(encoding="utf-8", errors="replace").split("\n")
    last_word = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    code = ended.process.returncode
    return f"the {ended.part.name} ended by itself (exit {code}), so all ended. Log: {ended.log}; it ends: {last_word}"


async def _wait_until_healthy(running: Sequence[Running]) -> None:
    for each in running:
        try:
            async with asyncio.timeout(START_SECONDS):
                while each.part.health_url and not await _is_healthy(each.part.health_url):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise CommandFailed(
                f"the {each.part.name} did not come up within {START_SECONDS} s: see {each.log}"
            ) from None


async def _is_healthy(address: str) -> bool:
    """Whether a GET request returns 200."""
    parts = urlsplit(address)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    try:
        writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
    return status.split(b" ")[1:2] == [b"200"]


async def _stop_all(running: Sequence[Running]) -> None:
    for each in running:
        _signal(each, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await asyncio.gather(*(each.process.wait() for each in running))
    for each in running:
        _signal(each, signal.SIGKILL)
        await each.process.wait()


def _signal(each: Running, number: signal.Signals) -> None:
    if each.process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        # The part leads its own process group, so that its child processes get the signal too.
        os.killpg(each.process.pid, number)
