"""Claims for the work on sealed files. A worker claims a completion with a lease; each later write checks the claim.

docs/decisions/0016-one-sealed-file.md explains why there is exactly one sealed file in the end.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F, Q

from clinic.documents.files import document_key, read_document
from clinic.documents.models import Completion
from clinic.documents.seal_problems import SealFailure, SealProblem
from clinic.documents.signature_proof import NotProven
from clinic.values.metrics import SealResult
from clinic.values.ports import (
    FileMissing,
    FileStoreUnavailable,
    PdfRefused,
    SealUnavailable,
    Services,
    TimestampUnavailable,
)

log = logging.getLogger(__name__)

# If a worker dies, others take over its work after the lease ends; a worker that hangs is stopped before that.
# Merging pages, sealing and timestamping have limits of their own, which add up to less.
LEASE = timedelta(minutes=5)
LONGEST_WORK = timedelta(minutes=4)


async def due(what: Q, worker_name: str, now: datetime, at_most: int) -> list[UUID]:
    """The ids of completions that are due and free, the longest due first."""
    waiting = Completion.filter(what, _free(worker_name, now)).order_by("due_at").limit(at_most)
    return [UUID(str(completion_id)) for completion_id in await waiting.values_list("id", flat=True)]


async def claim(completion_id: UUID, what: Q, worker_name: str, now: datetime) -> Completion | None:
    """The completion, claimed by one conditional update; None if another worker claimed it first.

    `attempts` counts the claims, so it distinguishes a claim from every later one, even by the same worker.
    """
    free = Completion.filter(what, _free(worker_name, now), id=completion_id)
    if not await free.update(claimed_until=now + LEASE, claimed_by=worker_name, attempts=F("attempts") + 1):
        return None
    mine = await Completion.get(id=completion_id)
    # Another worker can claim it between the two statements only if this lease has already ended.
    return mine if mine.claimed_by == worker_name else None


def _free(worker_name: str, now: datetime) -> Q:
    """Due, and not claimed by another worker. A worker does one such work at a time, so its own was interrupted."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_by=worker_name)
    return Q(due_at__lte=now) & unclaimed


def still_claimed(claimed: Completion) -> Q:
    """The condition that this claim is still valid and no other file has been announced."""
    return Q(
        id=claimed.id,
        claimed_by=claimed.claimed_by,
        attempts=claimed.attempts,
        sealed_sha256=claimed.sealed_sha256,
        claimed_until__not_isnull=True,
    )


async def record_digest(claimed: Completion, sha256: str) -> bool:
    """Record the digest of the file before it is stored. Returns False if the claim was lost."""
    if not await Completion.filter(still_claimed(claimed)).update(sealed_sha256=sha256):
        return False
    claimed.sealed_sha256 = sha256
    return True


async def recorded_file(claimed: Completion, services: Services) -> bytes | None:
    """The file that an earlier worker announced and stored before it died; None if there is none."""
    if not claimed.sealed_sha256:
        return None
    if not await services.files.exists(document_key(claimed.organization_id, claimed.sealed_sha256)):
        return None
    try:
        return await read_document(claimed.organization_id, claimed.sealed_sha256, services)
    except FileMissing:
        return None


class SealedDiffers(Exception):
    """The sealed file would show something else than what was signed; `pages` are the pages, from 1."""

    def __init__(self, pages: tuple[int, ...]) -> None:
        super().__init__(f"pages {pages}")
        self.pages = pages


def _failure(trouble: Exception) -> SealFailure:
    match trouble:
        case FileMissing():
            return SealFailure(SealProblem.FILE_MISSING)
        case FileStoreUnavailable():
            return SealFailure(SealProblem.FILE_STORE_UNAVAILABLE, str(trouble))
        case SealUnavailable():
            return SealFailure(SealProblem.SEAL_UNAVAILABLE, str(trouble))
        case TimestampUnavailable():
            return SealFailure(SealProblem.TIMESTAMP_UNAVAILABLE, str(trouble))
        case TimeoutError():
            return SealFailure(SealProblem.TOO_SLOW, f"{LONGEST_WORK.total_seconds():g}")
        case SealedDiffers():
            return SealFailure(SealProblem.SEALED_DIFFERS, ", ".join(map(str, trouble.pages[:10])))
        case PdfRefused():
            return SealFailure(SealProblem.NOT_COMPARED)
        case NotProven():
            return SealFailure(trouble.problem)
    return SealFailure(SealProblem.INTERNAL, type(trouble).__name__)


async def postpone(claimed: Completion, until: datetime, trouble: Exception, services: Services) -> None:
    """Release the claim and schedule a retry at `until`. Stores the reason for staff."""
    failure = _failure(trouble).as_text()
    differed = isinstance(trouble, SealedDiffers)
    services.metrics.count_seal(SealResult.DIFFERED if differed else SealResult.POSTPONED)
    log.warning(
        "sealed file not made",
        extra={"document_id": str(claimed.document_id), "attempts": claimed.attempts, "failure": failure},
    )
    await Completion.filter(still_claimed(claimed)).update(due_at=until, claimed_until=None, failure=failure[:300])
