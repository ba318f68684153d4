"""`python -m bench.overload [sqlite|postgres]`: what is still answered when five times as much is asked as can be.

One API process on 127.0.0.1. First so many connections ask as fast as they are answered, which gives the most that the
process can. Then requests are sent at five times that rate, whether earlier ones were answered or not. Counted are the
right answers in time; health and signing in are asked beside it all the while.
"""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from time import perf_counter, process_time
from typing import cast

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
    others: Counter[str] = field(default_factory=Counter)
    not_sent: int = 0

    def note(self, status: int, took: float) -> None:
        if status == 200 and took <= PATIENCE:
            self.good.append(took)
        elif status == 503:
            self.refused += 1
        else:
            self.others["late" if status == 200 else str(status)] += 1

    def p99(self) -> float:
        """Milliseconds."""
        times = sorted(self.good)
        return times[ceil(len(times) * 0.99) - 1] * 1000 if times else float("inf")

    def not_good(self) -> int:
        return self.refused + self.others.total()


class Line(asyncio.Protocol):
    """A connection that asks one thing at a time.

    Without streams and tasks, which would take more of the processor than the server needs for a refusal.
    """

    def __init__(self, at_rest: list["Line"]) -> None:
        self._at_rest = at_rest
        self._transport: asyncio.Transport | None = None
        self._count: Count | None = None
        self._asked = 0.0
        self._answered_at = 0.0
        self._rested = 0.0
        self._received = b""
        self._answered: asyncio.Future[None] | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, count: Count) -> "asyncio.Future[None]":
        """The future is done when an answer has come, or the connection is lost."""
        assert self._transport is not None
        self._count, self._asked, self._received = count, perf_counter(), b""
        self._rested = self._asked - (self._answered_at or self._asked)
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0) and self._count is not None:
            self._count.note(int(head.split(b" ", 2)[1]), perf_counter() - self._asked)
            self._end()
            self._at_rest.append(self)
            self._answered_at = perf_counter()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if self._count is not None:
            # The server ends a connection that has rested for five seconds. The next request may be on its way then.
            self._count.others["cut off after a rest" if self._rested > 4 else "cut off"] += 1
            self._end()
        elif self in self._at_rest:
            self._at_rest.remove(self)

    def _end(self) -> None:
        assert self._answered is not None
        self._count = None
        if not self._answered.done():  # a probe that was ended waits for nothing
            self._answered.set_result(None)

    def close(self) -> None:
        """Whatever is still awaited on it does not come any more."""
        if self._count is not None:
            self._count.others["none"] += 1
            self._end()
        if self._transport is not None:
            self._transport.abort()


class Lines:
    """Connections that are kept, opened when none is at rest."""

    def __init__(self, port: int, most: int = MOST_CONNECTIONS) -> None:
        self._port = port
        self._most = most
        self._at_rest: list[Line] = []
        self._all: set[Line] = set()
        self._opening: set[asyncio.Task[None]] = set()

    async def ask(self, request: bytes, count: Count) -> None:
        """Send it, and wait until what comes back is counted."""
        if self._at_rest:
            await self._at_rest.pop().ask(request, count)
        elif len(self._all) >= self._most and not self._forget_lost():
            count.not_sent += 1
        else:
            line = Line(self._at_rest)
            self._all.add(line)
            await asyncio.get_running_loop().create_connection(lambda: line, HOST, self._port)
            await line.ask(request, count)

    def send(self, request: bytes, count: Count) -> None:
        """The same without waiting."""
        if self._at_rest:
            self._at_rest.pop().ask(request, count)
        else:
            opening = asyncio.create_task(self.ask(request, count))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    def _forget_lost(self) -> bool:
        before = len(self._all)
        self._all = {line for line in self._all if not line.is_lost}
        return len(self._all) < before

    def close(self) -> None:
        for line in self._all:
            line.close()


async def capacity(port: int, request: bytes) -> Count:
    """So many connections, each asking again as soon as it is answered."""
    count, lines = Count(), Lines(port)
    until = perf_counter() + SECONDS

    async def one() -> None:
        while perf_counter() < until:
            await lines.ask(request, count)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    lines.close()
    return count


async def overload(port: int, request: bytes, rate: float, at_end: Callable[[], None]) -> Count:
    """Requests at this rate per second, whatever becomes of the earlier ones; `at_end` is called when time is over."""
    count, lines = Count(), Lines(port)
    began, sent = perf_counter(), 0
    while (passed := perf_counter() - began) < SECONDS:
        while sent < passed * rate:
            sent += 1
            lines.send(request, count)
        await asyncio.sleep(0.005)
    within = len(count.good)
    at_end()
    await asyncio.sleep(2 * PATIENCE)
    del count.good[within:]  # what was answered after the time is not counted
    lines.close()
    return count


@asynccontextmanager
async def probed(port: int, request: bytes, count: Count) -> AsyncIterator[None]:
    """Ask this now and then, on connections of its own."""
    lines = Lines(port)

    async def probe() -> None:
        while True:
            await lines.ask(request, count)
            await asyncio.sleep(BETWEEN_PROBES)

    probing = asyncio.create_task(probe())
    try:
        yield
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing
        lines.close()


def cpu_seconds(pid: int) -> float:
    """What the process has used of the processors until now. Other programs on the machine change it little."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_memory(pid: int) -> float:
    """The most MB that the process has held until now."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


@dataclass
class Phase:
    """What came back in a time, what the processes used, and what was asked beside it."""

    count: Count
    memory: float
    server: float
    generator: float
    health: Count
    signing_in: Count


async def phase(port: int, pid: int, ask: Callable[[Callable[[], None]], Awaitable[Count]]) -> Phase:
    """Health and signing in are asked in both phases, because they take from what is left for other answers."""
    health, signing_in, used = Count(), Count(), [(cpu_seconds(pid), process_time())]

    def at_end() -> None:
        used.append((cpu_seconds(pid), process_time()))

    async with (
        probed(port, plain_request(port, "/readyz"), health),
        probed(port, graphql_request(port, sign_in_body()), signing_in),
    ):
        count = await ask(at_end)
        at_end()
    (server, generator), (server_after, generator_after), *_ = used
    return Phase(count, most_memory(pid), server_after - server, generator_after - generator, health, signing_in)


def report(kind: str, can: Phase, asked: Phase) -> float:
    """Prints what came of it; the goodput as a share of what the process can."""
    most, good = len(can.count.good), len(asked.count.good)
    print(f"{kind}: {good / most:.2f} of {most / SECONDS:.0f} answers a second at {TIMES} times the load")
    per_second = (good / asked.server) / (most / can.server)
    print(f"  {per_second:.2f} of the answers a second of processor time, which other programs change less")
    print(f"  processor seconds: {can.server:.1f}, then {asked.server:.1f}", end="")
    print(f"; of the generator {can.generator:.1f}, then {asked.generator:.1f}")
    print(f"  the server held {can.memory:.0f} MB at most, then {asked.memory:.0f}")
    print(f"  answered {good} (p99 {asked.count.p99():.0f} ms), refused {asked.count.refused}", end="")
    print(f", other {dict(asked.count.others) or 0}, not sent for want of a connection {asked.count.not_sent}")
    print(f"  readyz p99 {asked.health.p99():.0f} ms, not 200 {asked.health.not_good()}")
    print(f"  sign-in p99 {asked.signing_in.p99():.0f} ms, not 200 {asked.signing_in.not_good()}")
    return good / most


async def measure(kind: str) -> float:
    """The goodput as a share of what the process can."""
    async with scratch_folder() as folder, migrated_database(kind, folder) as url:
        deployment = Deployment(url, folder)
        await found_and_fill(deployment, 2_000)
        api = deployment.api()
        async with running(api):
            port = deployment.api_port
            token = await access_token(port)
            request = graphql_request(port, calendar_body(Day.of(datetime.now(UTC))), token)
            phases = [await phase(port, api.pid, lambda _: capacity(port, request))]
            most = len(phases[0].count.good) / SECONDS
            phases.append(await phase(port, api.pid, lambda at_end: overload(port, request, TIMES * most, at_end)))
    return report(kind, *phases)


async def main(kinds: list[str]) -> int:
    """1 if the goodput of one of them is too small."""
    shares = [await measure(kind) for kind in kinds]
    return 0 if min(shares) >= LEAST_GOODPUT else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    sys.exit(run_until_term(main(parser.parse_args().databases or list(KINDS))))
