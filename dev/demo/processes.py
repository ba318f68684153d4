"""Several processes as one: they start together, and when one ends, or we are told to end, all end."""

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
# How long a part may take to end by itself before it is killed.
END_SECONDS = 5


@dataclass(frozen=True)
class Part:
    """One process: what it is called, the command's arguments, and the address that then answers, if any."""

    name: str
    arguments: tuple[str, ...]
    answers_at: str | None = None


@dataclass(frozen=True)
class Running:
    """A part that was started, and where its log is."""

    part: Part
    process: asyncio.subprocess.Process
    log: Path


async def run_together(
    parts: Sequence[Part], environment: Mapping[str, str], logs: Path, when_up: Callable[[], None]
) -> None:
    """Start every part, call `when_up` once all answer, and return when INT, TERM or HUP came and all have ended.

    Raises `CommandFailed` if a part ends by itself or doesn't come up; the others have ended by then.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    logs.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once, before anything runs
    running: list[Running] = []
    try:
        for part in parts:
            # One by one: what was started must be known to whoever ends it.
            running.append(await _start(part, environment, logs))  # noqa: PERF401
        await _until_stopped(running, stop, when_up)
    finally:
        await _end(running)


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
            # Ctrl-C in the terminal reaches us alone; we end the parts in our own time.
            start_new_session=True,
        )
    return Running(part, process, log)


async def _until_stopped(running: Sequence[Running], stop: asyncio.Event, when_up: Callable[[], None]) -> None:
    stopped = asyncio.create_task(stop.wait())
    up = asyncio.create_task(_all_answer(running))
    ends = {asyncio.create_task(each.process.wait()): each for each in running}
    try:
        done, _ = await asyncio.wait({stopped, up, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if up in done and not stopped.done():
            up.result()
            when_up()
            done, _ = await asyncio.wait({stopped, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if stopped not in done:
            raise CommandFailed(_why(next(each for task, each in ends.items() if task in done)))
    finally:
        for task in (stopped, up, *ends):
            task.cancel()


def _why(ended: Running) -> str:
    lines = ended.log.read_text(encoding="utf-8", errors="replace").split("\n")
    last_word = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    code = ended.process.returncode
    return f"the {ended.part.name} ended by itself (exit {code}), so all ended. Log: {ended.log}; it ends: {last_word}"


async def _all_answer(running: Sequence[Running]) -> None:
    for each in running:
        try:
            async with asyncio.timeout(START_SECONDS):
                while each.part.answers_at and not await _answers(each.part.answers_at):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise CommandFailed(
                f"the {each.part.name} did not come up within {START_SECONDS} s: see {each.log}"
            ) from None


async def _answers(address: str) -> bool:
    """Whether a GET is answered with success."""
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


async def _end(running: Sequence[Running]) -> None:
    for each in running:
        _signal(each, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            await asyncio.gather(*(each.process.wait() for each in running))
    for each in running:
        _signal(each, signal.SIGKILL)
        await each.process.wait()


def _signal(each: Running, number: signal.Signals) -> None:
    if each.process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        # The part leads a group of its own: what it started ends with it.
        os.killpg(each.process.pid, number)
