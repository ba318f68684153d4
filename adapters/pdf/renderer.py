"""Implements the port `PdfRenderer`: draws all our PDFs outside the event loop.

ReportLab is loaded with the first drawing, because most processes never draw.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from clinic.values.certificate import Certificate
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.written_document import WrittenDocument

T = TypeVar("T")
R = TypeVar("R")


class ReportlabRenderer:
    """Draws with ReportLab in one thread, because ReportLab shares its fonts and a second thread is not faster."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdf")

    async def instruction_sheet(self, sheet: InstructionSheet) -> bytes:
        """The sheet as a PDF. Deterministic for the same sheet."""
        return await self._draw(_draw_instruction_sheet, sheet)

    async def written_document(self, document: WrittenDocument) -> bytes:
        """The text as a PDF. Deterministic for the same text."""
        return await self._draw(_draw_written_document, document)

    async def certificate(self, certificate: Certificate) -> bytes:
        """The certificate as a PDF. Deterministic for the same certificate."""
        return await self._draw(_draw_certificate, certificate)

    async def missing_letters(self, text: str) -> str:
        """The letters that no font has, each once, in order."""
        return await self._draw(_missing_letters, text)

    async def _draw(self, draw: Callable[[T], R], what: T) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, draw, what)


def _draw_instruction_sheet(sheet: InstructionSheet) -> bytes:
    from adapters.pdf.instruction_sheet import draw_instruction_sheet

    return draw_instruction_sheet(sheet)


def _draw_written_document(document: WrittenDocument) -> bytes:
    from adapters.pdf.written_document import draw_written_document

    return draw_written_document(document)


def _draw_certificate(certificate: Certificate) -> bytes:
    from adapters.pdf.certificate import draw_certificate

    return draw_certificate(certificate)


def _missing_letters(text: str) -> str:
    from adapters.pdf.scripts import missing_letters

    return missing_letters(text)
