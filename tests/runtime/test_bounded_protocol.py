"""Requests that are too large, too slow or never end, over raw sockets to a real server: they cost others nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.commands.serving import SOCKETS
from runtime.http.bounded_protocol import HTTP, LARGEST_HEAD, BoundedHttpProtocol
from runtime.http.unfinished import GRACE
from tests.ports import HOST
from tests.raw_http import exchange, read_answer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
LARGE = 20_000_000
TOO_LARGE = b"The request line and the headers have more than 32768 bytes."


class Hurried(BoundedHttpProtocol):
    """The same with shorter times."""

    head_seconds = 0.3
    body_after_answer_seconds = 0.3
    reading_seconds = 0.3


HURRIED = {**HTTP, "http": Hurried}


@dataclass
class App:
    """Answers the length of the body, `/early` before it has read any. `/large` answers much and does not end."""

    seen: list[Scope] = field(default_factory=list)
    cut_off: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "hello"})
            await receive()
            return
        length = 0 if scope["path"] == "/early" else await self._length(receive)
        large = scope["path"] == "/large"
        body = b"x" * LARGE if large else b"%d" % length
        headers = [(b"content-length", b"%d" % (2 * LARGE if large else len(body)))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": large})
        if large:
            await receive()
            self.cut_off.set()

    async def _length(self, receive: Receive) -> int:
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
        return length


@asynccontextmanager
async def serving(app: ASGIApp, loop: str = "auto", **options: Any) -> AsyncIterator[str]:
    """The application behind the server as `vestibule api` runs it; its address."""
    told = {**HTTP, **SOCKETS, "lifespan": "off", **options}
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=0, log_config=None, **told))
    sock = server.config.bind_socket()
    sock.listen()
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield f"{HOST}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


class Caller:
    """One connection that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, what: bytes) -> None:
        self.writer.write(what)
        await self.writer.drain()

    async def says_until_cut_off(self, what: bytes, most: int) -> int:
        """How often it could be said."""
        for number in range(most):
            try:
                await self.says(what)
                async with asyncio.timeout(0.001):
                    await self.reader.readexactly(1)
            except (TimeoutError, asyncio.IncompleteReadError):
                if self.reader.at_eof():
                    return number
                continue
            except (ConnectionError, RuntimeError):
                # uvloop's transport refuses to write, by a RuntimeError, once it has noticed the end itself.
                return number
            return number
        return most

    async def hears_the_end(self) -> bytes:
        """What comes until the server hangs up."""
        heard = b""
        async with asyncio.timeout(10):
            try:
                while chunk := await self.reader.read(1 << 16):
                    heard += chunk
            except ConnectionError:
                return heard
        return heard


@asynccontextmanager
async def calling(address: str) -> AsyncIterator[Caller]:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


def request(head_size: int) -> bytes:
    """A request whose line and headers have just that many bytes, as they are counted."""
    named = len(b"/") + len(b"Host: a\r\n") + len(b"X: \r\n")
    return b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (head_size - named) + b"\r\n\r\n"


async def test_head_of_the_largest_size_is_taken_and_a_larger_one_is_not() -> None:
    async with serving(App()) as address:
        assert (await exchange(address, request(LARGEST_HEAD))).status == 200
        refused = await exchange(address, request(LARGEST_HEAD + 1))
        assert (refused.status, refused.body, refused.headers["connection"]) == (431, TOO_LARGE, "close")
        assert (await exchange(address, GET)).status == 200


ENDLESS = {
    "header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"x" * 4_096),
    "headers": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: y\r\n" * 500),
    "name of a header": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"x" * 4_096),
    "address": (b"GET /", b"x" * 4_096),
    "method": (b"", b"\r\n" * 2_048),
    "second request": (GET + b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"x" * 4_096),
    "upgrade": (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: ", b"x" * 4_096),
    "extension of a chunk": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=",
        b"x" * 4_096,
    ),
    "trailer": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: ",
        b"x" * 4_096,
    ),
    "trailers": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        b"X: y\r\n" * 500,
    ),
}


@pytest.mark.parametrize(("begin", "more"), ENDLESS.values(), ids=ENDLESS)
async def test_endless_request_is_cut_off_after_32_kb(begin: bytes, more: bytes) -> None:
    async with serving(App()) as address, calling(address) as caller:
        await caller.says(begin)
        if begin.startswith(GET):
            assert (await read_answer(caller.reader)).status == 200
        said = await caller.says_until_cut_off(more, 300)
        # What is on its way when the server hangs up counts as said.
        assert said * len(more) < 20 * LARGEST_HEAD
        assert (await exchange(address, GET)).status == 200


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n", GET + b"GET / HTTP/1.1\r\n"],
    ids=["nothing", "a line", "headers", "a second request"],
)
async def test_head_that_does_not_come_is_not_waited_for(begin: bytes) -> None:
    async with serving(App(), **HURRIED) as address, calling(address) as caller:
        await caller.says(begin)
        heard = await caller.hears_the_end()
    answers = heard.split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [
        *([b"200"] if begin.startswith(GET) else []),
        *([b"408"] if begin else []),
    ]


async def test_head_that_trickles_is_not_waited_for() -> None:
    async with serving(App(), **HURRIED) as address, calling(address) as caller:
        await caller.says(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert await caller.says_until_cut_off(b"x", 10_000) < 10_000


async def test_body_after_its_answer_is_not_waited_for() -> None:
    async with serving(App(), **HURRIED) as address, calling(address) as caller:
        await caller.says(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx")
        assert (await read_answer(caller.reader)).body == b"0"
        assert await caller.says_until_cut_off(b"x", 10_000) < 10_000


async def test_body_that_ends_after_its_answer_leaves_the_connection_usable_for_a_while() -> None:
    async with serving(App(), **{**HURRIED, "timeout_keep_alive": 1}) as address, calling(address) as caller:
        await caller.says(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
        assert (await read_answer(caller.reader)).status == 200
        await caller.says(b"x" + GET)
        assert (await read_answer(caller.reader)).status == 200
        assert await caller.hears_the_end() == b""


async def test_connection_that_rests_for_longest_makes_room_for_others_of_its_network() -> None:
    class OneRests(Hurried):
        most_resting_of_one_network = 1

    async with (
        serving(App(), **{**HTTP, "http": OneRests}) as address,
        calling(address) as first,
        calling(address) as it,
    ):
        await first.says(GET)
        assert (await read_answer(first.reader)).status == 200
        # A second must have passed: browsers open several at once.
        async with asyncio.timeout(20):
            while not first.reader.at_eof():
                await it.says(GET)
                assert (await read_answer(it.reader)).status == 200
                await asyncio.sleep(0.01)
        await it.says(GET)
        assert (await read_answer(it.reader)).status == 200


async def test_client_that_does_not_read_is_not_waited_for() -> None:
    app = App()
    async with serving(app, **HURRIED) as address, calling(address) as caller:
        caller.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport has it
        await caller.says(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(10):
            await app.cut_off.wait()


async def test_client_that_reads_gets_all() -> None:
    async with serving(App(), **HURRIED) as address, calling(address) as caller:
        await caller.says(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await caller.reader.readuntil(b"\r\n\r\n")
        assert len(await caller.reader.readexactly(LARGE)) == LARGE


async def test_trailers_do_not_become_headers() -> None:
    app = App()
    async with serving(app) as address:
        chunks = b"5\r\nhello\r\n0\r\nAuthorization: Bearer late\r\n\r\n"
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await exchange(address, head + chunks)).body == b"5"
    [scope] = app.seen
    assert [name for name, _ in scope["headers"]] == [b"host", b"transfer-encoding"]


async def test_honest_requests_are_answered_as_before() -> None:
    async with serving(App()) as address:
        large = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
        assert (await exchange(address, large)).body == b"3000000"
        ones = b"1\r\nx\r\n" * 50_000
        chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + ones + b"0\r\n\r\n"
        assert (await exchange(address, chunked)).body == b"50000"
        async with calling(address) as caller:
            await caller.says(GET * 5 + large + GET)
            bodies = [(await read_answer(caller.reader)).body for _ in range(7)]
            assert bodies == [b"0"] * 5 + [b"3000000", b"0"]
        async with calling(address) as caller:
            for byte in GET:
                await caller.says(bytes([byte]))
            assert (await read_answer(caller.reader)).status == 200


async def test_websocket_opens_and_stays() -> None:
    async with serving(App(), **HURRIED) as address, calling(address) as caller:
        await caller.says(b"GET / HTTP/1.1\r\nHost: a\r\n" + UPGRADE + b"\r\n")
        assert (await read_answer(caller.reader)).status == 101
        assert await caller.reader.readexactly(7) == b"\x81\x05hello"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * Hurried.head_seconds):
                await caller.reader.readexactly(1)


TARGETS = {
    b"http://a/": (b"a", 200),
    b"http://A/": (b"a", 200),
    b"http://a:80/": (b"a", 200),
    b"http://a/x?y": (b"a:80", 200),
    b"http://[::1]:8000/": (b"[::1]:8000", 200),
    b"https://a/": (b"a:443", 200),
    b"http://evil/": (b"a", 400),
    b"http://a:8000/": (b"a", 400),
    b"http://a@evil/": (b"a", 400),
    b"http://[::1]/": (b"[::2]", 400),
}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.decode())
async def test_whole_address_as_target_names_the_host_of_the_header(target: bytes) -> None:
    host, status = TARGETS[target]
    async with serving(App()) as address:
        for more, good in ((b"", 200), (UPGRADE, 101)):
            answer = await exchange(
                address, b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + more + b"\r\n"
            )
            assert answer.status == (good if status == 200 else 400)


@pytest.mark.parametrize(("trusted", "ends"), [([], True), (["127.0.0.0/8"], False)], ids=["stranger", "proxy"])
async def test_slow_connections_of_one_network_end_each_other(trusted: list[str], ends: bool) -> None:
    """At the real server: the first of 101 that wait is cut off, unless all of them come through a trusted proxy."""
    async with serving(App(), forwarded_allow_ips=trusted) as address, calling(address) as first:
        await first.says(b"GET / HT")
        assert (await exchange(address, GET)).status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(GRACE):
                await first.reader.readexactly(1)
        slow = [await asyncio.open_connection(HOST, int(address.rpartition(":")[2])) for _ in range(100)]
        try:
            assert (await exchange(address, GET)).status == 200
            if ends:
                assert await first.hears_the_end() == b""
            else:
                await first.says(b"TP/1.1\r\nHost: a\r\n\r\n")
                assert (await read_answer(first.reader)).status == 200
        finally:
            for _, writer in slow:
                writer.transport.abort()
