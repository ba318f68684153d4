"""Gives programs access tokens, for what they prove at `/oauth/token`."""

import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from clinic.records.external_ids import Identifier, record_called
from clinic.records.models import ExternalIdKind
from clinic.service_accounts.access import account_of_client
from clinic.service_accounts.assertions import (
    CLIENT_ASSERTION_LIFETIME,
    SUBJECT_TOKEN_LIFETIME,
    Proof,
    proof_in,
    use,
)
from clinic.service_accounts.errors import StaffUnknown
from clinic.service_accounts.models import ServiceAccount
from clinic.sessions.actions import OpenedSession, open_program_session
from clinic.staff.models import StaffMember, StaffState
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
from clinic.values.global_ids import key_of
from clinic.values.ports import Services
from clinic.values.program_keys import AssertionProblem, AssertionRefused
from clinic.values.text import normal_email_or_none
from clinic.values.tokens import hash_token
from clinic.work.unit_of_work import Work, unit_of_work

log = logging.getLogger(__name__)

# How long a program's own token works, and one with which it acts for somebody. It asks for another one then.
LIFETIME = timedelta(minutes=15)
FOR_STAFF_LIFETIME = timedelta(minutes=5)


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
        now_row, member = await _locked(row)
        if member.disabled_at is not None or not _is_secret(now_row, secret, work.now):
            raise WrongCredentials
        return await _opened(now_row, member, origin, work)


async def sign_in_by_assertion(assertion: str, origin: Origin, services: Services) -> OpenedSession:
    """Give a program an access token for an assertion that it has signed (RFC 7523 §2.2). It is not renewed.

    Raises `AssertionRefused`, and `TooManyAttempts` like `sign_in_by_secret`.
    """
    async with _counting_failures(assertion, origin, services):
        proof = await proof_in(assertion, CLIENT_ASSERTION_LIFETIME, services)
        if proof.subject != proof.row.client_id:
            raise AssertionRefused(AssertionProblem.SUBJECT)
        await count_attempt(MACHINE_TOKENS, str(proof.row.id), services.clock)
        async with unit_of_work(Anonymous(proof.row.organization_id, origin), services) as work:
            row, member = await _usable(proof)
            await use(proof)
            return await _opened(row, member, origin, work)


async def act_for_staff(
    subject_token: str, client_assertion: str | None, origin: Origin, services: Services
) -> OpenedSession:
    """Give a program an access token with which it acts for the staff member that its token names (RFC 8693).

    It lives `FOR_STAFF_LIFETIME`, is not renewed and is never exchanged again: only what the program signed itself is a
    subject token. `client_assertion` is not needed, since that signature proves who asks; where it is sent, it has to
    be right and of the same program. Raises `AssertionRefused`, `StaffUnknown`, `TooManyAttempts`.
    """
    async with _counting_failures(subject_token, origin, services):
        proof = await proof_in(subject_token, SUBJECT_TOKEN_LIFETIME, services)
        row, organization_id = proof.row, proof.row.organization_id
        other = await proof_in(client_assertion, CLIENT_ASSERTION_LIFETIME, services) if client_assertion else None
        if other is not None and (other.row.id != row.id or other.subject != row.client_id):
            raise AssertionRefused(AssertionProblem.SUBJECT)
        await count_attempt(MACHINE_TOKENS, str(row.id), services.clock)
        async with unit_of_work(Anonymous(organization_id, origin), services) as work:
            row, program = await _usable(proof)
            if not row.may_act_for_staff:
                raise AssertionRefused(AssertionProblem.NOT_FOR_STAFF)
            for used in filter(None, (proof, other)):
                await use(used)
            member = await _named(proof.subject, organization_id, work.now)
            opened = await open_program_session(program, member, FOR_STAFF_LIFETIME, origin, work.now)
            work.audit("service_account.acts_for", row, staff_member_id=member.id)
        return opened


async def _opened(row: ServiceAccount, member: StaffMember, origin: Origin, work: Work) -> OpenedSession:
    await StaffMember.filter(id=member.id).update(last_signed_in_at=work.now)
    work.audit("service_account.signed_in", row)
    return await open_program_session(member, member, LIFETIME, origin, work.now)


async def _locked(row: ServiceAccount) -> tuple[ServiceAccount, StaffMember]:
    """The account as it is now, locked: it may have been disabled, or its proof replaced, since it was checked."""
    member = await StaffMember.filter(id=row.staff_member_id).select_for_update(no_key=True).get()
    return await ServiceAccount.get(id=row.id), member


async def _usable(proof: Proof) -> tuple[ServiceAccount, StaffMember]:
    row, member = await _locked(proof.row)
    same_keys = (row.jwks, row.jwks_url) == (proof.row.jwks, proof.row.jwks_url)
    if member.disabled_at is not None or not same_keys:
        raise AssertionRefused(AssertionProblem.UNKNOWN)
    return row, member


async def _named(subject: str, organization_id: UUID, now: datetime) -> StaffMember:
    """The active staff member of this practice whom a subject names. Raises `StaffUnknown` for everybody else."""
    how, _, who = subject.partition(":")
    there = StaffMember.filter(organization_id=organization_id, machine=False)
    member = None
    if how == "id" and (key := key_of("StaffMember", who)):
        member = await there.get_or_none(id=key)
    if how == "email" and (address := normal_email_or_none(who)):
        member = await there.get_or_none(email_normal=address)
    if how == "external":
        system, _, value = who.partition("|")
        found = await record_called(organization_id, ExternalIdKind.STAFF_MEMBER, Identifier(system, value))
        member = await there.get_or_none(id=found) if found else None
    # An address is proven once its person has followed the invitation: not while they are INVITED.
    if member is None or member.state is not StaffState.ACTIVE or not member.has_access(now):
        raise StaffUnknown
    return member


@asynccontextmanager
async def _counting_failures(assertion: str, origin: Origin, services: Services) -> AsyncIterator[None]:
    """Refuse where too many assertions of this client were refused before; count one that is refused now."""
    client_id = services.program_keys.issuer_of(assertion)
    await require_open_way(client_id, origin, services)
    try:
        yield
    except (AssertionRefused, StaffUnknown) as refusal:
        await count_failure(client_id, origin, services)
        log.warning("machine assertion refused", extra={"refusal": refusal.code})
        raise


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
