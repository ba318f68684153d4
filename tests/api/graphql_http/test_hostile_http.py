"""Bytes no client library would send, over real sockets to a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from tests.api.graphql_http.toy import Toy

HEAD = b"Host: toy\r\nAuthorization: Bearer good\r\nAccept: application/graphql-response+json\r\n"
JSON_HEAD = HEAD + b"Content-Type: application/json\r\n"
QUERY = b'{"query":"{hello}"}'


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@asynccontextmanager
async def serving(toy: Toy, http: str) -> AsyncIterator[int]:
    """The toy behind uvicorn on a free port."""
    server = uvicorn.Server(
        uvicorn.Config(toy.app, host="127.0.0.1", port=0, http=http, lifespan="off", log_level="critical")
    )
    config = server.config
    sock = config.bind_socket()
    sock.listen()  # so that clients wait for the server instead of being refused
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def exchange(port: int, *pieces: bytes) -> Answer | None:
    """Send the pieces and read one answer; None if the server hangs up without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(_read(reader), 5)
    except (ConnectionError, asyncio.IncompleteReadError):
        return None
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split()[1]), headers, body)


def post(head: bytes, body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"POST /graphql HTTP/1.1\r\n" + head + b"Content-Length: %d\r\n\r\n" % size + body


def chunked(head: bytes, *chunks: bytes) -> bytes:
    parts = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"POST /graphql HTTP/1.1\r\n" + head + b"Transfer-Encoding: chunked\r\n\r\n" + parts


CASES: dict[str, tuple[bytes, int | None]] = {
    "honest": (post(JSON_HEAD, QUERY), 200),
    "in chunks": (chunked(JSON_HEAD, QUERY[:5], QUERY[5:], b""), 200),
    "claims more than it may send": (post(JSON_HEAD, b"", 10**12), 413),
    "claims an absurd length": (post(JSON_HEAD, b"", 10**40), None),
    "streams more than it may send": (chunked(JSON_HEAD, *[b" " * 1_000] * 3), 413),
    "sends more than it claims": (post(JSON_HEAD, QUERY + b"garbage", len(QUERY)), None),
    "negative length": (b"POST /graphql HTTP/1.1\r\n" + JSON_HEAD + b"Content-Length: -1\r\n\r\n", None),
    "length and chunks": (
        b"POST /graphql HTTP/1.1\r\n" + JSON_HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        None,
    ),
    "broken chunk": (b"POST /graphql HTTP/1.1\r\n" + JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", None),
    "no length": (b"POST /graphql HTTP/1.1\r\n" + JSON_HEAD + b"\r\n", 400),
    "no content type": (post(HEAD, QUERY), 415),
    "content type in bytes": (post(HEAD + b"Content-Type: \xff\xfe\r\n", QUERY), 415),
    "accept in bytes": (post(b"Host: toy\r\nAuthorization: Bearer good\r\nAccept: \xff\xfe;q=\xff\r\n", QUERY), 406),
    "token in bytes": (post(b"Host: toy\r\nAuthorization: Bearer \xff\r\nAccept: */*\r\n", QUERY), 401),
    "long accept": (
        post(b"Host: toy\r\nAuthorization: Bearer good\r\nAccept: " + b"a/b," * 5_000 + b"\r\n", QUERY),
        406,
    ),
    "compressed": (post(JSON_HEAD + b"Content-Encoding: gzip\r\n", b"\x1f\x8b\x08"), 415),
    "unknown method": (b"BREW /graphql HTTP/1.1\r\n" + JSON_HEAD + b"\r\n", None),
    "get": (b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
    "trace": (b"TRACE /graphql HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
    "not http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", None),
    "http 1.0": (b"POST /graphql HTTP/1.0\r\n" + JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY, 200),
}


@pytest.mark.parametrize("http", ["httptools", "h11"])
async def test_no_bytes_make_the_server_fail_or_stop(http: str) -> None:
    async with serving(Toy(max_body_bytes=2_000), http) as port:
        for name, (request, expected) in CASES.items():
            answer = await exchange(port, request)
            assert answer is None or answer.status < 500, name
            if expected is not None:
                assert answer is not None, name
                assert answer.status == expected, name
                body = json.loads(answer.body)
                assert expected == 200 or body["errors"][0]["extensions"]["code"] in {
                    "BAD_USER_INPUT",
                    "UNAUTHENTICATED",
                }
            after = await exchange(port, post(JSON_HEAD, QUERY))
            assert after is not None, name
            assert json.loads(after.body)["data"] == {"hello": "hello world"}, name


async def test_body_that_trickles_is_cut_off_while_others_are_served() -> None:
    async with serving(Toy(body_time_limit=0.2), "httptools") as port:
        slow = asyncio.create_task(exchange(port, post(JSON_HEAD, b"{", len(QUERY))))
        quick = await exchange(port, post(JSON_HEAD, QUERY))
        assert quick is not None
        assert quick.status == 200
        assert not slow.done()
        answer = await slow
        assert answer is not None
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert json.loads(answer.body)["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_client_that_hangs_up_halfway_leaves_nothing_behind() -> None:
    toy = Toy()
    async with serving(toy, "httptools") as port:
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(post(JSON_HEAD, b"{", len(QUERY)))
            await writer.drain()
            writer.close()
        answer = await exchange(port, post(JSON_HEAD, QUERY))
        assert answer is not None
        assert answer.status == 200
    assert len(toy.contexts) == 1


async def test_bad_token_is_a_bad_token_when_the_body_does_not_arrive() -> None:
    async with serving(Toy(body_time_limit=0.1), "httptools") as port:
        head = JSON_HEAD.replace(b"good", b"expired")
        answer = await exchange(port, post(head, b"", 1_000))
        assert answer is not None
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
