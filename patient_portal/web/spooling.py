"""Large bodies on their way: in temporary files, so that slow senders hold neither memory nor a place of work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO

from starlette.requests import Request

# Bytes that are gathered before they are written.
_PIECE = 1 << 20


class SpoolFull(Exception):
    """All bodies on their way have as many bytes as may be kept. The sender may try again later."""


class Spool:
    """The bodies that arrive in this process. All of them together have at most `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept = 0

    @asynccontextmanager
    async def whole_body(self, request: Request) -> AsyncIterator[IO[bytes]]:
        """The body in a file without a name, which is gone afterwards. Raises `SpoolFull`."""
        size = 0
        waiting = bytearray()
        file = await asyncio.to_thread(TemporaryFile)
        try:
            async for chunk in request.stream():
                if self._kept + len(chunk) > self._most_bytes:
                    raise SpoolFull
                self._kept += len(chunk)
                size += len(chunk)
                waiting += chunk
                if len(waiting) >= _PIECE:
                    await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(file.write, bytes(waiting))
            await asyncio.to_thread(file.seek, 0)
            yield file
        finally:
            self._kept -= size
            file.close()
