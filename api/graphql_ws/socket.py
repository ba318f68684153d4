"""One socket: introduced by a token, then any number of subscriptions side by side, until somebody ends it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.errors import BadUserInput, Code, code_errors, unexpected
from api.graphql_http.body import GraphQLRequest
from api.graphql_http.documents import is_subscription
from api.graphql_http.schema import Schema
from api.graphql_ws.closing import CloseCode, MustClose
from api.graphql_ws.frames import Frame, Kind, read_frame
from clinic.values.callers import StaffCaller

MOST_SUBSCRIPTIONS = 100

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Admission:
    """What a socket was opened with: who, with which permissions, by which token (its hash)."""

    caller: StaffCaller
    token_hash: str


class Door(Protocol):
    """Who is let in, and who has to leave."""

    async def admit(self, said: Mapping[str, Any], websocket: WebSocket) -> Admission:
        """Judge the payload of connection_init; raises `MustClose`."""
        ...

    async def put_out(self, admissions: Sequence[Admission]) -> dict[Admission, MustClose]:
        """Those of the admissions that hold no longer at this moment, and what to tell them. One statement."""
        ...


@dataclass(frozen=True)
class House:
    """What all sockets of an endpoint share. `admitted` may refuse one more; `init_limit` is in seconds."""

    schema: Schema
    door: Door
    make_context: Callable[[Admission], Any]
    admitted: Callable[["Socket"], None]
    init_limit: float


class Socket:
    """An accepted connection."""

    def __init__(self, websocket: WebSocket, house: House) -> None:
        self._websocket = websocket
        self._house = house
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.address = address_of(websocket)
        self.admission: Admission | None = None
        self.close_code: int | None = None

    async def serve(self) -> None:
        """Listen until either side closes; nothing of it goes on afterwards."""
        try:
            await self._introduce()
            while True:
                await self._heed(await self._next_frame())
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

    async def _introduce(self) -> None:
        try:
            async with asyncio.timeout(self._house.init_limit):
                frame = await self._next_frame()
                while frame.kind is not Kind.INIT:
                    if frame.kind is Kind.SUBSCRIBE:
                        raise MustClose(CloseCode.UNAUTHENTICATED, "Say who you are first: connection_init.")
                    await self._say_pong(frame)
                    frame = await self._next_frame()
        except TimeoutError:
            raise MustClose(CloseCode.NOT_INTRODUCED, "Nobody said connection_init in time.") from None
        self.admission = await self._house.door.admit(frame.payload or {}, self._websocket)
        self._house.admitted(self)
        await self._send({"type": "connection_ack"})

    async def _heed(self, frame: Frame) -> None:
        # Short answers are waited for: who reads none is not listened to either, and nothing piles up for them.
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
        if len(self._operations) >= MOST_SUBSCRIPTIONS or len(self._tasks) >= 2 * MOST_SUBSCRIPTIONS:
            refusal = BadUserInput(f"A socket has at most {MOST_SUBSCRIPTIONS} subscriptions. End one first.")
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
            code_errors([error])
            await self._send_errors(name, [error])
        except Exception as error:  # noqa: BLE001  the outermost edge of a subscription: nothing behind it would log
            unexpected(error, "api.subscription")
            await self.close(_broken())
        finally:
            if self._operations.get(name) is asyncio.current_task():
                del self._operations[name]

    async def _stream(self, name: str, asked: GraphQLRequest) -> None:
        schema, admission = self._house.schema, self.admission
        assert admission is not None  # noqa: S101 - narrows the type: nobody subscribes before
        if not is_subscription(schema.documents.read(asked.query).operation(asked.operation_name)):
            raise BadUserInput("Only subscriptions come by WebSocket. Send queries and mutations by POST.")
        results = await schema.subscribe(
            asked.query,
            variable_values=asked.variables,
            context_value=self._house.make_context(admission),
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
        """Send to somebody who may have gone meanwhile; `serve` hears of it."""
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
    """The machine that connects; forwarding headers were dealt with before."""
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
        if (error.extensions or {}).get("code") == Code.INTERNAL:
            raise _broken()


def _broken() -> MustClose:
    return MustClose(CloseCode.INTERNAL, "Something went wrong on our side. Connect again.")


def _payload(result: ExecutionResult) -> dict[str, Any]:
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    return payload
