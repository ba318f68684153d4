"""Delivers letters. Any number of workers may run: a worker claims a letter by one conditional update."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import BaseORMException
from tortoise.expressions import F, Q

from clinic.database.faults import is_unavailable
from clinic.letters.composing import compose
from clinic.mail.models import Letter, LetterStatus
from clinic.values.callers import SystemCaller
from clinic.values.ports import MailboxesDiffer, MailRefused, MailSender, MailUnavailable, Services
from clinic.work.unit_of_work import unit_of_work

log = logging.getLogger(__name__)

# If a worker dies, other workers take its letters after the lease ends. It is longer than any delivery may take.
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)
# RFC 5321 §4.5.4.1 asks for retries during four to five days.
GIVE_UP_AFTER = timedelta(days=4)


async def deliver_due_letters(services: Services, *, worker_name: str, at_most: int = 20) -> int:
    """Send the letters that are due, one after another. Returns how many letters were claimed.

    Without a mail server nothing is sent. A letter that can't be delivered does not block the others: each one is sent,
    postponed, bounced, failed or cancelled before the next one is claimed.
    """
    if services.mail is None:
        return 0
    claimed = 0
    for letter_id in await _due(worker_name, services.clock.now(), at_most):
        letter = await _claim(letter_id, worker_name, services.clock.now())
        if letter is not None:
            claimed += 1
            await _deliver(letter, worker_name, services.mail, services)
    return claimed


async def _due(worker_name: str, now: datetime, at_most: int) -> list[UUID]:
    waiting = Letter.filter(_waiting(worker_name, now)).order_by("next_attempt_at").limit(at_most)
    return [UUID(str(letter_id)) for letter_id in await waiting.values_list("id", flat=True)]


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
        await mail.deliver(message)
    except MailRefused as refusal:
        await _finish(letter, worker_name, LetterStatus.BOUNCED, str(refusal), services)
    except MailUnavailable as trouble:
        await _postpone(letter, worker_name, str(trouble), services)
    except MailboxesDiffer as difference:
        # Somebody tries to write as somebody else, or the writer has a defect. A retry would be the same.
        log.error("a letter would name other mailboxes than were meant", extra={"letter_id": str(letter.id)})
        await _finish(letter, worker_name, LetterStatus.FAILED, str(difference), services)
    except Exception as defect:
        if is_unavailable(defect) and isinstance(defect, BaseORMException):
            # Not about this letter. It keeps its claim, and this worker takes it up again when the database is back.
            raise
        # A broad except, because one faulty letter must not block the others. It is retried until it is given up.
        log.exception("letter could not be composed or sent", extra={"letter_id": str(letter.id)})
        await _postpone(letter, worker_name, f"internal error ({type(defect).__name__})", services)
    else:
        await _finish(letter, worker_name, LetterStatus.SENT, "", services)


async def _finish(letter: Letter, worker_name: str, status: LetterStatus, failure: str, services: Services) -> None:
    caller = SystemCaller(letter.organization_id, "worker")
    async with unit_of_work(caller, services) as work:
        ended = {"sent_at": work.now} if status is LetterStatus.SENT else {"failed_at": work.now}
        mine = Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name)
        if await mine.update(status=status, failure=failure[:300], claimed_until=None, **ended):
            work.audit(f"letter.{status.value.lower()}", letter, reason=failure[:300], attempts=letter.attempts)


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
