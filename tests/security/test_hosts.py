"""A request names one host, at both faces, over HTTP and for a WebSocket."""

import json

import pytest
from starlette.applications import Starlette

from runtime.http.one_host import host_of
from tests.api.line import serving
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.raw_http import exchange

UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
ONE = b"Host: api.vestibule.example\r\n"
BAD = {
    "none": b"",
    "empty": b"Host:\r\n",
    "two": b"Host: api.vestibule.example\r\nHost: evil.example\r\n",
    "the same twice": ONE + ONE,
    "two in one": b"Host: api.vestibule.example, evil.example\r\n",
    "a path": b"Host: api.vestibule.example/evil\r\n",
    "a user": b"Host: api@evil.example\r\n",
}


@pytest.mark.parametrize("hosts", BAD.values(), ids=BAD)
async def test_api_refuses_a_request_without_one_host(api: Starlette, practice: Practice, hosts: bytes) -> None:
    query = b'{"query":"{ __typename }"}'
    head = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(query)
    async with serving(api) as address, nothing_changes():
        for request in (
            b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n",
            b"GET /healthz HTTP/1.0\r\n" + hosts + b"\r\n",
            b"POST /graphql HTTP/1.1\r\n" + hosts + head + query,
            b"GET /graphql HTTP/1.1\r\n" + hosts + UPGRADE + b"\r\n",
        ):
            answer = await exchange(address, request)
            assert answer.status == 400
            assert json.loads(answer.body)["errors"] == [
                {
                    "message": "Send one Host header with the name of this server.",
                    "extensions": {"code": "BAD_USER_INPUT"},
                }
            ]


@pytest.mark.parametrize("hosts", BAD.values(), ids=BAD)
async def test_portal_refuses_a_request_without_one_host(portal: Starlette, practice: Practice, hosts: bytes) -> None:
    async with serving(portal) as address, nothing_changes():
        answer = await exchange(address, b"GET /willow-creek/ HTTP/1.1\r\n" + hosts + b"\r\n")
        assert answer.status == 400
        assert "We could not read what was sent" in answer.body.decode()
        assert answer.headers["x-frame-options"] == "DENY"
        spanish = b"GET /willow-creek/ HTTP/1.1\r\nAccept-Language: es\r\n" + hosts + b"\r\n"
        assert "No pudimos leer" in (await exchange(address, spanish)).body.decode()
        # Its real server knows no WebSockets; this one does.
        assert (await exchange(address, b"GET / HTTP/1.1\r\n" + hosts + UPGRADE + b"\r\n")).status == 403


async def test_one_host_is_answered(api: Starlette, portal: Starlette, practice: Practice) -> None:
    async with serving(api) as address:
        assert (await exchange(address, b"GET /healthz HTTP/1.1\r\n" + ONE + b"\r\n")).status == 200
        opened = await exchange(address, b"GET /graphql HTTP/1.1\r\n" + ONE + UPGRADE + b"\r\n")
        assert opened.status == 101
    async with serving(portal) as address:
        assert (await exchange(address, b"GET /willow-creek/ HTTP/1.1\r\n" + ONE + b"\r\n")).status == 200


@pytest.mark.parametrize(
    "host", ["a", "api.vestibule.example:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]", "x_y.example", "a:"]
)
def test_hosts_of_all_kinds_are_hosts(host: str) -> None:
    assert host_of([(b"accept", b"*/*"), (b"host", host.encode())]) == host.encode()
