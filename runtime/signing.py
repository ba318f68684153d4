"""Reports early whether documents can be sealed: at start, in the readiness check, and 30 days before expiry."""

import logging
from datetime import datetime, timedelta

from clinic.values.ports import Clock, Sealer, SealKey, SealUnavailable

log = logging.getLogger(__name__)

# Getting a new certificate can take days, and the person responsible may be on holiday.
EXPIRY_WARNING_PERIOD = timedelta(days=30)

OK = "ok"
UNAVAILABLE = "unavailable"


async def signing_status(sealer: Sealer, clock: Clock) -> str:
    """`ok`, `expires in N days` or `unavailable`. The log and `vestibule check` give the reason."""
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
    """`expires in N days` (full days) within 30 days before the expiry, otherwise empty."""
    left = key.expires_at - now
    return f"expires in {left.days} days" if left <= EXPIRY_WARNING_PERIOD else ""
