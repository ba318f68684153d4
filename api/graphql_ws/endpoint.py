"""`WS /graphql`: which sockets are opened, how many, and when those that are open have to end."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from api.errors import unexpected
from api.graphql_http.schema import Schema
from api.graphql_ws.closing import CloseCode, MustClose
from api.graphql_ws.socket import Admission, Door, House, Socket, address_of

PROTOCOL = "graphql-transport-ws"

# In one process; each costs some ten kilobytes (docs/benchmarks.md).
MOST_SOCKETS = 2_000
# Of these, such as have not said who they are: a few seconds each, and no way to fill the house with strangers.
MOST_STRANGERS = 200
# Nor for one machine to keep all others out. More than a practice's screens that come back in the same instant.
MOST_STRANGERS_OF_ONE_ADDRESS = 50
MOST_PER_SESSION = 10
INIT_LIMIT = 5.0
# An ended session, a replaced token or a changed permission ends its sockets within this time (seconds).
CHECK_EVERY = 5.0
RETRY_AFTER = 5

_log = structlog.get_logger("api.socket")


class GraphQLSockets:
    """An ASGI application for one route.

    Browsers name the page that opens a socket, and no rule of theirs keeps foreign pages from it: only
    `allowed_origins` may. Programs name none. All sockets are checked in one statement every `check_every` seconds.
    """

    def __init__(
        self,
        schema: Schema,
        door: Door,
        *,
        make_context: Callable[[Admission], Any],
        allowed_origins: Iterable[str],
        init_limit: float = INIT_LIMIT,
        check_every: float = CHECK_EVERY,
        most_sockets: int = MOST_SOCKETS,
    ) -> None:
        self._house = House(schema, door, make_context, self._admitted, init_limit)
        self._allowed_origins = {_origin(url) for url in allowed_origins}
        self._check_every = check_every
        self._most_sockets = most_sockets
        self._open: set[Socket] = set()
        self._checking: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        refusal = self._refusal(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        if PROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(CloseCode.NO_SUCH_PROTOCOL, f"Only {PROTOCOL} is spoken here.")
            return
        socket, began = Socket(websocket, self._house), time.monotonic()
        self._open.add(socket)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check_on_and_on())
        try:
            await websocket.accept(subprotocol=PROTOCOL)
            await socket.serve()
        finally:
            self._open.discard(socket)
            _log.info("socket", code=socket.close_code, seconds=round(time.monotonic() - began, 1))

    def _refusal(self, websocket: WebSocket) -> Response | None:
        origin = websocket.headers.get("origin")
        if origin is not None and _origin(origin) not in self._allowed_origins:
            return PlainTextResponse("Pages of this origin may not connect.", 403)
        strangers = [socket for socket in self._open if socket.admission is None]
        from_there = sum(socket.address == address_of(websocket) for socket in strangers)
        crowded = len(strangers) >= MOST_STRANGERS or from_there >= MOST_STRANGERS_OF_ONE_ADDRESS
        if len(self._open) >= self._most_sockets or crowded:
            return PlainTextResponse("Too many are connected. Try again.", 503, {"Retry-After": str(RETRY_AFTER)})
        return None

    def _admitted(self, newcomer: Socket) -> None:
        assert newcomer.admission is not None  # noqa: S101 - narrows the type: called right after
        session = newcomer.admission.caller.session_id
        theirs = sum(s.admission is not None and s.admission.caller.session_id == session for s in self._open)
        if theirs > MOST_PER_SESSION:
            raise MustClose(CloseCode.TOO_MANY, "This session has too many sockets open.")

    async def _check_on_and_on(self) -> None:
        while self._open:
            await asyncio.sleep(self._check_every)
            try:
                await self._check()
            except Exception as error:  # noqa: BLE001  this task's own edge; each event checks for itself meanwhile
                unexpected(error, "api.sockets_not_checked")

    async def _check(self) -> None:
        admitted = {socket: socket.admission for socket in self._open if socket.admission is not None}
        if not admitted:
            return
        put_out = await self._house.door.put_out(list(set(admitted.values())))
        for socket, admission in admitted.items():
            if admission in put_out:
                # Not waited for: a client that reads nothing would hold up the others' end.
                closing = asyncio.create_task(socket.close(put_out[admission]))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)


def _origin(url: str) -> str:
    """Scheme, host and port as browsers write an origin; of anything else, nothing that is allowed."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    standard = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != standard else "")
