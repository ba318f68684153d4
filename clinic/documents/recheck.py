"""Compares documents of earlier releases with what was shown: sealed ones, and ones that people are still to sign.

Product §4, one file, one reading. Uploads were not made static before. So a sealed file may show something else than
what was signed, and a file that waits for signatures may be one that could not be sealed.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from clinic.documents.files import read_document
from clinic.documents.models import Document, SignatureState
from clinic.values.ports import FileMissing, PdfRefused, Services

_AT_ONCE = 100


class Finding(StrEnum):
    """What is wrong with a document."""

    # The sealed file looks or reads differently from the pages that people signed.
    SEALED_DIFFERS = "SEALED_DIFFERS"
    # Form fields, notes or layers: other programs may show or print something else than our pages.
    NOT_STATIC = "NOT_STATIC"
    # A file is missing from the store, or was changed there.
    FILE_MISSING = "FILE_MISSING"
    # A file that can't be read within the limits.
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class Rechecked:
    """One document. `findings` is empty if all is well; `pages` are those that differ, from 1."""

    document_id: UUID
    sealed: bool
    findings: tuple[Finding, ...]
    pages: tuple[int, ...] = ()


async def recheck_documents(organization_id: UUID, services: Services) -> AsyncIterator[Rechecked]:
    """Every document of the practice that is sealed or waits for signatures, one after another. Changes nothing.

    Raises `FileStoreUnavailable`.
    """
    after: UUID | None = None
    while True:
        found = Document.filter(
            organization_id=organization_id,
            withdrawn_at=None,
            signature_state__in=(SignatureState.COMPLETED, SignatureState.WAITING),
        )
        page = await (found.filter(id__gt=after) if after else found).order_by("id").limit(_AT_ONCE)
        for document in page:
            yield await _recheck(document, services)
        if len(page) < _AT_ONCE:
            return
        after = page[-1].id


async def _recheck(document: Document, services: Services) -> Rechecked:
    sealed = bool(document.completed_sha256)
    try:
        async with services.reader.slot():
            shown = await read_document(document.organization_id, document.sha256, services)
            pages = await _differing(document, shown, services) if sealed else ()
            static = await _is_static(shown, services)
    except FileMissing:
        return Rechecked(document.id, sealed, (Finding.FILE_MISSING,))
    except PdfRefused:
        return Rechecked(document.id, sealed, (Finding.UNREADABLE,))
    findings = [Finding.SEALED_DIFFERS] if pages else []
    if not static:
        findings.append(Finding.NOT_STATIC)
    return Rechecked(document.id, sealed, tuple(findings), pages)


async def _differing(document: Document, shown: bytes, services: Services) -> tuple[int, ...]:
    made = await read_document(document.organization_id, document.completed_sha256, services)
    return await services.reader.differing_pages(shown, made)


async def _is_static(shown: bytes, services: Services) -> bool:
    """Whether the file would be accepted today as it is."""
    try:
        return not (await services.reader.accept(shown)).flattened
    except PdfRefused:
        return False
