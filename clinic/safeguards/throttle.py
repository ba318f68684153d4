"""Throttles that protect a secret. Counted in the database, by one atomic statement, before anything is compared."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.errors import TooManyAttempts
from clinic.ports import Clock
from clinic.rows import as_datetime, fetch_changed
from clinic.safeguards.models import AttemptWindow


@dataclass(frozen=True)
class Throttle:
    """At most `limit` attempts within `window`, counted from the first; then closed until the window ends."""

    name: str
    limit: int
    window: timedelta


# ASVS 5.0 6.3.1 asks for throttling without locking the owner out for good: each window ends by itself.
SIGN_IN_PER_ACCOUNT = Throttle("sign_in_account", 10, timedelta(minutes=15))
SIGN_IN_PER_ADDRESS = Throttle("sign_in_address", 100, timedelta(minutes=15))
IDENTITY_PER_INVITATION = Throttle("identity_invitation", 5, timedelta(minutes=30))
# security.md: at most 10 wrong PINs per contact across every route; a date of birth is guarded likewise.
IDENTITY_PER_CONTACT = Throttle("identity_contact", 10, timedelta(hours=24))
FRESH_LINK_PER_ACCOUNT = Throttle("fresh_link_account", 5, timedelta(hours=24))
FRESH_LINK_PER_ADDRESS = Throttle("fresh_link_address", 30, timedelta(hours=1))

_COUNT = """
INSERT INTO attempt_window (key, attempts, ends_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
  attempts = CASE WHEN attempt_window.ends_at <= $3 THEN 1 ELSE attempt_window.attempts + 1 END,
  ends_at = CASE WHEN attempt_window.ends_at <= $3 THEN excluded.ends_at ELSE attempt_window.ends_at END
RETURNING attempts, ends_at
"""


async def count_attempt(throttle: Throttle, subject: str, clock: Clock) -> None:
    """Count one attempt, for good, before it is judged. Raises `TooManyAttempts` once the limit is passed.

    Call it outside a transaction: a roll-back would give the attempt back.
    """
    now = clock.now()
    [counted] = await fetch_changed(_COUNT, _key(throttle, subject), now + throttle.window, now)
    if counted["attempts"] > throttle.limit:
        raise TooManyAttempts(as_datetime(counted["ends_at"]) - now)


async def forget_attempts(throttle: Throttle, subject: str) -> None:
    """Start afresh after a success."""
    await AttemptWindow.filter(key=_key(throttle, subject)).delete()


async def remove_ended_windows(now: datetime) -> int:
    """Housekeeping: forget windows that have ended. Returns how many."""
    return await AttemptWindow.filter(ends_at__lt=now).delete()


def _key(throttle: Throttle, subject: str) -> str:
    return hashlib.sha256(f"{throttle.name}\0{subject}".encode("utf-8", "surrogatepass")).hexdigest()
