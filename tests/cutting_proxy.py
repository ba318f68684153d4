"""A proxy before PostgreSQL that cuts connections: before a statement, before its answer, or within the answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class CuttingProxy:
    """Counts what clients send, over all connections. Every `every`-th time it cuts that connection."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.port = 0
        self.every = 0
        self.cuts = 0
        self._sent = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            writer.transport.abort()
            return
        half = asyncio.Event()
        back = asyncio.create_task(self._answers(upstream[0], writer, half))
        try:
            await self._statements(reader, upstream[1], writer, half)
        finally:
            upstream[1].close()
            back.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await back
            writer.transport.abort()

    async def _statements(
        self,
        reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        half: asyncio.Event,
    ) -> None:
        while piece := await _read(reader):
            self._sent += 1
            if self.every and self._sent % self.every == 0:
                self.cuts += 1
                kind = self.cuts % 3
                if kind == 0:
                    return
                if kind == 1:
                    half.set()
                    upstream.write(piece)
                    await half_answered(client)
                    return
                upstream.write(piece)
                await upstream.drain()
                return
            upstream.write(piece)
            await upstream.drain()

    async def _answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, half: asyncio.Event) -> None:
        while piece := await _read(reader):
            if half.is_set():
                client.write(piece[: len(piece) // 2])
                await client.drain()
                client.close()
                return
            client.write(piece)
            await client.drain()


async def half_answered(client: asyncio.StreamWriter) -> None:
    """Until the half of the answer is out."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await client.wait_closed()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65_536)
    except OSError:
        return b""


@asynccontextmanager
async def cutting_proxy(folder: Path) -> AsyncIterator[CuttingProxy]:
    """A proxy before the server whose socket is in `folder`."""
    proxy = CuttingProxy(folder / ".s.PGSQL.5432")
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
