"""Requests that leave for addresses that a practice chose: webhooks, key sets, OpenID Connect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

# What one answer may take. A key set or a discovery document has a few kilobytes.
ANSWER_WITHIN = timedelta(seconds=10)
LARGEST_ANSWER = 256 * 1024


@dataclass(frozen=True)
class OutgoingRequest:
    """One request. `url` is absolute; names of headers are written in any case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class OutgoingAnswer:
    """What came back, whatever the status. A redirect is an answer like another: it is never followed.

    Names of headers are in lower case; of a repeated header the last value counts.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class OutgoingRefused(Exception):
    """We do not send to this address: not https, or it leads into a private network. Trying again changes nothing.

    The text says why in a few words, for logs and for the person who wrote the address. It names no other address.
    """


class OutgoingUnavailable(Exception):
    """No whole answer came in time. A later try may succeed. The text is for logs and delivery lists."""


class Outgoing(Protocol):
    """The one client for requests to addresses that people outside typed."""

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        """The answer to one request. Follows no redirect, keeps no cookie, uses no proxy.

        Raises `OutgoingRefused` or `OutgoingUnavailable`.
        """
        ...

    def check(self, url: str) -> None:
        """Raise `OutgoingRefused` for an address that is refused by its writing alone. Resolves no name."""
        ...


class NoOutgoing:
    """Sends nothing: for programs that talk to nobody."""

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        raise OutgoingUnavailable("this program sends no requests")

    def check(self, url: str) -> None:
        raise OutgoingRefused("this program sends no requests")
