"""One socket: the client authenticates, then runs many subscriptions side by side, until either side closes it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.server.errors import BadUserInput, Code, Unavailable, code_errors, log_unavailable, unexpected
from api.server.graphql_http.body import GraphQLRequest
from api.server.graphql_http.parsed_queries import is_subscription
from api.server.graphql_http.schema import Schema
from api.server.graphql_http.trusted_documents import TrustedDocuments
from api.server.graphql_ws.closing import CloseCode, MustClose
from api.server.graphql_ws.frames import Frame, Kind, read_frame

MAX_SUBSCRIPTIONS = 100

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Admission(Protocol):
    """What a socket was opened with; equal admissions are revoked together."""

    @property
    def session_id(self) -> Hashable: ...

    def __hash__(self) -> int: ...


Admitted = TypeVar("Admitted", bound=Admission)


class Authenticator(Protocol[Admitted]):
    """Decides who may connect, and who may stay connected."""

    async def admit(self, payload: Mapping[str, Any], websocket: WebSocket) -> Admitted:
        """Check the payload of connection_init; raises `MustClose`."""
        ...

    async def revoked(self, admissions: Sequence[Admitted]) -> dict[Admitted, MustClose]:
        """Those of the admissions that no longer hold, and what to tell their clients. Two statements at most."""
        ...


@dataclass(frozen=True)
class ServerState(Generic[Admitted]):
    """What all sockets of an endpoint share. `authenticated` may refuse a socket; `init_limit` is in seconds."""

    schema: Schema
    authenticator: Authenticator[Admitted]
    make_context: Callable[[Admitted], Any]
    authenticated: Callable[["Socket[Admitted]"], None]
    init_limit: float
    trusted: TrustedDocuments


class Socket(Generic[Admitted]):
    """An accepted connection."""

    def __init__(self, websocket: WebSocket, server: ServerState[Admitted]) -> None:
        self._websocket = websocket
        self._server = server
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.address = address_of(websocket)
        self.admission: Admitted | None = None
        self.close_code: int | None = None

    async def serve(self) -> None:
        """Handle messages until either side closes; then end what still runs."""
        try:
            await self._authenticate()
            while True:
                await self._handle(await self._next_frame())
        except MustClose as why:
            await self.close(why)
        except WebSocketDisconnect as end:
            self.close_code = self.close_code or end.code
        finally:
            self._closed = True
            await self._end_operations()

    async def close(self, why: MustClose) -> None:
        """End the socket from our side; `serve` then returns."""
        if self._closed:
            return
        self._closed = True
        self.close_code = int(why.close_code)
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        await self._quietly(self._websocket.close(self.close_code, why.message))

    async def _authenticate(self) -> None:
        try:
            async with asyncio.timeout(self._server.init_limit):
                frame = await self._next_frame()
                while frame.kind is not Kind.INIT:
                    if frame.kind is Kind.SUBSCRIBE:
                        raise MustClose(CloseCode.UNAUTHENTICATED, "Say who you are first: connection_init.")
                    await self._say_pong(frame)
                    frame = await self._next_frame()
        except TimeoutError:
            raise MustClose(CloseCode.NOT_INTRODUCED, "Nobody said connection_init in time.") from None
        self.admission = await self._server.authenticator.admit(frame.payload or {}, self._websocket)
        self._server.authenticated(self)
        await self._send({"type": "connection_ack"})

    async def _handle(self, frame: Frame) -> None:
        # Each short answer is awaited: a client that reads none is not listened to, so that no queue grows for it.
        match frame:
            case Frame(kind=Kind.INIT):
                raise MustClose(CloseCode.TOO_MANY, "connection_init was said already.")
            case Frame(kind=Kind.PING):
                await self._say_pong(frame)
            case Frame(kind=Kind.COMPLETE):
                operation = self._operations.pop(frame.id, None)
                if operation is not None:
                    operation.cancel()
            case Frame(kind=Kind.SUBSCRIBE, asked=GraphQLRequest() as asked):
                await self._subscribe(frame.id, asked)

    async def _subscribe(self, name: str, asked: GraphQLRequest) -> None:
        if name in self._operations:
            raise MustClose(CloseCode.ALREADY_SUBSCRIBED, "A subscription of this id goes on already.")
        # Tasks too: what was ended a moment ago may still be finishing.
        if len(self._operations) >= MAX_SUBSCRIPTIONS or len(self._tasks) >= 2 * MAX_SUBSCRIPTIONS:
            refusal = BadUserInput(f"A socket has at most {MAX_SUBSCRIPTIONS} subscriptions. End one first.")
            await self._send_errors(name, [refusal])
            return
        task = self._operations[name] = asyncio.create_task(self._run(name, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, name: str, asked: GraphQLRequest) -> None:
        try:
            await self._stream(name, asked)
        except MustClose as why:
            await self.close(why)
        except GraphQLError as error:
            code_errors([error], self._server.schema.refusal_of)
            await self._send_errors(name, [error])
        except Exception as error:  # noqa: BLE001  the outermost edge of a subscription: nothing behind it would log
            if isinstance(self._server.schema.refusal_of(error), Unavailable):
                log_unavailable(error, "api.subscription_unavailable")
            else:
                unexpected(error, "api.subscription")
            await self.close(_broken())
        finally:
            if self._operations.get(name) is asyncio.current_task():
                del self._operations[name]

    async def _stream(self, name: str, asked: GraphQLRequest) -> None:
        schema, admission = self._server.schema, self.admission
        assert admission is not None  # noqa: S101 - narrows the type: nobody subscribes before being admitted
        asked = self._server.trusted.resolve(asked)
        if not is_subscription(schema.queries.read(asked.query).operation(asked.operation_name)):
            raise BadUserInput("Only subscriptions come by WebSocket. Send queries and mutations by POST.")
        results = await schema.subscribe(
            asked.query,
            variable_values=asked.variables,
            context_value=self._server.make_context(admission),
            operation_name=asked.operation_name,
            operation_extensions=asked.extensions,
        )
        async with aclosing(results):
            async for result in results:
                if _never_ran(result):
                    raise_if_fatal(result.errors or [])
                    await self._send_errors(name, result.errors or [])
                    return
                await self._send({"type": "next", "id": name, "payload": _payload(result)})
        await self._send({"type": "complete", "id": name})

    async def _next_frame(self) -> Frame:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None:
            raise MustClose(CloseCode.MALFORMED, "A message must be text.")
        return read_frame(text)

    async def _say_pong(self, frame: Frame) -> None:
        if frame.kind is Kind.PING:
            await self._send({"type": "pong"})

    async def _send_errors(self, name: str, errors: Sequence[GraphQLError]) -> None:
        await self._send({"type": "error", "id": name, "payload": [error.formatted for error in errors]})

    async def _send(self, message: Mapping[str, Any]) -> None:
        if not self._closed:
            # Half a surrogate pair can't be written in UTF-8; a value that held one must not cost the whole socket.
            await self._quietly(self._websocket.send_text(_to_json(message).encode("utf-8", "replace").decode()))

    async def _quietly(self, sending: Awaitable[None]) -> None:
        """Send to a client that may have disconnected; `serve` finds out when it reads."""
        try:
            await sending
        except (WebSocketDisconnect, RuntimeError):
            self._closed = True

    async def _end_operations(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def address_of(websocket: WebSocket) -> str:
    """The address of the client; a trusted proxy's forwarding headers were applied before."""
    return websocket.client.host if websocket.client else ""


def _never_ran(result: ExecutionResult) -> bool:
    """Whether nothing was run, or nothing more will be: errors that belong to no field."""
    return isinstance(result, PreExecutionError) or (
        result.data is None and all(error.path is None for error in result.errors or ())
    )


def raise_if_fatal(errors: Sequence[GraphQLError]) -> None:
    """Raise `MustClose` for what ends the whole socket: a token that holds no longer, or a failure of ours.

    A client that is told of an error gives a subscription up; one whose socket closes comes back and catches up.
    """
    for error in errors:
        cause = error.original_error or error
        if isinstance(cause, MustClose):
            raise cause
        if (error.extensions or {}).get("code") in (Code.INTERNAL, Code.UNAVAILABLE):
            raise _broken()


def _broken() -> MustClose:
    return MustClose(CloseCode.INTERNAL, "Something went wrong on our side. Connect again.")


def _payload(result: ExecutionResult) -> dict[str, Any]:
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    return payload
