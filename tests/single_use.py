"""What the system tells of the single-use processes that this one asks for. Linux only."""

import asyncio
import os
from pathlib import Path

from adapters import fork_server


def single_use_processes() -> set[int]:
    """Those that are still there: forked from this process's servers, or started by it where it has none."""
    own = _children(os.getpid())
    servers = {process for process in own if fork_server.__name__.encode() in told(process, "cmdline")}
    return (own - servers).union(*map(_children, servers))


async def all_have_ended_since(before: set[int]) -> None:
    """Wait until none is left that was not there before. One whose start was given up ends by itself, soon after."""
    async with asyncio.timeout(60):
        while single_use_processes() - before:  # noqa: ASYNC110  the system tells of it in no other way
            await asyncio.sleep(0.005)


def told(process: int, name: str) -> bytes:
    """What anybody may read of a process; nothing once it has ended."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


def is_there(process: int) -> bool:
    """Whether it runs. One that has ended and is not taken leave of is not there."""
    return told(process, "stat").rpartition(b")")[2][1:2] not in (b"", b"Z", b"X")


def _children(process: int) -> set[int]:
    listed = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    return {int(number) for line in listed for number in line.split()}
