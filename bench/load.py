"""The load generator: so many connections, each sending the same request again as soon as the answer is there.

Run as `python -m bench.load` in a process of its own, with an `Order` as JSON on standard input; it prints a `Result`
as JSON. Bare sockets and no HTTP library, so that it is never what is measured. A server that is asked for too much
refuses some requests: these are counted apart, and sent again when the server says so.
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

# For so long a server that refuses everything is asked again.
_MORE_SECONDS = 30


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
    """What came back. Times in milliseconds. `answered` and `refused` count those of the warm-up too."""

    requests: int
    answered: int
    per_second: float
    p50: float
    p99: float
    refused: int = 0


class WrongAnswer(Exception):
    """Neither 200 nor 503 came back, or nothing at all: what was measured is not what was meant."""


async def measure(order: Order) -> Result:
    """Have another process carry out the order. Refusals are printed, because a figure beside them says less."""
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
    result = Result(**json.loads(output))
    if result.refused:
        words = f"{result.refused} of {result.refused + result.answered} requests were refused with 503"
        print(f"  {words}; the times are those of the others", file=sys.stderr)
    return result


class _Connection(asyncio.Protocol):
    """One keep-alive connection; notes how long each answer took."""

    def __init__(self, request: bytes, done: "asyncio.Future[None]") -> None:
        self.taken: list[tuple[float, float]] = []
        self.refused = 0
        self._request = request
        self.done = done
        self._received = bytearray()
        self._answer: _Answer | None = None
        self._again: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._finishing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._received.clear()
        self._answer = self._again = None
        self._sent_at = perf_counter()
        assert self._transport is not None
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is None:
            self._answer = _Answer.beginning(self._received)
        if self._answer is None or len(self._received) < self._answer.length:
            return
        if self._answer.retry_after is None:
            now = perf_counter()
            self.taken.append((now, now - self._sent_at))
            self._go_on(0)
        else:
            self.refused += 1
            self._go_on(self._answer.retry_after)

    def _go_on(self, seconds: float) -> None:
        if self._finishing:
            self._end()
        elif seconds:
            self._again = asyncio.get_running_loop().call_later(seconds, self._send)
        else:
            self._send()

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def finish(self) -> None:
        """Send no more after the answer that is under way."""
        self._finishing = True
        if self._again is not None:
            self._again.cancel()
            self._end()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or WrongAnswer(bytes(self._received[:300])))


@dataclass(frozen=True)
class _Answer:
    """How many bytes head and body have together, and after how many seconds a refused request may come again."""

    length: int
    retry_after: float | None

    @classmethod
    def beginning(cls, received: bytearray) -> "_Answer | None":
        """None while the head is not complete."""
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(received[:end]).lower()
        if not head.startswith((b"http/1.1 200", b"http/1.1 503")):
            raise WrongAnswer(head)
        length = end + 4 + int(_header(head, b"content-length"))
        return cls(length, float(_header(head, b"retry-after")) if head.startswith(b"http/1.1 503") else None)


def _header(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0] or b"0"


async def _connect(order: Order, request: bytes) -> _Connection:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    connection = _Connection(request, done)
    await loop.create_connection(lambda: connection, HOST, order.port)
    return connection


async def carry_out(order: Order) -> Result:
    """Send and count, in this process. Goes on until one answer is right, or for half a minute more."""
    request = base64.b64decode(order.request)
    connections = [await _connect(order, request) for _ in range(order.connections)]
    counted_from = perf_counter() + order.warm_up
    all_done = asyncio.gather(*(connection.done for connection in connections))
    seconds, until = order.warm_up + order.seconds, counted_from
    for _ in range(_MORE_SECONDS):
        # Ends early only if a connection breaks; `await` then says why.
        await asyncio.wait([all_done], timeout=seconds)
        until = perf_counter()
        if all_done.done() or any(at >= counted_from for each in connections for at, _ in each.taken):
            break
        seconds = 1.0
    for connection in connections:
        connection.finish()
    await all_done
    for connection in connections:
        connection.close()
    return _summary(connections, counted_from, until)


def _summary(connections: list[_Connection], counted_from: float, until: float) -> Result:
    taken = [taken for connection in connections for taken in connection.taken]
    refused = sum(connection.refused for connection in connections)
    times = sorted(took * 1000 for at, took in taken if counted_from <= at <= until)
    if not times:
        raise WrongAnswer(f"no right answer within the time; {refused} requests were refused")
    return Result(
        requests=len(times),
        answered=len(taken),
        per_second=len(times) / (until - counted_from),
        p50=times[ceil(len(times) * 0.50) - 1],
        p99=times[ceil(len(times) * 0.99) - 1],
        refused=refused,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(carry_out(Order(**json.loads(sys.stdin.read())))))))
