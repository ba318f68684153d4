"""The port `PdfReader` for tests that are about something else: the real one's answers, each file looked into once.

A look starts a process, which takes longer than the rest of such a test. What one process of tests has found of some
bytes holds for the next test too: the answer depends on nothing else. What it has found of a PDF of `sound_pdf` holds
for all of them with as many pages: only their words differ.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TypeVar, cast

from adapters.pdf_reading.reader import ProcessPdfReader
from clinic.values.pdf_check import AcceptedPdf, PdfProblem, PdfRefused
from tests.factories.pdfs import sound_pages

T = TypeVar("T")

_found: dict[tuple[object, ...], object] = {}


class RememberingPdfReader:
    """Asks `ProcessPdfReader`, and remembers its answers and refusals by the file's digest."""

    def __init__(self) -> None:
        self._real = ProcessPdfReader()

    def slot(self) -> AbstractAsyncContextManager[None]:
        return self._real.slot()

    async def inspect(self, content: bytes) -> int:
        return await _remembered(lambda: self._real.inspect(content), "inspect", _alike(content))

    async def accept(self, content: bytes) -> AcceptedPdf:
        accepted = await _remembered(lambda: self._real.accept(content), "accept", _alike(content))
        return accepted if accepted.flattened else replace(accepted, content=content)

    async def differing_pages(self, shown: bytes, made: bytes) -> tuple[int, ...]:
        # What `WaxSealer` makes is no PDF: it holds the pages as they were.
        if made.startswith(b"sealed "):
            return () if shown in made else (1,)
        return await self._real.differing_pages(shown, made)

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        return await _remembered(
            lambda: self._real.page_image(content, page, width), "image", _digest(content), page, width
        )

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        return await _remembered(lambda: self._real.page_texts(content), "texts", _digest(content))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _alike(content: bytes) -> bytes | int:
    """The pages of a sound PDF, and the digest of any other."""
    digest = _digest(content)
    return sound_pages.get(digest, digest)


async def _remembered(look: Callable[[], Awaitable[T]], *key: object) -> T:
    if key not in _found:
        try:
            _found[key] = await look()
        except PdfRefused as refused:
            _found[key] = refused.problem
    found = _found[key]
    if isinstance(found, PdfProblem):
        raise PdfRefused(found)
    return cast(T, found)
