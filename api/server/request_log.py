"""What every request gets: an id, the same headers, and one log line without an address, a query or a name."""

import logging
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The standard library's logger: structlog's would walk through its processors for each request.
_log = logging.getLogger("api.request")

# Unless an answer says otherwise itself. ASVS 5.0 V3.4.
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_HSTS = "max-age=63072000; includeSubDomains"


# Told of each request: its scope, the status of the answer, and how many seconds it took.
Finished = Callable[[Scope, int, float], None]


class RequestLog:
    """ASGI middleware. The id goes into each log line of the request, the audit, and the answer's `X-Request-Id`."""

    def __init__(self, app: ASGIApp, *, https: bool, finished: Finished | None = None) -> None:
        self._app = app
        self._finished = finished
        headers = {**_HEADERS, "Strict-Transport-Security": _HSTS} if https else _HEADERS
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                said = {name.lower() for name, _ in headers}
                headers += [header for header in self._headers if header[0] not in said]
                message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                took = time.perf_counter() - began
                if _log.isEnabledFor(logging.INFO):
                    _log.handle(_record(scope, status, took))
                if self._finished is not None:
                    self._finished(scope, status, took)


def _record(scope: Scope, status: int, took: float) -> logging.LogRecord:
    """The request's line."""
    return logging.makeLogRecord(
        {
            "name": _log.name,
            "levelno": logging.INFO,
            "levelname": logging.getLevelName(logging.INFO),
            "msg": "request",
            "method": scope["method"],
            # The route, not the path: a path may hold a token.
            "route": getattr(scope.get("route"), "path", "unknown"),
            "status": status,
            "milliseconds": round(took * 1000, 1),
        }
    )
