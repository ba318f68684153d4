"""GraphQL over WebSocket: which sockets are opened, how many, and when an open one has to close."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Generic

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from api.server.cors import Allows, as_browsers_write_it
from api.server.errors import unexpected
from api.server.graphql_http.schema import Schema
from api.server.graphql_http.trusted_documents import TrustedDocuments
from api.server.graphql_ws.closing import CloseCode, MustClose
from api.server.graphql_ws.socket import Admitted, Authenticator, ServerState, Socket, address_of

PROTOCOL = "graphql-transport-ws"

# In one process; each costs some ten kilobytes (docs/benchmarks.md).
MAX_SOCKETS = 2_000
# Of these, sockets that have not authenticated yet: each may stay a few seconds, and they can't use up all sockets.
MAX_UNAUTHENTICATED = 200
# One address can't use up those either. It is more than the screens of one practice that reconnect at once.
MAX_UNAUTHENTICATED_PER_ADDRESS = 50
MAX_PER_SESSION = 10
INIT_LIMIT = 5.0
# An ended session, a replaced token or a changed permission ends its sockets within this time (seconds).
CHECK_EVERY = 0.5
RETRY_AFTER = 5

_log = structlog.get_logger("api.socket")


class GraphQLSockets(Generic[Admitted]):
    """An ASGI application for one route.

    A browser sends the origin of the page that opens a socket and lets any page do so; only pages of origins that
    `allows` says are accepted. Programs send no origin. Every `check_every` seconds all sockets are checked together.
    """

    def __init__(
        self,
        schema: Schema,
        authenticator: Authenticator[Admitted],
        *,
        make_context: Callable[[Admitted], Any],
        allows: Allows,
        trusted: TrustedDocuments | None = None,
        init_limit: float = INIT_LIMIT,
        check_every: float = CHECK_EVERY,
        max_sockets: int = MAX_SOCKETS,
    ) -> None:
        trusted = trusted or TrustedDocuments()
        self._server = ServerState(schema, authenticator, make_context, self._authenticated, init_limit, trusted)
        self._allows = allows
        self._check_every = check_every
        self._max_sockets = max_sockets
        self._open: set[Socket[Admitted]] = set()
        self._checking: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        refusal = await self._refusal(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        if PROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(CloseCode.NO_SUCH_PROTOCOL, f"Only {PROTOCOL} is spoken here.")
            return
        socket, began = Socket(websocket, self._server), time.monotonic()
        self._open.add(socket)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check_repeatedly())
        try:
            await websocket.accept(subprotocol=PROTOCOL)
            await socket.serve()
        finally:
            self._open.discard(socket)
            _log.info("socket", code=socket.close_code, seconds=round(time.monotonic() - began, 1))

    async def _refusal(self, websocket: WebSocket) -> Response | None:
        origin = websocket.headers.get("origin")
        if origin is not None and not await self._allows(as_browsers_write_it(origin)):
            return PlainTextResponse("Pages of this origin may not connect.", 403)
        unauthenticated = [socket for socket in self._open if socket.admission is None]
        from_there = sum(socket.address == address_of(websocket) for socket in unauthenticated)
        crowded = len(unauthenticated) >= MAX_UNAUTHENTICATED or from_there >= MAX_UNAUTHENTICATED_PER_ADDRESS
        if len(self._open) >= self._max_sockets or crowded:
            return PlainTextResponse("Too many are connected. Try again.", 503, {"Retry-After": str(RETRY_AFTER)})
        return None

    def _authenticated(self, socket: Socket[Admitted]) -> None:
        assert socket.admission is not None  # noqa: S101 - narrows the type: called right after it was set
        session = socket.admission.session_id
        theirs = sum(s.admission is not None and s.admission.session_id == session for s in self._open)
        if theirs > MAX_PER_SESSION:
            raise MustClose(CloseCode.TOO_MANY, "This session has too many sockets open.")

    async def _check_repeatedly(self) -> None:
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
        revoked = await self._server.authenticator.revoked(list(set(admitted.values())))
        for socket, admission in admitted.items():
            if admission in revoked:
                # Not awaited: a client that reads nothing would delay the closing of the others.
                closing = asyncio.create_task(socket.close(revoked[admission]))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
