"""The port `PdfReader`: hands each file to a throw-away process (`adapters.subprocess_pool`)."""

import asyncio
import json
import logging
from contextlib import AbstractAsyncContextManager
from typing import cast

from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from clinic.values.pdf_check import LARGEST_FILE, PAGE_WIDTHS, PdfProblem, PdfRefused

log = logging.getLogger(__name__)

# Five hundred pages take half a second on an idle machine; on a busy one the reader gives way to everybody.
INSPECT_SECONDS = 20.0
# Whoever turns a page waits for this.
PAGE_SECONDS = 10.0
TEXTS_SECONDS = 20.0
# How many look at once, for each process of ours: the machine has other work.
AT_ONCE = 2
# Page images and texts are far smaller.
LONGEST_ANSWER = 64_000_000


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
        # One more fetches its paper while the others look.
        self._turns = asyncio.Semaphore(at_once + 1)
        self._processes = SubprocessPool("adapters.pdf_reading.child", at_once=at_once, longest_answer=LONGEST_ANSWER)

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Few: a paper of 25 MB takes the more memory, the more pages are asked for at once."""
        return self._turns

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
        """What was asked for; no whole answer counts as a file too complex to read."""
        try:
            word, answer = await self._processes.ask(content, seconds, *task)
        except ProcessFailed as failed:
            log.warning("reading a PDF failed", extra={"task": task[0], "reason": failed.reason})
            raise PdfRefused(PdfProblem.TOO_COMPLEX) from None
        if word == "ok":
            return answer
        if word in {problem.value for problem in PdfProblem}:
            raise PdfRefused(PdfProblem(word))
        log.warning("reading a PDF failed", extra={"task": task[0], "reason": "it answered something else"})
        raise PdfRefused(PdfProblem.TOO_COMPLEX)
