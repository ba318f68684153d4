"""Implements the port `PdfReader`: each request runs in a single-use process (`adapters.subprocess_pool`)."""

import asyncio
import json
import logging
from contextlib import AbstractAsyncContextManager
from typing import cast

from adapters.framing import frame_parts, unframe_parts
from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from clinic.values.metrics import Metrics, NoMetrics
from clinic.values.pdf_check import LARGEST_FILE, PAGE_WIDTHS, AcceptedPdf, PdfProblem, PdfRefused

log = logging.getLogger(__name__)

# 500 pages take 0.5 s on an idle machine. The process runs at low priority, so it may take longer on a busy one.
INSPECT_SECONDS = 20.0
# Flattening, sealing on trial and drawing each page four times: 500 pages take 15 s on an idle machine.
ACCEPT_SECONDS = 60.0
# In the background: two files of 500 pages.
COMPARE_SECONDS = 60.0
# A person waits for the page.
PAGE_SECONDS = 10.0
TEXTS_SECONDS = 20.0
# For each server process; the machine has other work.
MAX_CONCURRENT = 2
# Bytes. Page images and texts are far smaller.
MAX_ANSWER_BYTES = 64_000_000


class ProcessPdfReader:
    """Reads PDFs in single-use processes. Up to `max_concurrent` run at once; further requests wait."""

    def __init__(
        self,
        *,
        inspect_seconds: float = INSPECT_SECONDS,
        accept_seconds: float = ACCEPT_SECONDS,
        compare_seconds: float = COMPARE_SECONDS,
        page_seconds: float = PAGE_SECONDS,
        texts_seconds: float = TEXTS_SECONDS,
        max_concurrent: int = MAX_CONCURRENT,
        metrics: Metrics | None = None,
    ) -> None:
        self._metrics = metrics or NoMetrics()
        self._inspect_seconds = inspect_seconds
        self._accept_seconds = accept_seconds
        self._compare_seconds = compare_seconds
        self._page_seconds = page_seconds
        self._texts_seconds = texts_seconds
        # One more request may load its document while the others are being read.
        self._slots = asyncio.Semaphore(max_concurrent + 1)
        self._processes, self._accepting = (
            SubprocessPool(module, max_concurrent=max_concurrent, max_answer_bytes=MAX_ANSWER_BYTES)
            for module in ("adapters.pdf_reading.child", "adapters.pdf_acceptance.child")
        )

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Limits memory: each concurrent request may hold a document of 25 MB."""
        return self._slots

    async def inspect(self, content: bytes) -> int:
        """The number of pages of a valid PDF; `adapters.pdf_reading.inspection` has the rules."""
        if len(content) > LARGEST_FILE:
            raise self._refused(PdfProblem.TOO_LARGE)
        return int(await self._ask(content, self._inspect_seconds, "inspect"))

    async def accept(self, content: bytes) -> AcceptedPdf:
        """What may become a document; `adapters.pdf_acceptance.acceptance` has the steps."""
        if len(content) > LARGEST_FILE:
            raise self._refused(PdfProblem.TOO_LARGE)
        pages, copy = unframe_parts(await self._ask(content, self._accept_seconds, "accept", pool=self._accepting))
        return AcceptedPdf(copy or content, int(pages), bool(copy))

    async def differing_pages(self, shown: bytes, made: bytes) -> tuple[int, ...]:
        """The numbers of the shown pages whose pictures or words differ in the other file."""
        answer = await self._ask(frame_parts([shown, made]), self._compare_seconds, "compare")
        return tuple(cast(list[int], json.loads(answer)))

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        """The page on white with annotations and form fields. A very long page is narrower than `width`."""
        if width not in PAGE_WIDTHS:
            raise ValueError(f"width must be one of {PAGE_WIDTHS}")
        return await self._ask(content, self._page_seconds, "image", str(page), str(width))

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        """The text of each page without control characters, at most 20,000 characters a page."""
        return tuple(cast(list[str], json.loads(await self._ask(content, self._texts_seconds, "texts"))))

    async def _ask(self, content: bytes, seconds: float, *task: str, pool: SubprocessPool | None = None) -> bytes:
        """The answer to one task. A crash or a timeout means that the file is too complex."""
        try:
            word, answer = await (pool or self._processes).ask(content, seconds, *task)
        except ProcessFailed as failed:
            log.warning("reading a PDF failed", extra={"task": task[0], "reason": failed.reason})
            raise self._refused(PdfProblem.TOO_COMPLEX) from None
        if word == "ok":
            return answer
        if word in {problem.value for problem in PdfProblem}:
            raise self._refused(PdfProblem(word))
        log.warning("reading a PDF failed", extra={"task": task[0], "reason": "it answered something else"})
        raise self._refused(PdfProblem.TOO_COMPLEX)

    def _refused(self, problem: PdfProblem) -> PdfRefused:
        self._metrics.count_refused_pdf(problem)
        return PdfRefused(problem)
