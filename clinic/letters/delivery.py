"""Delivering letters. Any number of workers may run: a letter is claimed by one conditional update."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F, Q

from clinic.letters.composing import compose
from clinic.mail.models import Letter, LetterStatus
from clinic.values.callers import SystemCaller
from clinic.values.ports import MailRefused, MailSender, MailUnavailable, Services
from clinic.work.unit_of_work import unit_of_work

log = logging.getLogger(__name__)

# A worker that dies gives its letters back when the lease ends. Longer than any one delivery may take.
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)
# RFC 5321 §4.5.4.1 asks for four to five days of trying.
GIVE_UP_AFTER = timedelta(days=4)


async def deliver_due_letters(services: Services, *, worker_name: str, at_most: int = 20) -> int:
    """Send what is due, one after another. Returns how many letters were claimed.

    Without a mail server letters wait. One that can't be delivered never holds up the others: each ends sent,
    put off, bounced, failed or cancelled before the next is claimed.
    """
    if services.mail is None:
        return 0
    claimed = 0
    for letter_id in await _due(services.clock.now(), at_most):
        letter = await _claim(letter_id, worker_name, services.clock.now())
        if letter is not None:
            claimed += 1
            await _deliver(letter, worker_name, services.mail, services)
    return claimed


async def _due(now: datetime, at_most: int) -> list[UUID]:
    waiting = Letter.filter(_waiting(now)).order_by("next_attempt_at").limit(at_most)
    return [UUID(str(letter_id)) for letter_id in await waiting.values_list("id", flat=True)]


def _waiting(now: datetime) -> Q:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return Q(status=LetterStatus.QUEUED, next_attempt_at__lte=now) & unclaimed


async def _claim(letter_id: UUID, worker_name: str, now: datetime) -> Letter | None:
    claimed = await Letter.filter(_waiting(now), id=letter_id).update(
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
        await _put_off(letter, worker_name, str(trouble), services)
    except Exception as defect:
        # The outbox's own edge: one poisonous letter must not stop the others. It is tried again, then given up.
        log.exception("letter could not be composed or sent", extra={"letter_id": str(letter.id)})
        await _put_off(letter, worker_name, f"internal error ({type(defect).__name__})", services)
    else:
        await _finish(letter, worker_name, LetterStatus.SENT, "", services)


async def _finish(letter: Letter, worker_name: str, status: LetterStatus, failure: str, services: Services) -> None:
    caller = SystemCaller(letter.organization_id, "worker")
    async with unit_of_work(caller, services) as work:
        ended = {"sent_at": work.now} if status is LetterStatus.SENT else {"failed_at": work.now}
        mine = Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name)
        if await mine.update(status=status, failure=failure[:300], claimed_until=None, **ended):
            work.audit(f"letter.{status.value.lower()}", letter, reason=failure[:300], attempts=letter.attempts)


async def _put_off(letter: Letter, worker_name: str, trouble: str, services: Services) -> None:
    now = services.clock.now()
    if now - letter.created_at >= GIVE_UP_AFTER:
        await _finish(letter, worker_name, LetterStatus.FAILED, trouble, services)
        return
    # Counted as a power of two with a bound on the exponent: attempts may be many.
    pause = min(FIRST_PAUSE * 2 ** min(letter.attempts - 1, 12), LONGEST_PAUSE)
    await Letter.filter(id=letter.id, status=LetterStatus.QUEUED, claimed_by=worker_name).update(
        next_attempt_at=now + pause, claimed_until=None, failure=trouble[:300]
    )
