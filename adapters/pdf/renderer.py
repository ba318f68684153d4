"""The port `PdfRenderer`: every drawing of ours, off the event loop.

ReportLab is loaded with the first drawing: most processes never draw.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from adapters.pdf.certificate import draw_certificate
from adapters.pdf.instruction_sheet import draw_instruction_sheet
from adapters.pdf.written_document import draw_written_document
from clinic.values.certificate import Certificate
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.written_document import WrittenDocument

T = TypeVar("T")


class ReportlabRenderer:
    """Draws with ReportLab in one thread of its own: ReportLab's fonts are shared, and two threads gain nothing."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdf")

    async def instruction_sheet(self, sheet: InstructionSheet) -> bytes:
        """The sheet as a PDF; the same bytes for the same sheet."""
        return await self._drawn(_instruction_sheet, sheet)

    async def written_document(self, document: WrittenDocument) -> bytes:
        """The text as a PDF; the same bytes for the same text."""
        return await self._drawn(_written_document, document)

    async def certificate(self, certificate: Certificate) -> bytes:
        """The page that tells who signed; the same bytes for the same words."""
        return await self._drawn(_certificate, certificate)

    async def _drawn(self, draw: Callable[[T], bytes], what: T) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._thread, draw, what)


def _instruction_sheet(sheet: InstructionSheet) -> bytes:

    return draw_instruction_sheet(sheet)


def _written_document(document: WrittenDocument) -> bytes:

    return draw_written_document(document)


def _certificate(certificate: Certificate) -> bytes:

    return draw_certificate(certificate)
