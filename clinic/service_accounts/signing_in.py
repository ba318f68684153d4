"""Gives programs access tokens, for what they prove at `/oauth/token`."""

import hmac
import logging
from datetime import datetime, timedelta

from clinic.service_accounts.access import account_of_client
from clinic.service_accounts.models import ServiceAccount
from clinic.sessions.actions import OpenedSession, open_program_session
from clinic.staff.models import StaffMember
from clinic.throttling.constant_time import SIGN_IN_STEP, constant_time
from clinic.throttling.throttle import (
    MACHINE_PER_ADDRESS,
    MACHINE_PER_CLIENT,
    MACHINE_TOKENS,
    Throttle,
    attempt_allowed,
    count_attempt,
    network_of,
    require_open,
)
from clinic.values.callers import Anonymous, Origin
from clinic.values.errors import WrongCredentials
from clinic.values.ports import Services
from clinic.values.tokens import hash_token
from clinic.work.unit_of_work import unit_of_work

log = logging.getLogger(__name__)

# How long a program's own token works. It asks for another one then.
LIFETIME = timedelta(minutes=15)


async def sign_in_by_secret(client_id: str, secret: str, origin: Origin, services: Services) -> OpenedSession:
    """Give a program an access token for its secret (RFC 6749 §4.4). It is not renewed.

    An unknown client, a disabled one and a wrong secret give the same `WrongCredentials` after the same time. Raises
    `TooManyAttempts` after too many failures of this client from this network, or of this network.
    """
    await require_open_way(client_id, origin, services)
    async with constant_time(services.wait, SIGN_IN_STEP):
        row = await account_of_client(client_id)
        matches = _is_secret(row, secret, services.clock.now())
    if row is None or not matches:
        await count_failure(client_id, origin, services)
        log.warning("machine sign-in refused", extra={"service_account_id": str(row.id) if row else None})
        raise WrongCredentials
    await count_attempt(MACHINE_TOKENS, str(row.id), services.clock)
    async with unit_of_work(Anonymous(row.organization_id, origin), services) as work:
        # The lock: another request may have disabled the account or replaced the secret since it was checked.
        member = await StaffMember.filter(id=row.staff_member_id).select_for_update(no_key=True).get()
        row = await ServiceAccount.get(id=row.id)
        if member.disabled_at is not None or not _is_secret(row, secret, work.now):
            raise WrongCredentials
        await StaffMember.filter(id=member.id).update(last_signed_in_at=work.now)
        opened = await open_program_session(member, member, LIFETIME, origin, work.now)
        work.audit("service_account.signed_in", row)
    return opened


async def require_open_way(client_id: str, origin: Origin, services: Services) -> None:
    """Raise `TooManyAttempts` if this client from this network, or this network, has failed too often."""
    for throttle, subject in _counted_for(client_id, origin):
        await require_open(throttle, subject, services.clock)


async def count_failure(client_id: str, origin: Origin, services: Services) -> None:
    """Count a failure of this client from this network."""
    for throttle, subject in _counted_for(client_id, origin):
        await attempt_allowed(throttle, subject, services.clock)


def _counted_for(client_id: str, origin: Origin) -> list[tuple[Throttle, str]]:
    """What failures count for. Where no address is known, nothing: everybody would share it."""
    if origin.address is None:
        return []
    network = network_of(origin.address)
    return [(MACHINE_PER_ADDRESS, network), (MACHINE_PER_CLIENT, f"{client_id[:80]} from {network}")]


def _is_secret(row: ServiceAccount | None, secret: str, now: datetime) -> bool:
    """Whether this is the account's secret, or the previous one during the overlap."""
    given = hash_token(secret)
    current = hmac.compare_digest(given, row.secret_hash if row else "")
    overlaps = row is not None and row.previous_ends_at is not None and row.previous_ends_at > now
    previous = hmac.compare_digest(given, row.previous_secret_hash if row else "")
    return current or (overlaps and previous)
