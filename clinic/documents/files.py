"""Where a document's bytes and pages lie in the file store, and reading them back unchanged or not at all."""

import asyncio
import hashlib
import logging
from uuid import UUID

from clinic.values.ports import FileMissing, Services

log = logging.getLogger(__name__)


def sha256_of(content: bytes) -> str:
    """The name of the bytes: their SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def document_key(organization_id: UUID, sha256: str) -> str:
    """Of a PDF. Each organization has its own folder: nobody can tell that another holds the same file."""
    return f"{organization_id}/{sha256}"


def page_key(organization_id: UUID, sha256: str, page: int, width: int) -> str:
    """Of the picture of a page (from 1), so many pixels wide; made from the PDF, so it may be lost and made again."""
    return f"{organization_id}/pages/{sha256}/{page}@{width}.png"


def texts_key(organization_id: UUID, sha256: str) -> str:
    """Of the words of all pages, as JSON; made from the PDF like their pictures."""
    return f"{organization_id}/pages/{sha256}/texts.json"


async def keep_document(organization_id: UUID, content: bytes, services: Services) -> str:
    """Store a PDF and answer its SHA-256. Call it before the row that names it. Raises `FileStoreUnavailable`."""
    # Of 25 MB it takes a tenth of a second, in which everybody else would wait.
    sha256 = await asyncio.to_thread(sha256_of, content)
    await services.files.put(document_key(organization_id, sha256), content)
    return sha256


async def read_document(organization_id: UUID, sha256: str, services: Services) -> bytes:
    """The very bytes that were stored. Raises `FileMissing`, also when they changed, or `FileStoreUnavailable`."""
    key = document_key(organization_id, sha256)
    content = await services.files.get(key)
    if await asyncio.to_thread(sha256_of, content) != sha256:
        log.error("a stored document is not what it was", extra={"key": key})
        raise FileMissing(key)
    return content
