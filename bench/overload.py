"""`python -m bench.overload [sqlite|postgres]`: what is still answered when five times as much is asked as can be.

One API process on 127.0.0.1. First so many connections ask as fast as they are answered, which gives the most that the
process can. Then requests are sent at five times that rate, whether earlier ones were answered or not. Counted are the
right answers in time; health and signing in are asked beside it all the while.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from time import perf_counter

from bench.asking import Day, access_token, calendar_body, graphql_request, plain_request, sign_in_body
from bench.practice import found_and_fill
from bench.stage import HOST, KINDS, Deployment, migrated_database, run_until_term, running, scratch_folder

TIMES = 5
CONNECTIONS = 16
# As many as the generator opens at most: a client that finds none free asks no more, like a browser.
MOST_CONNECTIONS = 600
SECONDS = 8.0
# A right answer that comes later is of no use to anybody.
PATIENCE = 5.0
BETWEEN_PROBES = 2.0
LEAST_GOODPUT = 0.8


@dataclass
class Count:
    """What came back: seconds of the right answers, and how many of the other kinds."""

    good: list[float] = field(default_factory=list)
    refused: int = 0
    other: int = 0
    not_sent: int = 0

    def p99(self) -> float:
        """Milliseconds."""
        times = sorted(self.good)
        return times[ceil(len(times) * 0.99) - 1] * 1000 if times else float("inf")


class Connections:
    """Connections that are kept, opened when none is free."""

    def __init__(self, port: int, most: int = MOST_CONNECTIONS) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._left = most

    async def ask(self, request: bytes, count: Count) -> None:
        """Send it, and count what comes back."""
        if not self._free and self._left <= 0:
            count.not_sent += 1
            return
        began = perf_counter()
        reader, writer = self._free.pop() if self._free else await self._open()
        try:
            async with asyncio.timeout(2 * PATIENCE):
                writer.write(request)
                status = await _status(reader)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            count.other += 1
            self._left += 1
            writer.close()
            return
        self._free.append((reader, writer))
        took = perf_counter() - began
        if status == 200 and took <= PATIENCE:
            count.good.append(took)
        elif status == 503:
            count.refused += 1
        else:
            count.other += 1

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._left -= 1
        return await asyncio.open_connection(HOST, self._port)

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return int(head.split(b" ", 2)[1])


async def capacity(port: int, request: bytes) -> Count:
    """So many connections, each asking again as soon as it is answered."""
    count, connections = Count(), Connections(port)
    until = perf_counter() + SECONDS

    async def one() -> None:
        while perf_counter() < until:
            await connections.ask(request, count)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    connections.close()
    return count


async def overload(port: int, request: bytes, rate: float, at_end: Callable[[], None]) -> Count:
    """Requests at this rate per second, whatever becomes of the earlier ones; `at_end` is called when time is over."""
    count, connections = Count(), Connections(port)
    began, sent = perf_counter(), 0
    asked: set[asyncio.Task[None]] = set()
    while (passed := perf_counter() - began) < SECONDS:
        while sent < passed * rate:
            sent += 1
            task = asyncio.create_task(connections.ask(request, count))
            asked.add(task)
            task.add_done_callback(asked.discard)
        await asyncio.sleep(0.005)
    within = len(count.good)
    at_end()
    await asyncio.gather(*asked)
    del count.good[within:]  # what was answered after the time is not counted
    connections.close()
    return count


@asynccontextmanager
async def probed(port: int, request: bytes, count: Count) -> AsyncIterator[None]:
    """Ask this now and then, on connections of its own."""
    connections = Connections(port)

    async def probe() -> None:
        while True:
            await connections.ask(request, count)
            await asyncio.sleep(BETWEEN_PROBES)

    probing = asyncio.create_task(probe())
    try:
        yield
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing
        connections.close()


def cpu_seconds(pid: int) -> float:
    """What the process has used of the processors until now. Other programs on the machine change it little."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(kind: str) -> float:
    """Prints what came of it; the goodput as a share of what the process can."""
    async with scratch_folder() as folder, migrated_database(kind, folder) as url:
        deployment = Deployment(url, folder)
        await found_and_fill(deployment, 2_000)
        api = deployment.api()
        async with running(api):
            port = deployment.api_port
            token = await access_token(port)
            request = graphql_request(port, calendar_body(Day.of(datetime.now(UTC))), token)
            used = [cpu_seconds(api.pid)]
            most = len((await capacity(port, request)).good) / SECONDS
            used.append(cpu_seconds(api.pid))
            health, signing_in = Count(), Count()
            async with (
                probed(port, plain_request(port, "/readyz"), health),
                probed(port, graphql_request(port, sign_in_body()), signing_in),
            ):
                count = await overload(port, request, TIMES * most, lambda: used.append(cpu_seconds(api.pid)))
    share = len(count.good) / SECONDS / most
    print(f"{kind}: {share:.2f} of {most:.0f} answers a second at {TIMES} times the load")
    per_cpu = len(count.good) / (used[2] - used[1]) / (most * SECONDS / (used[1] - used[0]))
    print(f"  {per_cpu:.2f} of the answers a second of processor time, which other programs don't change")
    print(f"  processor seconds: {used[1] - used[0]:.1f}, then {used[2] - used[1]:.1f}")
    print(f"  answered {len(count.good)} (p99 {count.p99():.0f} ms), refused {count.refused}", end="")
    print(f", other {count.other}, not sent for want of a connection {count.not_sent}")
    print(f"  readyz p99 {health.p99():.0f} ms, not 200 {health.refused + health.other}")
    print(f"  sign-in p99 {signing_in.p99():.0f} ms, not 200 {signing_in.refused + signing_in.other}")
    return share


async def main(kinds: list[str]) -> int:
    """1 if the goodput of one of them is too small."""
    shares = [await measure(kind) for kind in kinds]
    return 0 if min(shares) >= LEAST_GOODPUT else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    sys.exit(run_until_term(main(parser.parse_args().databases or list(KINDS))))
