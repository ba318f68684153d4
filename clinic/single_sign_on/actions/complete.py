"""Opens the session of somebody who came back from the provider, or takes it as a fresh proof in an open one."""

import hmac
import logging
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from clinic.factors.actions.reauthenticate import reauthenticated_by_password
from clinic.factors.models import ChallengePurpose
from clinic.factors.person import person_behind
from clinic.factors.proving import ask_for_factor, needs_second_step
from clinic.organizations.models import Organization
from clinic.sessions.actions import OpenedSession, open_staff_session
from clinic.sessions.models import StaffSession
from clinic.single_sign_on.errors import ProviderSignInRefused, WhyNot
from clinic.single_sign_on.models import ProviderSignIn, StaffIdentity
from clinic.staff.actions.sign_in import StaffSignedIn
from clinic.staff.models import NO_PASSWORD, StaffMember, StaffState, StaffTokenPurpose
from clinic.staff.tokens import close_tokens, usable_token, use_token
from clinic.throttling.sign_in_count import counted_sign_in
from clinic.values.callers import Anonymous, Origin, StaffCaller
from clinic.values.errors import AccountClosed, InvitationNotUsable, LinkNotUsable
from clinic.values.metrics import SignInKind
from clinic.values.ports import Services
from clinic.values.tokens import TokenClosed, hash_token
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """The member whom the provider vouches for; without a session where a second factor is asked for."""

    member: StaffMember
    session: OpenedSession | None


@counted_sign_in(SignInKind.STAFF)
async def complete_provider_sign_in(
    token: str, verifier: str, origin: Origin, services: Services, *, invitation: str | None = None
) -> StaffSignedIn:
    """Open an API session with the token that the screen found in its address, and with what only that screen knows.

    It is a session like one by password: the permissions are ours, and so is the second factor. A sensitive act counts
    from when the person proved themselves at the provider. `invitation` is the token of the letter to an invited
    member, who joins so and needs no password. Raises `ProviderSignInRefused`, `AccountClosed` for a disabled member,
    `InvitationNotUsable`, `SecondFactorNeeded`.
    """
    found = await _came_back(token, verifier, services.clock.now())
    known = await _complete(found, invitation, origin, services)
    if known.session is None:
        raise await ask_for_factor(person_behind(known.member), ChallengePurpose.SIGN_IN, known.member, services)
    return StaffSignedIn(known.member, known.session)


@retry_on_conflict
async def _complete(found: ProviderSignIn, invitation: str | None, origin: Origin, services: Services) -> _Known:
    async with unit_of_work(Anonymous(found.organization_id, origin), services) as work:
        await _use(found, work)
        member = await _member_of(found, invitation, work)
        if await needs_second_step(person_behind(member), member):
            return _Known(member, None)
        member.last_signed_in_at = work.now
        await member.save(update_fields=["last_signed_in_at"])
        session = await open_staff_session(member.organization_id, member.id, origin, work.now)
        if found.proven_at < work.now:
            await StaffSession.filter(id=session.session_id).update(reauthenticated_at=found.proven_at)
        work.audit("staff_member.signed_in", member, provider=found.provider_id)
    return _Known(member, session)


async def reauthenticate_by_provider(caller: StaffCaller, token: str, verifier: str, services: Services) -> datetime:
    """Prove oneself again at the provider. Returns until when sensitive acts are allowed.

    Raises `ProviderSignInRefused` where somebody else came back or the provider did not ask, `SecondFactorNeeded`.
    """
    found = await _came_back(token, verifier, services.clock.now())
    member = await _proven(caller, found, services)
    return await reauthenticated_by_password(caller, member, services)


@retry_on_conflict
async def _proven(caller: StaffCaller, found: ProviderSignIn, services: Services) -> StaffMember:
    async with unit_of_work(caller, services) as work:
        await _use(found, work)
        own = StaffIdentity.filter(provider_id=found.provider_id, subject=found.subject)
        known = await own.filter(
            staff_member_id=caller.staff_member_id, organization_id=caller.organization_id
        ).exists()
        if not known or found.proven_at <= work.now - FRESH_FOR:
            raise ProviderSignInRefused(WhyNot.NOT_PROVEN)
        return await StaffMember.get(id=caller.staff_member_id)


async def _came_back(token: str, verifier: str, now: datetime) -> ProviderSignIn:
    """The open row of this token, for the screen that began. Changes nothing. Raises `ProviderSignInRefused`."""
    found = await ProviderSignIn.get_or_none(token_hash=hash_token(token), used_at=None, expires_at__gt=now)
    digest = urlsafe_b64encode(sha256(verifier.encode("utf-8", "surrogatepass")).digest()).rstrip(b"=")
    if found is None or not hmac.compare_digest(found.challenge.encode(), digest):
        raise ProviderSignInRefused(WhyNot.START_AGAIN)
    return found


async def _use(found: ProviderSignIn, work: Work) -> None:
    """Of several concurrent requests one succeeds. The subject and address are needed no longer."""
    open_one = ProviderSignIn.filter(id=found.id, used_at=None, expires_at__gt=work.now)
    if not await open_one.update(used_at=work.now, subject="", email_normal=""):
        raise ProviderSignInRefused(WhyNot.START_AGAIN)


async def _member_of(found: ProviderSignIn, invitation: str | None, work: Work) -> StaffMember:
    """The active member, locked: by the subject, or the first time by the address."""
    identity = await StaffIdentity.get_or_none(provider_id=found.provider_id, subject=found.subject)
    whose = StaffMember.filter(organization_id=found.organization_id, machine=False)
    whose = whose.filter(id=identity.staff_member_id) if identity else whose.filter(email_normal=found.email_normal)
    member = await whose.select_for_update().first() if identity or found.email_normal else None
    if member is None:
        raise _refusal(WhyNot.NOT_KNOWN, None)
    if not member.has_access(work.now):
        log.warning("provider sign-in refused", extra={"staff_member_id": str(member.id), "why": "DISABLED"})
        organization = await Organization.get(id=member.organization_id)
        raise AccountClosed(organization.name, organization.phone)
    if member.state is StaffState.INVITED:
        await _join(member, invitation, found, work)
    if identity is not None:
        await StaffIdentity.filter(id=identity.id).update(last_signed_in_at=work.now)
        return member
    # An address that came to another person at the provider: their colleague's account is not theirs.
    if await StaffIdentity.exists(provider_id=found.provider_id, staff_member_id=member.id):
        raise _refusal(WhyNot.NOT_KNOWN, member)
    await StaffIdentity.create(
        organization_id=found.organization_id,
        provider_id=found.provider_id,
        staff_member_id=member.id,
        subject=found.subject,
        created_at=work.now,
        last_signed_in_at=work.now,
    )
    work.audit("staff_member.known_at_provider", member, provider=found.provider_id)
    return member


async def _join(member: StaffMember, invitation: str | None, found: ProviderSignIn, work: Work) -> None:
    """Accept the invitation whose letter the person has, so that an address at the provider alone lets nobody in."""
    if invitation is None:
        raise _refusal(WhyNot.INVITED, member)
    try:
        token = await usable_token(invitation, StaffTokenPurpose.WELCOME, work.now)
        if token.staff_member_id != member.id or token.email != member.email:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        await use_token(token, work)
    except LinkNotUsable as refusal:
        withdrawn = refusal.reason == TokenClosed.WITHDRAWN.value
        raise InvitationNotUsable("REVOKED" if withdrawn else refusal.reason) from None
    await close_tokens(member, TokenClosed.WITHDRAWN, work)
    member.password_hash = NO_PASSWORD
    await member.save(update_fields=["password_hash"])
    work.audit("staff_member.joined", member, provider=found.provider_id)


def _refusal(reason: WhyNot, member: StaffMember | None) -> ProviderSignInRefused:
    extra = {"staff_member_id": str(member.id) if member else None, "why": reason.value}
    log.warning("provider sign-in refused", extra=extra)
    return ProviderSignInRefused(reason)
