"""A document's file, and the images and texts of its pages.

Images and texts are cached in the file store with a keyed digest. So an attacker who can write to the file store, but
does not have the deployment's keys, can't show people other pages than those that they sign.
"""

import hashlib
import hmac
import json
from typing import cast

from clinic.documents.files import page_key, read_document, texts_key
from clinic.documents.models import Document
from clinic.values.errors import NotFound
from clinic.values.pdf_check import PAGE_WIDTHS
from clinic.values.ports import FileMissing, Services

_PURPOSE = "document_page"


async def original_of(document: Document, services: Services) -> bytes:
    """The original PDF, uploaded or written. Raises `FileMissing`, `FileStoreUnavailable`."""
    return await read_document(document.organization_id, document.sha256, services)


async def completed_of(document: Document, services: Services) -> bytes:
    """The sealed PDF. Raises `NotFound` if there is none yet, `FileMissing`, `FileStoreUnavailable`."""
    if not document.completed_sha256:
        raise NotFound("documentId")
    return await read_document(document.organization_id, document.completed_sha256, services)


async def page_image(document: Document, page: int, width: int, services: Services) -> bytes:
    """Page `page` (from 1) as a PNG, `width` pixels wide, one of `PAGE_WIDTHS`; of the sealed file if there is one.

    Raises `NotFound` for a page or width that does not exist, `PdfRefused`, `FileMissing`, `FileStoreUnavailable`.
    """
    if width not in PAGE_WIDTHS or not 1 <= page <= await page_count_of(document, services):
        raise NotFound("page")
    sha256 = _shown_sha256(document)
    key = page_key(document.organization_id, sha256, page, width)
    cached = await _cached(key, services)
    if cached is not None:
        return cached
    async with services.reader.slot():
        content = await read_document(document.organization_id, sha256, services)
        picture = await services.reader.page_image(content, page, width)
    await _cache(key, picture, services)
    return picture


async def page_texts(document: Document, services: Services) -> tuple[str, ...]:
    """The text of each page in reading order, empty for a page that is only an image.

    If there is a sealed file, these are its pages. Raises `PdfRefused`, `FileMissing`, `FileStoreUnavailable`.
    """
    sha256 = _shown_sha256(document)
    key = texts_key(document.organization_id, sha256)
    cached = await _cached(key, services)
    if cached is not None:
        return tuple(cast(list[str], json.loads(cached)))
    async with services.reader.slot():
        content = await read_document(document.organization_id, sha256, services)
        texts = await services.reader.page_texts(content)
    await _cache(key, json.dumps(texts, ensure_ascii=False).encode(), services)
    return texts


async def page_count_of(document: Document, services: Services) -> int:
    """How many pages are shown, including those of the certificate in a sealed file."""
    return len(await page_texts(document, services)) if document.completed_sha256 else document.page_count


def _shown_sha256(document: Document) -> str:
    return document.completed_sha256 or document.sha256


async def _cache(key: str, content: bytes, services: Services) -> None:
    """Cache the content, followed by its keyed digest: programs that open an image ignore what follows it."""
    await services.files.put(
        key, content + services.secrets.fingerprint(_PURPOSE, _digest_input(key, content)).encode()
    )


async def _cached(key: str, services: Services) -> bytes | None:
    """The cached content. None if there is none, or if its digest is wrong; then the caller renders it again."""
    try:
        stored = await services.files.get(key)
    except FileMissing:
        return None
    content, digest = stored[:-_DIGEST], stored[-_DIGEST:]
    known = services.secrets.fingerprints(_PURPOSE, _digest_input(key, content))
    return content if any(hmac.compare_digest(digest, each.encode()) for each in known) else None


_DIGEST = 64


def _digest_input(key: str, content: bytes) -> str:
    return f"{key} {hashlib.sha256(content).hexdigest()}"
