"""Makes the sealed file after everybody has signed. Its status and exactly one file become visible together.

It runs in a worker (product §4). docs/decisions/0016-one-sealed-file.md explains the order of the steps.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tortoise.exceptions import BaseORMException
from tortoise.expressions import Q

from clinic.database.faults import is_unavailable
from clinic.documents.actions.claims import (
    LONGEST_WORK,
    SealedDiffers,
    claim,
    due,
    postpone,
    record_digest,
    recorded_file,
    still_claimed,
)
from clinic.documents.actions.timestamp import TIMESTAMP_PAUSE
from clinic.documents.certifying import Letterhead, certificate_of
from clinic.documents.evidence import attachment, from_json
from clinic.documents.files import document_key, read_document, sha256_of
from clinic.documents.models import Completion, Document, SealLevel, Signature, SignatureState
from clinic.documents.signature_proof import NotProven, proven_signatures
from clinic.documents.visibility import entitled_to, today_at
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_document_letter
from clinic.organizations.queries import LogoUse, organization_by_id, organization_logo
from clinic.portal_access.models import PortalAccount
from clinic.values.callers import SystemCaller
from clinic.values.metrics import SealResult
from clinic.values.ports import FileMissing, FileStoreUnavailable, PdfRefused, Sealed, SealUnavailable, Services
from clinic.values.seal_report import Verdict
from clinic.work.held import given_up_until, is_held
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

_TO_SEAL = Q(sealed_at=None)


@dataclass(frozen=True)
class _File:
    """A sealed file in the store that is not yet published."""

    sha256: str
    level: SealLevel


async def complete_due_documents(services: Services, *, worker_name: str, at_most: int = 5) -> int:
    """Seal the documents that everybody has signed, one after another. Returns how many were claimed.

    A failed document is retried with growing pauses and without a last attempt, because signatures must not be lost.
    In a restored copy that is held, the documents wait.
    """
    claimed = 0
    waiting = await due(_TO_SEAL, worker_name, services.clock.now(), at_most)
    if waiting and await is_held():
        return 0
    for completion_id in waiting:
        mine = await claim(completion_id, _TO_SEAL, worker_name, services.clock.now())
        if mine is not None:
            claimed += 1
            await _complete(mine, services)
    return claimed


async def _complete(mine: Completion, services: Services) -> None:
    try:
        async with asyncio.timeout(LONGEST_WORK.total_seconds()):
            file = await _sealed_file(mine, services)
    except SealedDiffers as trouble:
        log.error(
            "sealed file differs from what was signed",
            extra={"document_id": str(mine.document_id), "pages": list(trouble.pages)},
        )
        await _postpone(mine, trouble, services)
    except (SealUnavailable, FileStoreUnavailable, FileMissing, NotProven, PdfRefused, TimeoutError) as trouble:
        await _postpone(mine, trouble, services)
    except Exception as defect:
        if isinstance(defect, BaseORMException) and is_unavailable(defect):
            # Not about this document. It keeps its claim, and this worker goes on when the database is back.
            raise
        # A broad except, because one faulty document must not block the others.
        log.exception("document could not be sealed", extra={"document_id": str(mine.document_id)})
        await _postpone(mine, defect, services)
    else:
        if file is not None:
            await _publish(mine, file, services)


async def _postpone(mine: Completion, trouble: Exception, services: Services) -> None:
    # Exponential backoff. The exponent is limited, because there may be many attempts.
    pause = min(FIRST_PAUSE * 2 ** min(mine.attempts - 1, 12), LONGEST_PAUSE)
    await postpone(mine, services.clock.now() + pause, trouble, services)


async def _sealed_file(mine: Completion, services: Services) -> _File | None:
    """The sealed file in the store, made by an earlier worker or now. None if the claim was lost."""
    document = await Document.get(id=mine.document_id)
    contents = await proven_signatures(document, services.secrets)
    original = await read_document(document.organization_id, document.sha256, services)
    there = await recorded_file(mine, services)
    report = await services.sealer.verify(there) if there else None
    # It must also contain the evidence of these signatures, because another document's sealed file is authentic too.
    if report and (report.verdict, report.evidence) == (Verdict.AUTHENTIC, attachment(contents).decode()):
        await _require_same_pages(original, there or b"", services)
        return _File(mine.sealed_sha256, _level(report.timestamped))
    sealed = await _seal(document, original, contents, services)
    await _require_same_pages(original, sealed.content, services)
    sha256 = sha256_of(sealed.content)
    if not await record_digest(mine, sha256):
        return None
    await services.files.put(document_key(document.organization_id, sha256), sealed.content)
    return _File(sha256, _level(sealed.timestamped))


def _level(timestamped: bool) -> SealLevel:
    return SealLevel.TIMESTAMPED if timestamped else SealLevel.SEALED


async def _require_same_pages(original: bytes, sealed: bytes, services: Services) -> None:
    """Raises `SealedDiffers` unless every page looks and reads as it did when people signed it (product §4)."""
    pages = await services.reader.differing_pages(original, sealed)
    if pages:
        raise SealedDiffers(pages)


async def _seal(document: Document, original: bytes, contents: Sequence[str], services: Services) -> Sealed:
    organization = await organization_by_id(document.organization_id)
    letterhead = Letterhead(
        organization.name,
        await organization_logo(organization.id, LogoUse.PRINT),
        organization.brand_colour,
        organization.paper_size,
    )
    evidence = [from_json(content) for content in contents]
    verify_url = f"{services.addresses.portal_url}/verify"
    page = await services.pdf.certificate(certificate_of(evidence, document.language, letterhead, verify_url))
    return await services.sealer.seal(original, page, attachment(contents))


@retry_on_conflict
async def _publish(mine: Completion, file: _File, services: Services) -> None:
    """Complete the document in one transaction, if the worker still has the claim."""
    async with unit_of_work(SystemCaller(mine.organization_id, "worker"), services) as work:
        document = await Document.filter(id=mine.document_id).select_for_update().get()
        done = Completion.filter(still_claimed(mine), sealed_at=None)
        again = work.now + TIMESTAMP_PAUSE if file.level is SealLevel.SEALED else None
        if not await done.update(sealed_at=work.now, level=file.level, due_at=again, claimed_until=None, failure=""):
            return
        document.signature_state = SignatureState.COMPLETED
        document.completed_at, document.completed_sha256 = work.now, file.sha256
        await document.save(update_fields=["signature_state", "completed_at", "completed_sha256"])
        given_up = await given_up_until()
        # The system that the backup was made of has probably sealed it and sent these letters.
        if given_up is None or mine.created_at > given_up:
            await _notify_signers(document, work, services)
        work.audit("document.completed", document, sha256=file.sha256, level=file.level.value)
    services.metrics.count_seal(SealResult.SEALED)
    log.info(
        "seal.made",
        extra={"document_id": str(document.id), "level": file.level.value, "attempts": mine.attempts},
    )


async def _notify_signers(document: Document, work: Work, services: Services) -> None:
    """Queue letters to the signers who may still see the document."""
    signers = {place.signer_id for place in await Signature.filter(document_id=document.id)}
    today = await today_at(document.organization_id, work.now)
    readers = await entitled_to(document.organization_id, [document.id], today)
    told = [reader.account_id for reader in readers if reader.contact_id in signers and reader.account_id]
    for account in await PortalAccount.filter(id__in=told).order_by("id"):
        await queue_document_letter(LetterKind.DOCUMENT_COMPLETED, account, document.id, work.now, services)
