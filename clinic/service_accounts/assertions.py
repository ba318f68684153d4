"""Decides whether a program's signed assertion is taken (RFC 7523 §3), and takes each once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from uuid import uuid4

from clinic.database.rows import fetch_changed
from clinic.service_accounts.access import account_of_client
from clinic.service_accounts.models import ServiceAccount
from clinic.values.ports import Addresses, Services
from clinic.values.program_keys import AssertionProblem, AssertionRefused

# security.md: a client assertion lives 60 seconds at most, a subject token five minutes.
CLIENT_ASSERTION_LIFETIME = timedelta(seconds=60)
SUBJECT_TOKEN_LIFETIME = timedelta(minutes=5)
# How far a program's clock may be off (FAPI 2.0 §5.3.2.1).
LEEWAY = timedelta(seconds=10)
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_LONGEST_ID = 300

_USE = """
INSERT INTO used_assertion (id, organization_id, service_account_id, digest, forgotten_after)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class Proof:
    """An assertion that the account's key has signed and whose claims hold. It is not used up yet."""

    row: ServiceAccount
    subject: str
    id: str
    ends_at: datetime


async def proof_in(assertion: str, longest: timedelta, services: Services) -> Proof:
    """What an assertion proves, if it lives no longer than `longest`. Raises `AssertionRefused`.

    An unknown client, an unknown key and a wrong signature are refused alike. Who has signed is told what is wrong.
    """
    client_id = services.program_keys.issuer_of(assertion)
    row = await account_of_client(client_id)
    if row is None or not row.has_keys:
        raise AssertionRefused(AssertionProblem.UNKNOWN)
    claims = await services.program_keys.claims(assertion, row.jwks, row.jwks_url)
    _check_audience(claims, services.addresses)
    ends_at = _checked_times(claims, longest, services.clock.now())
    subject, its_id = claims.get("sub"), claims.get("jti")
    if not isinstance(subject, str):
        raise AssertionRefused(AssertionProblem.SUBJECT)
    if not isinstance(its_id, str) or not 0 < len(its_id) <= _LONGEST_ID:
        raise AssertionRefused(AssertionProblem.NO_ID)
    return Proof(row, subject, its_id, ends_at)


async def use(proof: Proof) -> None:
    """Use the assertion up, inside the current transaction. Raises `AssertionRefused` if somebody has before."""
    digest = hashlib.sha256(f"{proof.row.id}\0{proof.id}".encode("utf-8", "surrogatepass")).hexdigest()
    after = proof.ends_at + LEEWAY
    row = proof.row
    if not await fetch_changed(_USE, uuid4(), row.organization_id, row.id, digest, after):
        raise AssertionRefused(AssertionProblem.USED)


def _check_audience(claims: Mapping[str, object], addresses: Addresses) -> None:
    """One audience, and it is we: an assertion that names others too could be used by them."""
    said = claims.get("aud")
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    # Both come from settings, never from a request's Host.
    if not isinstance(said, str) or said not in (addresses.api_url, f"{addresses.api_url}{TOKEN_PATH}"):
        raise AssertionRefused(AssertionProblem.AUDIENCE)


def _checked_times(claims: Mapping[str, object], longest: timedelta, now: datetime) -> datetime:
    """When the assertion ends. A program whose clock is off is told by how many seconds."""
    ends_at = _moment(claims.get("exp"))
    if ends_at is None:
        raise AssertionRefused(AssertionProblem.NO_END)
    for name in ("iat", "nbf"):
        begins_at = _moment(claims.get(name)) if name in claims else now
        if begins_at is None:
            raise AssertionRefused(AssertionProblem.MALFORMED)
        if begins_at > now + LEEWAY:
            raise AssertionRefused(AssertionProblem.AHEAD, _seconds(begins_at - now))
    if ends_at <= now - LEEWAY:
        raise AssertionRefused(AssertionProblem.ENDED, _seconds(now - ends_at))
    if ends_at > now + longest + LEEWAY:
        raise AssertionRefused(AssertionProblem.TOO_LONG, _seconds(longest))
    return ends_at


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not isfinite(seconds):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
