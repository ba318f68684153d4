"""Which pages of other origins may ask `/graphql` from a browser. `allows` says it for each request.

Cookies mean nothing here, so credentials are never allowed; the page sends a bearer token. A preflight has no token and
is answered before anything is authenticated or read. Uploads, files and pages stay closed to other origins.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# Says of an origin, as the header has it, whether its pages may ask.
Allows = Callable[[str], Awaitable[bool]]

# Seconds for which a browser may remember the answer to a preflight. It then sends requests of an origin that is not
# allowed any more, and the request itself is refused.
_REMEMBERED = 600


class OtherOrigins:
    """Stands before `/graphql`. An origin that is not allowed is treated as if there were no answers for others."""

    def __init__(self, app: ASGIApp, allows: Allows) -> None:
        self.app = app
        self._allows = allows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        app = self.app
        if origin is not None and await self._allows(origin):
            app = CORSMiddleware(
                app,
                allow_origins=[origin],
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type"],
                expose_headers=["Retry-After", "X-Request-Id"],
                max_age=_REMEMBERED,
            )
        await app(scope, receive, send)


def as_browsers_write_it(url: str) -> str:
    """Scheme, host and port of an address as browsers write an origin; of anything else, nothing that is allowed."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != standard else "")
