"""A client of `WS /graphql` for tests: real frames to the real application, behind the server it runs on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.typing import Origin, Subprotocol

from runtime.commands.serving import SOCKETS
from runtime.http.bounded_protocol import HTTP
from tests.ports import HOST

PROTOCOL = "graphql-transport-ws"
STATUS = "subscription S($ids: [ID!]) { portalStatusChanged(contactIds: $ids) { id portalStatus { state } } }"
DOCUMENTS = "subscription D($ids: [ID!]) { documentChanged(contactIds: $ids) { id } }"
_PATIENCE = 10.0


class _Server(uvicorn.Server):
    """Tells when it is ready, and leaves the signals to the tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """The application behind a real server in this very process, so that it shares clock and database; its address."""
    options = {**HTTP, **SOCKETS}
    config = uvicorn.Config(app, host=HOST, port=port, lifespan="off", access_log=False, log_config=None, **options)
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{HOST}:{port}"
    finally:
        server.should_exit = True
        await running


class Line:
    """One socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0

    async def say(self, message: Any) -> None:
        await self._connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hears(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(_PATIENCE):
            message = json.loads(await self._connection.recv())
        assert isinstance(message, dict)
        return message

    async def subscribes(self, query: str, **variables: Any) -> str:
        self._number += 1
        name = str(self._number)
        await self.say({"id": name, "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return name

    async def told(self, name: str) -> dict[str, Any]:
        """The data of the next event of a subscription, and nothing else before it."""
        message = await self.hears()
        assert (message["type"], message["id"]) == ("next", name), message
        assert "errors" not in message["payload"], message
        data: dict[str, Any] = message["payload"]["data"]
        return data

    async def told_of(self, name: str, contact_id: str) -> dict[str, Any]:
        """The first event about the contact; others may come before it."""
        while True:
            for found in (await self.told(name)).values():
                if found["id"] == contact_id:
                    answer: dict[str, Any] = found
                    return answer

    async def hears_the_end(self) -> tuple[list[dict[str, Any]], tuple[int, str]]:
        """All that is said until the server closes, and the code and reason it closes with."""
        said: list[dict[str, Any]] = []
        try:
            while True:
                said.append(await self.hears())
        except ConnectionClosed as end:
            closing = end.rcvd or Close(1006, "cut off without a word")
            return said, (closing.code, closing.reason)

    async def closed(self) -> tuple[int, str]:
        """Code and reason with which the server closes; whatever it says before is passed over."""
        return (await self.hears_the_end())[1]


@asynccontextmanager
async def calling(
    address: str,
    token: str | None = None,
    *,
    origin: str | None = None,
    protocol: str = PROTOCOL,
    language: str | None = None,
) -> AsyncIterator[Line]:
    """A socket; with a token it is introduced already."""
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[Subprotocol(protocol)],
        origin=Origin(origin) if origin else None,
        additional_headers={"Accept-Language": language} if language else None,
        compression=None,
        close_timeout=1,
    ) as connection:
        line = Line(connection)
        if token is not None:
            await line.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            assert await line.hears() == {"type": "connection_ack"}
        yield line
