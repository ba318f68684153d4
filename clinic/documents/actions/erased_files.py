"""Deletes the files of erased documents from the file store, after the erasure is committed."""

import logging

from tortoise.expressions import Q

from clinic.documents.files import document_key, pages_folder
from clinic.documents.models import Completion, Document, ErasedFile, Upload
from clinic.values.ports import FileStoreUnavailable, Services

log = logging.getLogger(__name__)

_AT_ONCE = 100


async def delete_erased_files(services: Services) -> int:
    """Delete what is due, and return how many files. What the store does not delete now is tried again later."""
    deleted = 0
    for erased in await ErasedFile.all().order_by("erased_at", "id").limit(_AT_ONCE):
        organization_id, sha256 = erased.organization_id, erased.sha256
        if not await _in_use(erased):
            try:
                await services.files.delete(pages_folder(organization_id, sha256))
                await services.files.delete(document_key(organization_id, sha256))
            except FileStoreUnavailable as problem:
                log.warning("a file of an erased record is not deleted yet", extra={"reason": str(problem)})
                return deleted
            deleted += 1
        await ErasedFile.filter(id=erased.id).delete()
    return deleted


async def _in_use(erased: ErasedFile) -> bool:
    """Whether another document or an upload has the same bytes."""
    here = {"organization_id": erased.organization_id}
    return (
        await Document.filter(Q(sha256=erased.sha256) | Q(completed_sha256=erased.sha256), **here).exists()
        or await Completion.filter(sealed_sha256=erased.sha256, **here).exists()
        or await Upload.filter(sha256=erased.sha256, **here).exists()
    )
