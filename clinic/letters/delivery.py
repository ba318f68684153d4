"""Delivers letters. Any number of workers may run: a worker claims a letter by one conditional update.

docs/decisions/0048-about-us-or-about-the-letter.md says what a mail server's answer means.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import BaseORMException
from tortoise.expressions import F, Q

from clinic.database.faults import is_unavailable
from clinic.letters.composing import compose
from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.values.callers import SystemCaller
from clinic.values.metrics import LetterResult
from clinic.values.ports import (
    MailboxesDiffer,
    MailRefused,
    MailSender,
    MailServerUnavailable,
    MailUnavailable,
    SenderRefused,
    Services,
)
from clinic.work.held import is_held
from clinic.work.unit_of_work import Work, rehearsal, unit_of_work

log = logging.getLogger(__name__)

# If a worker dies, other workers take its letters after the lease ends. A living one renews it while it works.
LEASE = timedelta(minutes=2)
RENEW_EVERY = timedelta(seconds=30)
# A mail server that takes longer does not answer any more; each of its replies has a limit of its own.
LONGEST_DELIVERY = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)
REFUSED_PAUSE = timedelta(minutes=5)
# RFC 5321 §4.5.4.1 asks for retries during four to five days.
GIVE_UP_AFTER = timedelta(days=4)
# How long it is tried to mark a delivered letter as sent while the database is away.
MARK_EVERY = timedelta(seconds=1)
MARK_ATTEMPTS = 120

# Somebody waits before a screen for these. They go before any number of other letters.
URGENT = (
    LetterKind.VERIFY_EMAIL,
    LetterKind.RESET_PASSWORD,
    LetterKind.CONFIRM_NEW_EMAIL,
    LetterKind.STAFF_RESET_PASSWORD,
)


async def deliver_due_letters(services: Services, *, worker_name: str, at_most: int = 20) -> int:
    """Send the letters that are due, one after another, urgent ones first. Returns how many letters were claimed.

    Nothing is sent without a mail server, or in a restored copy that is held. A letter that can't be delivered does not
    block the others: each one is sent, postponed, bounced, failed or cancelled before the next one is claimed.
    Raises `MailServerUnavailable` when no letter can be handed over now; then they all wait. Raises the database's
    exceptions in an outage.
    """
    if services.mail is None:
        return 0
    for claimed in range(at_most):
        letter = await _claim_next(worker_name, services.clock.now())
        if letter is None:
            return claimed
        await _deliver(letter, worker_name, services.mail, services)
    return at_most


async def _claim_next(worker_name: str, now: datetime) -> Letter | None:
    while (letter_id := await _next(worker_name, now)) is not None and not await is_held():
        letter = await _claim(letter_id, worker_name, now)
        if letter is not None:
            return letter
    return None


async def _next(worker_name: str, now: datetime) -> UUID | None:
    waiting = Letter.filter(_waiting(worker_name, now)).order_by("next_attempt_at").limit(1)
    for letters in (waiting.filter(kind__in=URGENT), waiting):
        for letter_id in await letters.values_list("id", flat=True):
            return UUID(str(letter_id))
    return None


def _waiting(worker_name: str, now: datetime) -> Q:
    """Due and free. What this worker has claimed is free: it delivers one letter at a time, so it was interrupted."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_by=worker_name)
    return Q(status=LetterStatus.QUEUED, next_attempt_at__lte=now) & unclaimed


async def _claim(letter_id: UUID, worker_name: str, now: datetime) -> Letter | None:
    claimed = await Letter.filter(_waiting(worker_name, now), id=letter_id).update(
        claimed_until=now + LEASE, claimed_by=worker_name, attempts=F("attempts") + 1
    )
    return await Letter.get(id=letter_id) if claimed else None


async def _deliver(letter: Letter, worker_name: str, mail: MailSender, services: Services) -> None:
    try:
        message = await compose(letter, services)
        if message is None:
            await _finish(letter, worker_name, LetterStatus.CANCELLED, "no longer needed", services)
            return
        if not await _can_be_marked(letter, worker_name, services):
            return
        async with _lease_renewed(letter, worker_name, services), asyncio.timeout(LONGEST_DELIVERY.total_seconds()):
            await mail.deliver(message)
    except MailRefused as refusal:
        await _finish(letter, worker_name, LetterStatus.BOUNCED, str(refusal), services)
    except MailServerUnavailable as trouble:
        await _release(letter, worker_name, trouble, services)
        raise
    except MailUnavailable as trouble:
        await _postpone(letter, worker_name, str(trouble), services)
    except MailboxesDiffer as difference:
        # Somebody tries to write as somebody else, or the writer has a defect. A retry would be the same.
        log.error("a letter would name other mailboxes than were meant", extra={"letter_id": str(letter.id)})
        await _finish(letter, worker_name, LetterStatus.FAILED, str(difference), services)
    except Exception as defect:
        if isinstance(defect, BaseORMException) and is_unavailable(defect):
            # Not about this letter. It keeps its claim, and this worker takes it up again when the database is back.
            raise
        # A broad except, because one faulty letter must not block the others. It is retried until it is given up.
        log.exception("letter could not be composed or sent", extra={"letter_id": str(letter.id)})
        await _postpone(letter, worker_name, f"internal error ({type(defect).__name__})", services)
    else:
        await _mark_sent(letter, worker_name, services)


async def _can_be_marked(letter: Letter, worker_name: str, services: Services) -> bool:
    """Whether this worker still has the claim, tried by writing the mark and its audit event and undoing both.

    A letter whose mark can't be written, because a disk is full for example, would be sent again and again. So this
    raises then, before the letter is handed over.
    """
    async with rehearsal(SystemCaller(letter.organization_id, "worker"), services) as work:
        return await _mark(letter, LetterStatus.SENT, "", work, worker_name)


@asynccontextmanager
async def _lease_renewed(letter: Letter, worker_name: str, services: Services) -> AsyncIterator[None]:
    """Renew the claim inside the block, so that a slow mail server does not make another worker send the letter too."""
    renewing = asyncio.create_task(_renew(letter, worker_name, services))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])


async def _renew(letter: Letter, worker_name: str, services: Services) -> None:
    mine = Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name)
    while True:
        await services.wait(RENEW_EVERY.total_seconds())
        try:
            await mine.update(claimed_until=services.clock.now() + LEASE)
        except BaseORMException as trouble:
            log.warning("claim not renewed", extra={"letter_id": str(letter.id), "error": type(trouble).__name__})


async def _mark_sent(letter: Letter, worker_name: str, services: Services) -> None:
    """Mark a delivered letter, also if another worker has claimed it meanwhile. In an outage it is tried on and on."""
    for _ in range(MARK_ATTEMPTS - 1):
        try:
            await _finish(letter, None, LetterStatus.SENT, "", services)
        except BaseORMException as outage:
            if not is_unavailable(outage):
                raise
            log.warning("delivered letter not marked yet", extra={"letter_id": str(letter.id)})
            await services.wait(MARK_EVERY.total_seconds())
        else:
            return
    await _finish(letter, None, LetterStatus.SENT, "", services)


async def _finish(
    letter: Letter, worker_name: str | None, status: LetterStatus, failure: str, services: Services
) -> None:
    async with unit_of_work(SystemCaller(letter.organization_id, "worker"), services) as work:
        finished = await _mark(letter, status, failure, work, worker_name)
    if finished:
        _tell(letter, LetterResult(status.value.lower()), services)


async def _mark(letter: Letter, status: LetterStatus, failure: str, work: Work, worker_name: str | None) -> bool:
    """Give the letter its end, if it has none yet and `worker_name`, unless None, has claimed it."""
    ended = {"sent_at": work.now} if status is LetterStatus.SENT else {"failed_at": work.now}
    queued = Letter.filter(id=letter.id, status=LetterStatus.QUEUED)
    mine = queued if worker_name is None else queued.filter(claimed_by=worker_name)
    if not await mine.update(status=status, failure=failure[:300], claimed_until=None, **ended):
        return False
    work.audit(f"letter.{status.value.lower()}", letter, reason=failure[:300], attempts=letter.attempts)
    return True


async def _release(letter: Letter, worker_name: str, trouble: MailServerUnavailable, services: Services) -> None:
    """Give the letter back as it was, because the trouble says nothing about it.

    It is given up after the usual time, unless the server refuses us: that waits for the operator.
    """
    now = services.clock.now()
    if now - letter.created_at >= GIVE_UP_AFTER and not isinstance(trouble, SenderRefused):
        await _finish(letter, worker_name, LetterStatus.FAILED, str(trouble), services)
        return
    # If it is only this letter that the server refuses us for, the next round is for the others.
    again = now + REFUSED_PAUSE if isinstance(trouble, SenderRefused) else letter.next_attempt_at
    await Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name).update(
        next_attempt_at=again, claimed_until=None, attempts=F("attempts") - 1, failure=str(trouble)[:300]
    )


async def _postpone(letter: Letter, worker_name: str, trouble: str, services: Services) -> None:
    now = services.clock.now()
    if now - letter.created_at >= GIVE_UP_AFTER:
        await _finish(letter, worker_name, LetterStatus.FAILED, trouble, services)
        return
    # Exponential backoff. The exponent is limited, because there may be many attempts.
    pause = min(FIRST_PAUSE * 2 ** min(letter.attempts - 1, 12), LONGEST_PAUSE)
    await Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name).update(
        next_attempt_at=now + pause, claimed_until=None, failure=trouble[:300]
    )
    _tell(letter, LetterResult.POSTPONED, services)


def _tell(letter: Letter, result: LetterResult, services: Services) -> None:
    """Count the attempt and log one line. Neither holds an address or the mail server's words, which may quote one."""
    services.metrics.count_letter(result)
    event = f"letter.{result.value}"
    level = logging.INFO if result in (LetterResult.SENT, LetterResult.CANCELLED) else logging.WARNING
    log.log(level, event, extra={"letter_id": str(letter.id), "kind": letter.kind.value, "attempts": letter.attempts})
