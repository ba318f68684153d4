"""Whether documents can be sealed, said before it is needed: at start, to load balancers, and 30 days ahead."""

import logging
from datetime import datetime, timedelta

from clinic.values.ports import Clock, Sealer, SealKey, SealUnavailable

log = logging.getLogger(__name__)

# A new certificate takes a practice days, and somebody may be on holiday.
EXPIRY_WARNING_PERIOD = timedelta(days=30)

OK = "ok"
UNAVAILABLE = "unavailable"


async def signing_status(sealer: Sealer, clock: Clock) -> str:
    """`ok`, `expires in N days` or `unavailable`; what is wrong is in the log and in `vestibule check`."""
    try:
        key = await sealer.probe()
    except SealUnavailable as problem:
        log.error("documents can't be sealed", extra={"reason": str(problem)})
        return UNAVAILABLE
    warning = expiry_warning(key, clock.now())
    if warning:
        log.warning("the signing certificate expires", extra={"expires_at": key.expires_at.isoformat()})
    return warning or OK


def expiry_warning(key: SealKey, now: datetime) -> str:
    """`expires in N days`, counted in full days, from 30 days ahead; empty before that."""
    left = key.expires_at - now
    return f"expires in {left.days} days" if left <= EXPIRY_WARNING_PERIOD else ""
