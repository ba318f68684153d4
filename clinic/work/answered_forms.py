"""Two clicks on one form: the second request gets the first one's answer, from whichever process it reaches.

The second request waits until the first is through, because the first may use up what the second would need: a link,
or the present password. See docs/decisions/0022-two-clicks.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from clinic.values.ports import Services
from clinic.work.models import AnsweredForm

# Long enough for an impatient hand on a slow line; a page that is sent again later is answered afresh.
REMEMBERED_FOR = timedelta(minutes=2)
# A request that has no answer by then was cut off, or takes so long that the second one may as well be handled.
ANSWERED_WITHIN = timedelta(seconds=10)
_LOOK_AGAIN_AFTER = 0.05


@dataclass(frozen=True)
class FormClaim:
    """The right to handle a form. Its holder must call `keep_answer` or `release_form`."""

    key: str
    claimed_at: datetime


async def claim_form(key: str, services: Services) -> FormClaim | str:
    """The claim, for the first of the requests with this key; for the others what `keep_answer` was given.

    Of requests at the same instant one claims, by the primary key. Commits by itself: other processes see the claim
    before the form is handled. A claim that was released, cut off or is too old goes to the next request.
    """
    while True:
        now = services.clock.now()
        earlier = await AnsweredForm.get_or_none(key=key)
        if earlier is None:
            try:
                await AnsweredForm.create(key=key, claimed_at=now)
            except IntegrityError:
                continue
            return FormClaim(key, now)
        if earlier.claimed_at < now - (REMEMBERED_FOR if earlier.answer else ANSWERED_WITHIN):
            # One guarded update: of several that find the same old claim, one takes it over.
            if await _rows(FormClaim(key, earlier.claimed_at)).update(claimed_at=now, answer=""):
                return FormClaim(key, now)
        elif earlier.answer:
            return services.secrets.decrypt(earlier.answer)
        else:
            await services.wait(_LOOK_AGAIN_AFTER)


async def keep_answer(claim: FormClaim, answer: str, services: Services) -> None:
    """Remember the answer for the requests that wait, encrypted: it signs its browser in."""
    await _rows(claim).update(answer=services.secrets.encrypt(answer))


async def release_form(claim: FormClaim) -> None:
    """Nothing was done: the next request with this key is handled like the first."""
    await _rows(claim).delete()


async def remove_old_answers(now: datetime) -> int:
    """Housekeeping: forget answers past their time. Returns how many."""
    return await AnsweredForm.filter(claimed_at__lt=now - REMEMBERED_FOR).delete()


def _rows(claim: FormClaim) -> QuerySet[AnsweredForm]:
    return AnsweredForm.filter(key=claim.key, claimed_at=claim.claimed_at)
