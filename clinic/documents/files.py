"""The keys of documents and their pages in the file store, and reading documents with a check of their digest."""

import asyncio
import hashlib
import logging
from uuid import UUID

from clinic.values.ports import FileMissing, Services

log = logging.getLogger(__name__)


def sha256_of(content: bytes) -> str:
    """The SHA-256 of the bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def document_key(organization_id: UUID, sha256: str) -> str:
    """The key of a PDF. Each organization has its own folder, so that none can find out that another has the file."""
    return f"{organization_id}/{sha256}"


def pages_folder(organization_id: UUID, sha256: str) -> str:
    """Where the images and texts of a document's pages are; ends with a slash."""
    return f"{organization_id}/pages/{sha256}/"


def page_key(organization_id: UUID, sha256: str, page: int, width: int) -> str:
    """The key of the image of a page (from 1), `width` pixels wide. A lost image is rendered again from the PDF."""
    return f"{pages_folder(organization_id, sha256)}{page}@{width}.png"


def texts_key(organization_id: UUID, sha256: str) -> str:
    """The key of the texts of all pages, as JSON. Lost texts are extracted again from the PDF."""
    return f"{pages_folder(organization_id, sha256)}texts.json"


async def store_document(organization_id: UUID, content: bytes, services: Services) -> str:
    """Store a PDF, and return its SHA-256. Call it before creating the row. Raises `FileStoreUnavailable`."""
    # For 25 MB it takes a tenth of a second, which would block the event loop.
    sha256 = await asyncio.to_thread(sha256_of, content)
    await services.files.put(document_key(organization_id, sha256), content)
    return sha256


async def read_document(organization_id: UUID, sha256: str, services: Services) -> bytes:
    """The bytes as they were stored. Raises `FileMissing`, also if they have changed, or `FileStoreUnavailable`."""
    key = document_key(organization_id, sha256)
    content = await services.files.get(key)
    if await asyncio.to_thread(sha256_of, content) != sha256:
        log.error("a stored document is not what it was", extra={"key": key})
        raise FileMissing(key)
    return content
