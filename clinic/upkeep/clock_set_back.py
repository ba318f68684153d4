"""Mends what was written while a machine's clock was ahead: after it is set right, those times lie in the future.

Otherwise letters, seals and webhooks would wait until the right clock gets there, and so would claims of workers that
died and limits that guesses have closed. The longest pauses and leases of all of them are known, so a time that is
farther away comes from such a clock. Docs: docs/operations.md, The clock.
"""

from datetime import datetime, timedelta

from tortoise.expressions import Q

from clinic.documents.models import Completion
from clinic.mail.models import Letter, LetterStatus
from clinic.throttling.models import AttemptWindow
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint

FARTHEST_FIRST_ATTEMPT = timedelta(minutes=30)
"""Twice the longest that a letter about documents waits for others."""
FARTHEST_ATTEMPT = timedelta(hours=8)
"""Twice the longest pause between two attempts, which webhooks have."""
FARTHEST_CLAIM = timedelta(minutes=10)
"""Twice the longest lease, which seals have."""
LONGEST_WINDOW = timedelta(hours=24)
"""The longest window of a throttle."""


async def mend_future_times(now: datetime) -> int:
    """Make due what is put off for longer than anything is. Returns how many rows changed.

    A claim ends one lease from now and not at once: the worker may be alive, and then renews it or ends before.
    A closed limit stays closed for the longest window and no longer.
    """
    far, far_claim = now + FARTHEST_ATTEMPT, now + FARTHEST_CLAIM
    letters = Letter.filter(status=LetterStatus.QUEUED)
    webhooks = WebhookDelivery.filter(state=WebhookDeliveryState.WAITING)
    never_tried = Q(attempts=0, next_attempt_at__gt=now + FARTHEST_FIRST_ATTEMPT)
    changed = [
        await letters.filter(Q(next_attempt_at__gt=far) | never_tried).update(next_attempt_at=now),
        await letters.filter(claimed_until__gt=far_claim).update(claimed_until=far_claim),
        await Completion.filter(due_at__gt=far).update(due_at=now),
        await Completion.filter(claimed_until__gt=far_claim).update(claimed_until=far_claim),
        await webhooks.filter(Q(next_attempt_at__gt=far) | never_tried).update(next_attempt_at=now),
        await webhooks.filter(claimed_until__gt=far_claim).update(claimed_until=far_claim),
        await WebhookEndpoint.filter(paused_until__gt=far).update(paused_until=now),
        await AttemptWindow.filter(ends_at__gt=now + LONGEST_WINDOW).update(ends_at=now + LONGEST_WINDOW),
    ]
    return sum(changed)
