"""What waits, fails or has been given up in all practices, for the metrics. Ages and numbers only, no names.

It is read from the database by whichever process is asked, so that it is true even if no worker runs.
"""

from dataclasses import dataclass
from datetime import datetime

from clinic.database.rows import fetch_as
from clinic.mail.models import LetterStatus
from clinic.webhooks.models import WebhookDeliveryState


@dataclass(frozen=True, slots=True)
class LettersBacklog:
    """`first_due` may lie in the future, when every waiting letter has been tried and is due later.

    `retrying`: waiting letters that the mail server did not take, or that could not be written, at the last attempt.
    `first_given_up` and `last_sent` are None if there was none ever. A letter that its recipient's server refused is
    not given up: it is shown as bounced to those who can correct the address.
    """

    waiting: int
    retrying: int
    first_due: datetime | None
    first_created: datetime | None
    given_up: int
    first_given_up: datetime | None
    last_sent: datetime | None


@dataclass(frozen=True, slots=True)
class SealsBacklog:
    """Documents that everybody has signed and that are not sealed yet. `failing`: at least one attempt failed."""

    waiting: int
    failing: int
    first_created: datetime | None


@dataclass(frozen=True, slots=True)
class WebhooksBacklog:
    """Deliveries that wait. `retrying`: at least one attempt failed.

    `first_due` may lie in the future. A delivery is not due while its endpoint pauses after failures.
    """

    waiting: int
    retrying: int
    first_due: datetime | None
    first_created: datetime | None


# A letter is sent soon after it is due, so the letters that were due last include the one that was sent last. The index
# on status and due time finds them; there is none on the time of sending.
_LETTERS = """
SELECT queued.waiting, queued.retrying, queued.first_due, queued.first_created,
       failed.given_up, failed.first_given_up, sent.last_sent
FROM (SELECT count(*) AS waiting, count(CASE WHEN failure <> '' THEN 1 END) AS retrying,
             min(next_attempt_at) AS first_due, min(created_at) AS first_created
      FROM letter WHERE status = $1) AS queued
CROSS JOIN (SELECT count(*) AS given_up, min(failed_at) AS first_given_up FROM letter WHERE status = $2) AS failed
CROSS JOIN (SELECT max(newest.sent_at) AS last_sent
            FROM (SELECT sent_at FROM letter WHERE status = $3 ORDER BY next_attempt_at DESC LIMIT 100)
              AS newest) AS sent
"""

# A sealed document is due again only for its timestamp, so `due_at` leaves few rows to look at.
_SEALS = """
SELECT count(*) AS waiting, count(CASE WHEN failure <> '' THEN 1 END) AS failing, min(created_at) AS first_created
FROM completion
WHERE due_at IS NOT NULL AND sealed_at IS NULL
"""

_WEBHOOKS = """
SELECT count(*) AS waiting, count(CASE WHEN d.attempts > 0 THEN 1 END) AS retrying, min(d.created_at) AS first_created,
       min(CASE WHEN e.paused_until > d.next_attempt_at THEN e.paused_until ELSE d.next_attempt_at END) AS first_due
FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
WHERE d.state = $1 AND e.disabled_at IS NULL AND e.deleted_at IS NULL
"""


async def letters_backlog() -> LettersBacklog:
    """One statement, whose cost grows with the letters that wait or were given up, not with those that were sent."""
    statuses = (LetterStatus.QUEUED, LetterStatus.FAILED, LetterStatus.SENT)
    [row] = await fetch_as(LettersBacklog, _LETTERS, *(status.value for status in statuses))
    return row


async def seals_backlog() -> SealsBacklog:
    """One statement."""
    [row] = await fetch_as(SealsBacklog, _SEALS)
    return row


async def webhooks_backlog() -> WebhooksBacklog:
    """One statement, whose cost grows with the deliveries that wait."""
    [row] = await fetch_as(WebhooksBacklog, _WEBHOOKS, WebhookDeliveryState.WAITING.value)
    return row
