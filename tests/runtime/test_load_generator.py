"""The load generator of the benchmarks: what a server refuses for want of time is counted apart, and asked again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bench.load import Order, Result, WrongAnswer, carry_out
from tests.ports import HOST, free_port

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
RIGHT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def too_busy(retry_after: int) -> bytes:
    return f"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: {retry_after}\r\n\r\nbusy".encode()


@asynccontextmanager
async def server(answer: Callable[[int], bytes]) -> AsyncIterator[int]:
    """Answers each request by its number, from 1 on; the port."""
    numbers = iter(range(1, 1_000_000))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer(next(numbers)))
        except asyncio.IncompleteReadError:
            writer.close()

    port = free_port()
    listening = await asyncio.start_server(talk, HOST, port)
    async with listening:
        yield port


async def loaded(port: int, connections: int = 1) -> Result:
    order = Order.of(port, REQUEST, connections, seconds=0.02)
    return await carry_out(Order(order.port, order.request, order.connections, order.seconds, warm_up=0.0))


async def test_refused_requests_are_counted_and_sent_again() -> None:
    async with server(lambda number: too_busy(0) if number <= 3 else RIGHT) as port:
        result = await loaded(port)

    assert result.refused == 3
    assert result.requests >= 1


async def test_a_request_that_may_come_again_after_the_time_does_not_hold_up_the_end() -> None:
    async with server(lambda number: too_busy(3600) if number == 1 else RIGHT) as port, asyncio.timeout(60):
        result = await loaded(port, connections=2)

    assert result.refused == 1
    assert result.requests >= 1


async def test_any_other_answer_ends_the_measurement() -> None:
    async with server(lambda _: b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n") as port:
        with pytest.raises(WrongAnswer):
            await loaded(port)
