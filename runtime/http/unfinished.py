"""Connections of a process that wait, for the rest of a request or for the next: how many may, and which has to go."""

import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

from clinic.throttling.throttle import network_of

MOST_OF_ONE_NETWORK = 100
"""More than the browsers of one practice open at a time, and far fewer than a process can hold."""

MOST = 1_000

GRACE = 1.0
"""Seconds. After a restart many browsers connect in one moment, before any of their requests is read."""


class Connection(Protocol):
    """As much of a connection as is needed here."""

    @property
    def client(self) -> tuple[str, int] | None: ...

    @property
    def transport(self) -> "Transport": ...


class Transport(Protocol):
    def abort(self) -> None: ...


class Unfinished:
    """The connections in the order in which they began to wait.

    One too many makes the oldest one go, of the same network first. So somebody who opens many loses their own, and an
    honest request, which arrives within a moment, is never the oldest. Proxies in `trusted` have no share of their
    own: the connections of everybody come through them.
    """

    def __init__(
        self,
        trusted: Iterable[str] = (),
        *,
        most: int = MOST,
        most_of_one_network: int = MOST_OF_ONE_NETWORK,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trusted = [ip_network(network) for network in trusted]
        self._most = most
        self._most_of_one_network = most_of_one_network
        self._now = now
        # Asked twice for each request, and reading an address takes ten microseconds.
        self._network_of_address = lru_cache(maxsize=4_096)(self._read_network)
        # Since when each waits, overall and in its network. Dictionaries keep the order and find their members at once.
        self._all: dict[Connection, float] = {}
        self._of_network: dict[str, dict[Connection, float]] = {}

    def add(self, connection: Connection) -> None:
        """It waits. Adding it again changes nothing."""
        if connection in self._all:
            return
        self._all[connection] = now = self._now()
        network = self._network_of(connection)
        if network is not None:
            neighbours = self._of_network.setdefault(network, {})
            neighbours[connection] = now
            self._end_oldest(neighbours, self._most_of_one_network, now)
        self._end_oldest(self._all, self._most, now)

    def discard(self, connection: Connection) -> bool:
        """It has arrived, or is gone. Answers whether it waited."""
        if self._all.pop(connection, None) is None:
            return False
        network = self._network_of(connection)
        if network is not None:
            neighbours = self._of_network[network]
            del neighbours[connection]
            if not neighbours:
                del self._of_network[network]
        return True

    def _end_oldest(self, waiting: dict[Connection, float], most: int, now: float) -> None:
        while len(waiting) > most:
            oldest, since = next(iter(waiting.items()))
            if now - since < GRACE:
                return
            self.discard(oldest)
            oldest.transport.abort()

    def _network_of(self, connection: Connection) -> str | None:
        """Whose share it is; nobody's for a trusted proxy, or a socket of this machine without an address."""
        return None if connection.client is None else self._network_of_address(connection.client[0])

    def _read_network(self, text: str) -> str | None:
        try:
            address = ip_address(text)
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        if any(address in network for network in self._trusted):
            return None
        return network_of(text)
