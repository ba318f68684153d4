"""The client for requests to addresses that people outside typed. It never reaches into our own network.

A name is resolved once; every address that it has is checked; the connection goes to the address that was checked.
A name that leads elsewhere a moment later (DNS rebinding) therefore changes nothing.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from urllib.parse import urlsplit

import httpcore2

from clinic.values.outgoing import (
    ANSWER_WITHIN,
    LARGEST_ANSWER,
    OutgoingAnswer,
    OutgoingRefused,
    OutgoingRequest,
    OutgoingUnavailable,
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

_MOST_CONNECTIONS = 20
# What `is_global` of Python 3.11 lets through and no stranger's server has: protocol assignments and the relays of old
# tunnels (RFC 6890, RFC 7526), addresses of version 6 that carry one of version 4 (RFC 6052, RFC 8215), and addresses
# that are deprecated and private in practice (RFC 3879).
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10")
)


class OutgoingClient:
    """See `clinic.values.outgoing.Outgoing`.

    With `loopback`, which is never set in production, http and addresses of this machine are allowed too.
    """

    def __init__(
        self,
        *,
        loopback: bool = False,
        resolve: Resolve | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._loopback = loopback
        backend = _CheckedNetwork(resolve or _resolve, network or httpcore2.AnyIOBackend(), loopback)
        self._connections = httpcore2.AsyncConnectionPool(
            ssl_context=trust or ssl.create_default_context(),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    def check(self, url: str) -> None:
        """See `Outgoing.check`."""
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            raise OutgoingRefused("this is no web address") from None
        if parts.scheme not in ("http", "https") or not host or not host.isascii():
            raise OutgoingRefused("the address must begin with https:// and a host name")
        if parts.username is not None or parts.password is not None:
            raise OutgoingRefused("the address must not carry a user name or a password")
        literal = _literal(host)
        if literal is not None:
            _refuse_own_network(literal, self._loopback)
        local = self._loopback and (host == "localhost" or (literal is not None and literal.is_loopback))
        if parts.scheme != "https" and not local:
            raise OutgoingRefused("the address must begin with https://")

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        """See `Outgoing.send`."""
        self.check(request.url)
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await self._answer(request, largest)
        except TimeoutError:
            raise OutgoingUnavailable("no answer in time") from None
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
            raise OutgoingUnavailable("could not connect") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
            raise OutgoingUnavailable("the connection broke before the answer was whole") from None

    async def _answer(self, request: OutgoingRequest, largest: int) -> OutgoingAnswer:
        sent = [("Host", urlsplit(request.url).netloc), ("Accept-Encoding", "identity"), *request.headers.items()]
        if request.body:
            sent.append(("Content-Length", str(len(request.body))))
        async with self._connections.stream(
            request.method, request.url, headers=sent, content=request.body or None
        ) as response:
            headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers}
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > largest:
                    raise OutgoingUnavailable(f"the answer is larger than {largest} bytes")
            return OutgoingAnswer(response.status, headers, bytes(body))


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only. TLS still asks for the host's name."""

    def __init__(self, resolve: Resolve, network: httpcore2.AsyncNetworkBackend, loopback: bool) -> None:
        self._resolve = resolve
        self._network = network
        self._loopback = loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers, after all of them were checked."""
        addresses = await self._resolve(host, port)
        if not addresses:
            raise httpcore2.ConnectError("the name has no address")
        for address in addresses:
            _refuse_own_network(ipaddress.ip_address(address), self._loopback)
        failure: Exception = httpcore2.ConnectError("no address answers")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise httpcore2.ConnectError("the name could not be resolved") from None
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse_own_network(address: Address, loopback: bool) -> None:
    if loopback and address.is_loopback:
        return
    if not _is_public(address):
        raise OutgoingRefused("the address leads into a private network")


def _is_public(address: Address) -> bool:
    """Whether strangers on the internet could reach it. Translated and tunnelled addresses never count."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return isinstance(address, ipaddress.IPv4Address) or not (
        address.ipv4_mapped or address.sixtofour or address.teredo
    )
