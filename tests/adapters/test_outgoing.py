"""Requests to addresses that people outside typed: what is sent, what never is."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpcore2
import pytest

from adapters.outgoing import OutgoingClient
from clinic.values.outgoing import OutgoingAnswer, OutgoingRefused, OutgoingRequest, OutgoingUnavailable
from runtime.settings import Environment, Settings
from runtime.wiring import build_services
from tests.factories import SECRET_KEY

OWN_NETWORK = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104 - nothing listens there
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::1", "::127.0.0.1",
]  # fmt: skip


class Recording(httpcore2.AsyncMockBackend):
    """Notes where a connection goes, and answers 200 with no body."""

    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
        self.connected: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append(host)
        return await super().connect_tcp(host, port, timeout, local_address, socket_options)


class Names:
    """A resolver that gives one list of addresses after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0)


@asynccontextmanager
async def server(answer: bytes, wait: asyncio.Event | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """An HTTP server on this machine that gives one answer to everybody; its address, and the heads it received."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        if wait is not None:
            await wait.wait()
        writer.write(answer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", received
    finally:
        if wait is not None:
            wait.set()
        listening.close()
        await listening.wait_closed()


async def get(url: str, client: OutgoingClient | None = None, **bounds: object) -> OutgoingAnswer:
    client = client or OutgoingClient(loopback=True)
    return await client.send(OutgoingRequest("GET", url), **bounds)  # type: ignore[arg-type]


def client_without_authorities(**more: Any) -> OutgoingClient:
    """For requests that get to no server: reading the authorities of the machine takes longer than the rest."""
    return OutgoingClient(trust=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **more)


@pytest.mark.parametrize("address", OWN_NETWORK)
async def test_address_of_our_own_network_is_refused_as_a_number_and_behind_a_name(address: str) -> None:
    written = f"[{address}]" if ":" in address else address
    network = Recording()
    client = client_without_authorities(resolve=Names([address]), network=network)
    with pytest.raises(OutgoingRefused):
        client.check(f"https://{written}/hook")
    with pytest.raises(OutgoingRefused, match="private network"):
        await get("https://hooks.example.com/", client)
    assert network.connected == []


async def test_one_private_address_among_several_refuses_the_name() -> None:
    network = Recording()
    client = OutgoingClient(resolve=Names(["93.184.216.34", "10.0.0.1"]), network=network)
    with pytest.raises(OutgoingRefused):
        await get("https://hooks.example.com/", client)
    assert network.connected == []


async def test_connection_goes_to_the_address_that_was_checked() -> None:
    """The name leads into our network at the second look: there is none."""
    network, names = Recording(), Names(["93.184.216.34"], ["127.0.0.1"])
    assert (await get("https://hooks.example.com/", OutgoingClient(resolve=names, network=network))).status == 200
    assert network.connected == ["93.184.216.34"]
    assert names.answers == [["127.0.0.1"]]


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/", "ftp://hooks.example.com/", "https://", "hooks.example.com", "https://u:p@a.example/",
     "https://[::1", "https://a.example:99999/", "file:///etc/passwd", "http://127.0.0.1/", "https://bücher.example/"],
)  # fmt: skip
async def test_address_that_is_refused_by_its_writing(url: str) -> None:
    client = client_without_authorities(network=Recording())
    with pytest.raises(OutgoingRefused):
        client.check(url)
    with pytest.raises(OutgoingRefused):
        await get(url, client)


async def test_loopback_is_reached_where_it_is_allowed_and_the_private_network_still_is_not() -> None:
    async with server(b"HTTP/1.1 200 OK\r\nX-Kind: a\r\n\r\nfine") as (url, received):
        answer = await get(f"{url}/keys?a=1")
    assert (answer.status, answer.headers["x-kind"], answer.body) == (200, "a", b"fine")
    assert received[0].startswith(b"GET /keys?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    with pytest.raises(OutgoingRefused):
        OutgoingClient(loopback=True).check("https://10.0.0.1/")


async def test_redirect_is_an_answer_and_is_not_followed() -> None:
    async with server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as (url, _):
        answer = await get(url)
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")


async def test_too_large_too_late_and_broken_answers() -> None:
    async with server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000) as (url, _):
        with pytest.raises(OutgoingUnavailable, match="larger than 1000 bytes"):
            await get(url, largest=1000)
    async with server(b"", asyncio.Event()) as (url, _):
        with pytest.raises(OutgoingUnavailable, match="no answer in time"):
            await get(url, within=timedelta(milliseconds=50))
    async with server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") as (url, _):
        with pytest.raises(OutgoingUnavailable, match="broke"):
            await get(url)
    async with server(b"SSH-2.0-hello\r\n") as (url, _):
        with pytest.raises(OutgoingUnavailable, match="broke"):
            await get(url)
    with pytest.raises(OutgoingUnavailable, match="could not connect"):
        await get(url)


@pytest.mark.parametrize(("environment", "allowed"), [(Environment.PRODUCTION, False), (Environment.TEST, True)])
async def test_production_never_reaches_this_machine(environment: Environment, allowed: bool) -> None:
    settings = Settings(environment=environment, webhook_loopback="allow", secret_keys=(SECRET_KEY,))
    outgoing = build_services(settings).outgoing
    if allowed:
        outgoing.check("http://127.0.0.1:8080/")
    else:
        with pytest.raises(OutgoingRefused):
            outgoing.check("http://127.0.0.1:8080/")
