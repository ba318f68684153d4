"""What guards every answer and every request of the portal, whatever the page: headers, sizes, origins, addresses.

Sources: OWASP ASVS 5.0 chapters 3.3 to 3.5, security.md.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLUG = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
MAX_BODY_BYTES = 1_000_000
# Seconds. A form is typed before it is sent; bytes that come slower than this only hold a place in the queue.
BODY_TIME_LIMIT = 10.0
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Addresses of letters' links and of documents are nobody else's business, not even our own next page's.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Shared computers in libraries and waiting rooms: nothing of a page stays behind.
NOT_KEPT = "no-store"
HSTS = "max-age=63072000; includeSubDomains"


@dataclass(frozen=True)
class BodyLimit:
    """How large a body may be, in bytes, and how long it may take to arrive, in seconds."""

    size: int = MAX_BODY_BYTES
    seconds: float = BODY_TIME_LIMIT


USUAL_LIMIT = BodyLimit()

OnDefect = Callable[[Request, Exception], Awaitable[Response]]
# Told of each request: the name of its page, the status of the answer, and how many seconds it took.
Finished = Callable[[str, int, float], None]

_log = structlog.get_logger("patient_portal")


class Edge:
    """The outermost layer: numbers and logs each request, limits its body, adds the headers to each answer, and
    turns what nobody expected into a neutral page."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        on_defect: OnDefect,
        body_limit: BodyLimit = USUAL_LIMIT,
        larger: Mapping[str, BodyLimit] | None = None,
        finished: Finished | None = None,
    ) -> None:
        self._app = app
        self._headers = {**HEADERS, "Strict-Transport-Security": HSTS} if https else HEADERS
        self._on_defect = on_defect
        self._body_limit = body_limit
        # The addresses that take files.
        self._larger = larger or {}
        self._finished = finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = uuid4().hex
        # Every line logged meanwhile bears the number.
        with structlog.contextvars.bound_contextvars(request_id=scope["request_id"]):
            limit = self._larger.get(scope["path"], self._body_limit)
            await self._answer(scope, _limited(scope, receive, limit), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def guarded_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(raw=message["headers"]), scope["request_id"])
            await send(message)

        try:
            await self._app(scope, receive, guarded_send)
        except ClientDisconnect:
            status = status or 499
        except Exception as defect:  # the outermost edge: nothing above us would make a page of it
            if status:
                raise
            response = await self._on_defect(Request(scope, receive), defect)
            await response(scope, receive, guarded_send)
        # The address is not logged: letters' links carry tokens.
        page = getattr(scope.get("endpoint"), "__name__", "none")
        took = time.perf_counter() - began
        milliseconds = round(took * 1000, 1)
        _log.info("request", method=scope["method"], page=page, status=status, milliseconds=milliseconds)
        if self._finished is not None:
            self._finished(page, status, took)

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers.setdefault("Cache-Control", NOT_KEPT)
        headers["X-Request-Id"] = request_id


def _limited(scope: Scope, receive: Receive, limit: BodyLimit) -> Receive:
    """Refuse a body that is too large, or trickles, while it arrives, before anything parses or hashes it."""
    announced = Headers(scope=scope).get("content-length", "0")
    ends_at: float | None = asyncio.get_running_loop().time() + limit.seconds
    arrived = 0

    async def limited() -> Message:
        nonlocal arrived, ends_at
        if not announced.isdecimal() or int(announced[:12]) > limit.size:
            raise HTTPException(413)
        try:
            async with asyncio.timeout_at(ends_at):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        if not message.get("more_body"):
            ends_at = None  # the body is here: what comes now is at most word that the browser left
        arrived += len(message.get("body", b""))
        if arrived > limit.size:
            raise HTTPException(413)
        return message

    return limited


def came_from_elsewhere(request: Request, own_origin: str) -> bool:
    """Whether another site's page sent this form (ASVS 3.5.1). The form's token is checked besides.

    A current browser says so itself. An older one names the origin; but since our pages send no referrer it says
    "null" for our own forms too, and then the token alone decides.
    """
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin != "null" and origin != own_origin


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it: scheme and host, and the port unless it is the usual one."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def path_inside(slug: str, path: str) -> bool:
    """Whether a path leads into this organization's portal and nowhere else.

    Only plain characters: no host, no second slash, no dots to climb by, nothing a browser would decode or drop.
    """
    return re.fullmatch(rf"/{re.escape(slug)}/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/?)?", path) is not None
