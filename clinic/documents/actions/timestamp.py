"""Adds timestamps later to files that were sealed while the timestamp authority did not answer."""

import asyncio
import logging
from datetime import timedelta

from tortoise.exceptions import BaseORMException
from tortoise.expressions import Q

from clinic.database.faults import is_unavailable
from clinic.documents.actions.claims import (
    LONGEST_WORK,
    claim,
    due,
    postpone,
    record_digest,
    recorded_file,
    still_claimed,
)
from clinic.documents.files import document_key, read_document, sha256_of
from clinic.documents.models import Completion, Document, SealLevel
from clinic.values.callers import SystemCaller
from clinic.values.metrics import SealResult
from clinic.values.ports import FileMissing, FileStoreUnavailable, Services, TimestampUnavailable
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)

# The pause after a seal without a timestamp, and between two attempts to add one.
TIMESTAMP_PAUSE = timedelta(hours=1)

_TO_TIMESTAMP = Q(level=SealLevel.SEALED)


async def upgrade_seals(services: Services, *, worker_name: str, at_most: int = 20) -> int:
    """Add timestamps to sealed files without one. Returns how many got one.

    It stops at the first failure: the authority is then unavailable or not configured, and the others would fail too.
    """
    upgraded = 0
    for completion_id in await due(_TO_TIMESTAMP, worker_name, services.clock.now(), at_most):
        mine = await claim(completion_id, _TO_TIMESTAMP, worker_name, services.clock.now())
        if mine is None:
            continue
        try:
            async with asyncio.timeout(LONGEST_WORK.total_seconds()):
                sha256 = await _timestamped_file(mine, services)
        except (TimestampUnavailable, FileStoreUnavailable, FileMissing, TimeoutError) as trouble:
            await _postpone(mine, trouble, services)
            break
        except Exception as defect:
            if isinstance(defect, BaseORMException) and is_unavailable(defect):
                raise
            # A broad except, because one faulty file must not stop the worker.
            log.exception("no timestamp could be added", extra={"document_id": str(mine.document_id)})
            await _postpone(mine, defect, services)
            continue
        if sha256 is not None:
            upgraded += await _replace(mine, sha256, services)
    return upgraded


async def _postpone(mine: Completion, trouble: Exception, services: Services) -> None:
    await postpone(mine, services.clock.now() + TIMESTAMP_PAUSE, trouble, services)


async def _timestamped_file(mine: Completion, services: Services) -> str | None:
    """Store the file with its timestamp, and return its digest; None if the claim was lost."""
    document = await Document.get(id=mine.document_id)
    if mine.sealed_sha256 != document.completed_sha256 and await recorded_file(mine, services) is not None:
        return mine.sealed_sha256
    content = await read_document(document.organization_id, document.completed_sha256, services)
    stamped = await services.sealer.timestamp(content)
    sha256 = sha256_of(stamped)
    if not await record_digest(mine, sha256):
        return None
    await services.files.put(document_key(document.organization_id, sha256), stamped)
    return sha256


@retry_on_conflict
async def _replace(mine: Completion, sha256: str, services: Services) -> int:
    async with unit_of_work(SystemCaller(mine.organization_id, "worker"), services) as work:
        document = await Document.filter(id=mine.document_id).select_for_update().get()
        done = Completion.filter(still_claimed(mine), level=SealLevel.SEALED)
        if not await done.update(level=SealLevel.TIMESTAMPED, due_at=None, claimed_until=None, failure=""):
            return 0
        document.completed_sha256 = sha256
        await document.save(update_fields=["completed_sha256"])
        work.audit("document.timestamped", document, sha256=sha256)
    services.metrics.count_seal(SealResult.TIMESTAMPED)
    log.info("document.timestamped", extra={"document_id": str(document.id), "attempts": mine.attempts})
    return 1
