"""Requests that end in an outage are answered as such, before a server would log a traceback for each."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinic.database.faults import is_unavailable
from clinic.values.ports import FileStoreUnavailable

Answer = Callable[[Request, Exception], Awaitable[Response]]


class OutagesAnswered:
    """ASGI middleware. `answer` makes the response; an answer that has begun can't be replaced and is broken off."""

    def __init__(self, app: ASGIApp, *, answer: Answer) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as outage:
            if begun or not (isinstance(outage, FileStoreUnavailable) or is_unavailable(outage)):
                raise
            response = await self._answer(Request(scope, receive), outage)
            await response(scope, receive, send)
