"""The port `PdfReader`: hands each file to a fresh process with little time, little memory and no secrets.

A process that crashes, hangs or swells takes nothing along, and what it held of one person's paper is gone before the
next is read. Starting one takes a tenth of a second.
"""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import cast

from clinic.documents.soundness import LARGEST_FILE, PAGE_WIDTHS, PdfProblem, PdfRefused

log = logging.getLogger(__name__)

# Five hundred pages take half a second on an idle machine; on a busy one the reader gives way to everybody.
INSPECT_SECONDS = 20.0
# Whoever turns a page waits for this.
PAGE_SECONDS = 10.0
TEXTS_SECONDS = 20.0
# How many look at once, for each process of ours: the machine has other work.
AT_ONCE = 2
# Page images and texts are far smaller; a process gone mad must not fill our memory through its answer.
LONGEST_ANSWER = 64_000_000

# Seconds between a process's answer and its end.
_GRACE = 2.0

# The child finds our code where this process found it, without its environment, which holds the secret keys.
_START = "import sys; sys.path[:] = sys.argv[1].split('\\n'); from adapters.pdf_reading.child import main; main()"


class ProcessPdfReader:
    """Reads PDFs in throw-away processes, `at_once` side by side; further ones wait for their turn."""

    def __init__(
        self,
        *,
        inspect_seconds: float = INSPECT_SECONDS,
        page_seconds: float = PAGE_SECONDS,
        texts_seconds: float = TEXTS_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._inspect_seconds = inspect_seconds
        self._page_seconds = page_seconds
        self._texts_seconds = texts_seconds
        self._turns = asyncio.Semaphore(at_once)

    async def inspect(self, content: bytes) -> int:
        """The number of pages of a sound PDF; the rules are in `adapters.pdf_reading.inspection`."""
        if len(content) > LARGEST_FILE:
            raise PdfRefused(PdfProblem.TOO_LARGE)
        return int(await self._ask(content, self._inspect_seconds, "inspect"))

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        """The page on white, with annotations and filled-in fields; narrower than asked if it is very long."""
        if width not in PAGE_WIDTHS:
            raise ValueError(f"width must be one of {PAGE_WIDTHS}")
        return await self._ask(content, self._page_seconds, "image", str(page), str(width))

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        """The pages' words without control characters, 20,000 characters a page at most."""
        return tuple(cast(list[str], json.loads(await self._ask(content, self._texts_seconds, "texts"))))

    async def _ask(self, content: bytes, seconds: float, *task: str) -> bytes:
        async with self._turns:
            process = await _start(*task)
            answered = False
            try:
                async with asyncio.timeout(seconds):
                    answer = await _exchange(process, content)
                answered = True
            except TimeoutError:
                log.warning("reading a PDF took too long", extra={"task": task[0], "seconds": seconds})
                raise PdfRefused(PdfProblem.TOO_COMPLEX) from None
            finally:
                # Also when whoever asked went away, or this program ends: nothing goes on reading for nobody.
                await asyncio.shield(_ended(process, at_once=not answered))
        return _judged(answer, task[0], process.returncode)


async def _start(*task: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        _START,
        "\n".join(path or os.getcwd() for path in sys.path),
        *task,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LANG": "C.UTF-8"},
        close_fds=True,
    )


async def _exchange(process: Process, content: bytes) -> bytes:
    """Send the file and take the answer; whatever came until the process died."""
    assert process.stdin and process.stdout  # noqa: S101, PT018  both are pipes
    with suppress(ConnectionError):
        process.stdin.write(content)
        await process.stdin.drain()
    process.stdin.close()
    answer = bytearray()
    while len(answer) <= LONGEST_ANSWER and (chunk := await process.stdout.read(1 << 18)):
        answer += chunk
    return bytes(answer)


async def _ended(process: Process, *, at_once: bool) -> None:
    """Wait for its end; kill it first, or when it stays although it has answered."""
    try:
        async with asyncio.timeout(0 if at_once else _GRACE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _judged(answer: bytes, task: str, status: int | None) -> bytes:
    """The answer's content; anything but a whole answer counts as a file too complex to read."""
    verdict, newline, content = answer.partition(b"\n")
    if newline and verdict == b"ok" and len(answer) <= LONGEST_ANSWER:
        return content
    if newline and verdict in {problem.value.encode() for problem in PdfProblem}:
        raise PdfRefused(PdfProblem(verdict.decode()))
    log.warning("reading a PDF failed", extra={"task": task, "status": status})
    raise PdfRefused(PdfProblem.TOO_COMPLEX)
