"""The load generator: so many connections, each sending the same request again as soon as the answer is there.

Run as `python -m bench.load` in a process of its own, with an `Order` as JSON on standard input; it prints a `Result`
as JSON. Bare sockets and no HTTP library, so that it is never what is measured.
"""

import asyncio
import base64
import json
import sys
from dataclasses import asdict, dataclass
from math import ceil
from time import perf_counter
from typing import cast

from bench.stage import HOST, ROOT


@dataclass(frozen=True)
class Order:
    """What to send, over how many connections, and for how long. `warm_up` seconds before that are not counted."""

    port: int
    request: str
    connections: int
    seconds: float
    warm_up: float = 0.5

    @classmethod
    def of(cls, port: int, request: bytes, connections: int, seconds: float) -> "Order":
        return cls(port, base64.b64encode(request).decode(), connections, seconds)


@dataclass(frozen=True)
class Result:
    """What came back. Times in milliseconds. `answered` counts those of the warm-up too."""

    requests: int
    answered: int
    per_second: float
    p50: float
    p99: float


class WrongAnswer(Exception):
    """Something else than 200 with the usual length came back: what was measured is not what was meant."""


async def measure(order: Order) -> Result:
    """Have another process carry out the order."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        output, _ = await process.communicate(json.dumps(asdict(order)).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise WrongAnswer(f"the load generator ended with {process.returncode}")
    return Result(**json.loads(output))


class _Connection(asyncio.Protocol):
    """One keep-alive connection; notes how long each answer took."""

    def __init__(self, request: bytes, done: "asyncio.Future[None]") -> None:
        self.taken: list[tuple[float, float]] = []
        self._request = request
        self.done = done
        self._received = bytearray()
        self._whole = 0
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._finishing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._received.clear()
        self._whole = 0
        self._sent_at = perf_counter()
        assert self._transport is not None
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            self._whole = _length_of_answer(self._received)
        if not self._whole or len(self._received) < self._whole:
            return
        now = perf_counter()
        self.taken.append((now, now - self._sent_at))
        if not self._finishing:
            self._send()
        elif not self.done.done():
            self.done.set_result(None)

    def finish(self) -> None:
        """Send no more after the answer that is under way."""
        self._finishing = True

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or WrongAnswer(bytes(self._received[:300])))


def _length_of_answer(received: bytearray) -> int:
    """How many bytes head and body have together; 0 while the head is not complete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(received[:end]).lower()
    if not head.startswith(b"http/1.1 200"):
        raise WrongAnswer(head)
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return end + 4 + int(length)


async def _connect(order: Order, request: bytes) -> _Connection:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    connection = _Connection(request, done)
    await loop.create_connection(lambda: connection, HOST, order.port)
    return connection


async def _carry_out(order: Order) -> Result:
    request = base64.b64decode(order.request)
    connections = [await _connect(order, request) for _ in range(order.connections)]
    counted_from = perf_counter() + order.warm_up
    all_done = asyncio.gather(*(connection.done for connection in connections))
    # Ends early only if a connection breaks; `await` then says why.
    await asyncio.wait([all_done], timeout=order.warm_up + order.seconds)
    until = perf_counter()
    for connection in connections:
        connection.finish()
    await all_done
    for connection in connections:
        connection.close()
    return _summary([taken for connection in connections for taken in connection.taken], counted_from, until)


def _summary(taken: list[tuple[float, float]], counted_from: float, until: float) -> Result:
    times = sorted(took * 1000 for at, took in taken if counted_from <= at <= until)
    if not times:
        raise WrongAnswer("no answer within the time")
    return Result(
        requests=len(times),
        answered=len(taken),
        per_second=len(times) / (until - counted_from),
        p50=times[ceil(len(times) * 0.50) - 1],
        p99=times[ceil(len(times) * 0.99) - 1],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_carry_out(Order(**json.loads(sys.stdin.read())))))))
