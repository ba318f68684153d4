"""A request beyond what a process can take is refused by the server's protocol: no body is read, nothing is started."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from runtime.http.load_shedding import Lane, LoadShedding, Places, Prepared
from tests.raw_http import Answer, exchange, read_answer
from tests.runtime.test_bounded_protocol import HURRIED, Caller, calling, serving

REFUSAL = Prepared(503, ((b"content-type", b"text/plain"), (b"content-length", b"4"), (b"retry-after", b"5")), b"busy")
FEW = {
    Lane.USUAL: Places(at_once=1, waiting=0),
    Lane.SIGN_IN: Places(at_once=1, waiting=0),
    Lane.LARGE: Places(at_once=1, waiting=0),
}
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HOLD = b"GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"


def post(path: str, length: int, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def lane_of(scope: Scope) -> Lane | None:
    return {"/healthz": None, "/sign-in": Lane.SIGN_IN}.get(scope["path"], Lane.USUAL)


@dataclass
class Server:
    """An application whose one usual place is kept by `/hold` until `go`, and what the server asked it for."""

    asked: list[str] = field(default_factory=list)
    refused: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._shedding = LoadShedding(self._answer, lane_of=lane_of, refuse=REFUSAL, counted=self._count, places=FEW)

    def _count(self) -> None:
        self.refused += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"])
        await self._shedding(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for part in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{part}.complete"})
            return
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
        if scope["path"] == "/hold":
            self.held.set()
            await self.go.wait()
        body = b"%d" % length
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Full:
    """A server whose usual lane is full."""

    server: Server
    address: str
    holder: Caller

    async def free(self) -> None:
        """The place that was kept is free when this returns."""
        self.server.go.set()
        assert (await read_answer(self.holder.reader)).status == 200


@asynccontextmanager
async def full(**options: Any) -> AsyncIterator[Full]:
    server = Server()
    async with serving(server, lifespan="on", **options) as address, calling(address) as holder:
        try:
            await holder.says(HOLD)
            async with asyncio.timeout(10):
                await server.held.wait()
            server.asked.clear()
            yield Full(server, address, holder)
        finally:
            server.go.set()


def is_refusal(answer: Answer) -> bool:
    told = {name: value for name, value in answer.headers.items() if name not in ("date", "server", "connection")}
    expected = {"content-type": "text/plain", "content-length": "4", "retry-after": "5"}
    return (answer.status, told, answer.body, "date" in answer.headers) == (503, expected, b"busy", True)


async def test_refused_without_the_application_and_the_connection_stays_usable() -> None:
    async with full() as busy, calling(busy.address) as caller:
        await caller.says(GET)
        assert is_refusal(await read_answer(caller.reader))
        # The body comes when the answer is out; its bytes are no request.
        await caller.says(post("/", 40))
        assert is_refusal(await read_answer(caller.reader))
        await caller.says(GET[:20])
        await caller.says(GET[:20])
        await caller.says(GET)
        assert is_refusal(await read_answer(caller.reader))
        assert (busy.server.asked, busy.server.refused) == ([], 3)

        await busy.free()
        await caller.says(post("/", 5) + b"hello")
        assert (await read_answer(caller.reader)).body == b"5"
        assert busy.server.asked == ["/"]


async def test_requests_of_one_moment_are_not_all_let_in() -> None:
    """They are all read before the first of them takes a place."""
    async with full() as busy:
        await busy.free()
        busy.server.asked.clear()
        busy.server.go.clear()
        host, _, port = busy.address.rpartition(":")
        clients = [socket.create_connection((host, int(port))) for _ in range(8)]
        for client in clients:
            client.setblocking(False)
        lines = [await asyncio.open_connection(sock=client) for client in clients]
        # One request on each, so that the server accepts and knows them all.
        for reader, writer in lines:
            writer.write(GET)
            assert (await read_answer(reader)).status == 200
        busy.server.asked.clear()
        for client in clients:
            client.send(HOLD)
        refused = [asyncio.create_task(read_answer(reader)) for reader, _ in lines]
        for _ in range(7):
            await asyncio.wait([task for task in refused if not task.done()], return_when=asyncio.FIRST_COMPLETED)
            if sum(task.done() for task in refused) == 7:
                break
        busy.server.go.set()
        answers = [(await task).status for task in refused]
        assert (answers.count(503), busy.server.asked) == (7, ["/hold"])
        for _, writer in lines:
            writer.close()


async def test_answers_keep_the_order_of_their_requests() -> None:
    async with full() as busy:
        async with calling(busy.address) as caller:
            await caller.says(GET + GET)
            assert [is_refusal(await read_answer(caller.reader)) for _ in range(2)] == [True, True]
            assert busy.server.asked == []
        await busy.holder.says(GET)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await busy.holder.reader.readexactly(1)
        await busy.free()
        assert (await read_answer(busy.holder.reader)).status == 200


async def test_other_lanes_are_let_in_meanwhile() -> None:
    async with full() as busy:
        assert (await exchange(busy.address, GET.replace(b"/ ", b"/healthz "))).status == 200
        assert (await exchange(busy.address, GET.replace(b"/ ", b"/sign-in?next=1 "))).status == 200
        large = await exchange(busy.address, post("/", 100_000), b"x" * 100_000)
        assert (large.status, large.body) == (200, b"100000")
        chunked = GET.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n") + b"1\r\nx\r\n0\r\n\r\n"
        assert is_refusal(await exchange(busy.address, chunked))
        assert busy.server.asked == ["/healthz", "/sign-in", "/", "/"]


ANOTHER_WAY = {
    "closes": GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    "1.0": GET.replace(b"1.1", b"1.0"),
    "percent": GET.replace(b"/ ", b"/%61 "),
    "whole address": GET.replace(b"/ ", b"http://a/ "),
}


@pytest.mark.parametrize("asked", ANOTHER_WAY.values(), ids=ANOTHER_WAY)
async def test_what_is_not_simple_is_refused_by_the_application(asked: bytes) -> None:
    async with full() as busy:
        assert is_refusal(await exchange(busy.address, asked))
        assert len(busy.server.asked) == 1


async def test_refusal_of_head_has_no_body_and_a_client_that_asks_before_it_sends_need_not_send() -> None:
    async with full() as busy, calling(busy.address) as caller:
        await caller.says(GET.replace(b"GET", b"HEAD"))
        assert (await caller.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503 ")
        await caller.says(post("/", 4, "Expect: 100-continue"))
        assert (await caller.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        await caller.says(b"body")
        assert is_refusal(await read_answer(caller.reader))


async def test_body_after_its_refusal_is_not_waited_for() -> None:
    async with full(**HURRIED) as busy, calling(busy.address) as caller:
        await caller.says(post("/", 60_000) + b"x")
        assert is_refusal(await read_answer(caller.reader))
        assert await caller.says_until_cut_off(b"x", 10_000) < 10_000


async def test_connection_that_was_refused_and_asks_no_more_is_closed() -> None:
    async with full(timeout_keep_alive=1) as busy, calling(busy.address) as caller:
        await caller.says(GET)
        assert is_refusal(await read_answer(caller.reader))
        assert await caller.hears_the_end() == b""
