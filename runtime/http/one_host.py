"""Requests that name no host, or two, are refused before anything else looks at them.

Two programs in a row may take different ones of two hosts: the proxy that decides whom to let in, and we
(RFC 9112 section 3.2).
"""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


def host_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The one host that the headers name; None if they name none, several, or something that is no host."""
    hosts = [value.strip() for name, value in headers if name.lower() == b"host"]
    return hosts[0] if len(hosts) == 1 and _HOST.fullmatch(hosts[0]) else None


class OneHost:
    """ASGI middleware. `refuse` answers a request without one host with 400, over HTTP and for a WebSocket."""

    def __init__(self, app: ASGIApp, *, refuse: ASGIApp) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and host_of(scope["headers"]) is None:
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)
