"""Opens, refreshes and ends sessions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from tortoise.queryset import QuerySet

from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession, SessionColumns, SessionKind, SpentRefreshToken, StaffSession
from clinic.staff.models import StaffMember
from clinic.values.callers import Anonymous, Origin, PatientCaller, StaffCaller
from clinic.values.errors import NotFound, SessionEnded
from clinic.values.ports import Services
from clinic.values.tokens import hash_token, new_token
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# security.md: access tokens are short-lived; a browser session ends after 30 idle minutes, a staff session after as
# many as the organization says; no session exceeds 12 hours; a person has at most 20.
ACCESS_LIFETIME = timedelta(minutes=15)
BROWSER_IDLE = timedelta(minutes=30)
MOST_SESSIONS = 20
ABSOLUTE_LIFETIME = timedelta(hours=12)

S = TypeVar("S", bound=SessionColumns)


@dataclass(frozen=True)
class OpenedSession:
    """The plaintext secrets of a new or refreshed session, shown once. Browser sessions have no refresh token."""

    session_id: UUID
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    access_expires_at: datetime


async def open_staff_session(
    organization_id: UUID, staff_member_id: UUID, origin: Origin, now: datetime
) -> OpenedSession:
    """Open an API session for a staff member, inside the current transaction. Ends the oldest beyond the limit."""
    # The lock keeps concurrent sign-ins of one person from overlooking each other's sessions.
    await StaffMember.filter(id=staff_member_id).select_for_update(no_key=True).get()
    session = StaffSession(organization_id=organization_id, staff_member_id=staff_member_id)
    opened = await _open(session, SessionKind.API, origin, now)
    own = StaffSession.filter(staff_member_id=staff_member_id, program_id=None)
    await _end_oldest(StaffSession, own, opened.session_id, now)
    return opened


async def open_patient_session(
    organization_id: UUID, account_id: UUID, kind: SessionKind, origin: Origin, now: datetime
) -> OpenedSession:
    """Open a session for a portal account, inside the current transaction. Ends the oldest beyond the limit."""
    await PortalAccount.filter(id=account_id).select_for_update(no_key=True).get()
    session = PatientSession(organization_id=organization_id, account_id=account_id)
    opened = await _open(session, kind, origin, now)
    await _end_oldest(PatientSession, PatientSession.filter(account_id=account_id), opened.session_id, now)
    return opened


async def open_program_session(
    program: StaffMember, member: StaffMember, lifetime: timedelta, origin: Origin, now: datetime
) -> OpenedSession:
    """Open a session in which a program acts for itself or for a member, inside the current transaction.

    It is never renewed, and no number of them ends another: how many tokens a program gets is throttled where it asks.
    """
    session = StaffSession(organization_id=program.organization_id, staff_member_id=member.id, program_id=program.id)
    return await _open(session, SessionKind.API, origin, now, lifetime=lifetime)


async def _end_oldest(model: type[S], of_person: QuerySet[S], newest: UUID, now: datetime) -> None:
    """End the person's sessions that are beyond the limit, the oldest first; the newest always stays."""
    alive = of_person.filter(ended_at=None, expires_at__gt=now).exclude(id=newest)
    ids = await alive.order_by("-created_at", "-id").values_list("id", flat=True)
    if surplus := list(ids)[MOST_SESSIONS - 1 :]:
        await model.filter(id__in=surplus).update(ended_at=now, end_reason="too many sessions")


async def _open(
    session: SessionColumns, kind: SessionKind, origin: Origin, now: datetime, *, lifetime: timedelta | None = None
) -> OpenedSession:
    """`lifetime`: the session ends with its access token after this time; there is no refresh token."""
    access, refresh = new_token(), new_token() if kind is SessionKind.API and lifetime is None else None
    session.kind = kind
    session.access_hash = hash_token(access)
    session.access_expires_at = now + (lifetime or (ACCESS_LIFETIME if kind is SessionKind.API else ABSOLUTE_LIFETIME))
    session.refresh_hash = hash_token(refresh) if refresh else None
    session.created_at = session.last_seen_at = now
    session.expires_at = now + (lifetime or ABSOLUTE_LIFETIME)
    session.address = origin.address or ""
    session.agent = (origin.agent or "")[:300]
    await session.save(force_create=True)
    return OpenedSession(session.id, access, refresh, session.access_expires_at)


@retry_on_conflict
async def refresh_session(refresh_token: str, origin: Origin, services: Services) -> OpenedSession:
    """Issue new tokens for an API session. The old refresh token can't be used again.

    Refreshing is no activity: a screen that nobody looks at does it by itself. A staff session that was idle for as
    long as the organization allows is not refreshed.
    Presenting a used refresh token ends the whole session, because somebody has a stolen copy. Raises `SessionEnded`
    for every invalid token, without saying why.
    """
    token_hash = hash_token(refresh_token)
    refreshed = await _rotate(StaffSession, token_hash, services) or await _rotate(PatientSession, token_hash, services)
    if refreshed is not None:
        return refreshed
    # This look-up comes last, so that the loser of two concurrent refreshes with one token is detected as well.
    spent = await SpentRefreshToken.get_or_none(token_hash=token_hash)
    if spent is not None:
        await _end_stolen(spent.session_id, origin, services)
    raise SessionEnded


async def staff_idle(organization_id: UUID) -> timedelta:
    """How long a staff session may be without a request: a setting of the organization (product §6)."""
    return timedelta(minutes=(await Organization.get(id=organization_id)).staff_idle_minutes)


async def _rotate(model: type[S], token_hash: str, services: Services) -> OpenedSession | None:
    found = await model.get_or_none(refresh_hash=token_hash)
    if found is None:
        return None
    access, refresh = new_token(), new_token()
    async with unit_of_work(Anonymous(found.organization_id), services) as work:
        access_expires_at = min(work.now + ACCESS_LIFETIME, found.expires_at)
        # This guarded update decides: only one of several concurrent requests with the same token succeeds.
        usable = model.filter(id=found.id, refresh_hash=token_hash, ended_at=None, expires_at__gt=work.now)
        if model is StaffSession:
            usable = usable.filter(last_seen_at__gt=work.now - await staff_idle(found.organization_id))
        rotated = await usable.update(
            access_hash=hash_token(access), refresh_hash=hash_token(refresh), access_expires_at=access_expires_at
        )
        if not rotated:
            return None
        await SpentRefreshToken.create(token_hash=token_hash, session_id=found.id, expires_at=found.expires_at)
    return OpenedSession(found.id, access, refresh, access_expires_at)


async def _end_stolen(session_id: UUID, origin: Origin, services: Services) -> None:
    for model in (StaffSession, PatientSession):
        session = await model.get_or_none(id=session_id, ended_at=None)
        if session is None:
            continue
        async with unit_of_work(Anonymous(session.organization_id, origin), services) as work:
            if await model.filter(id=session_id, ended_at=None).update(ended_at=work.now, end_reason="token reused"):
                work.audit("session.ended_after_token_reuse", session)


async def end_session(caller: StaffCaller | PatientCaller, services: Services) -> None:
    """Sign out: the session is invalid from now on. Signing out twice is no error."""
    model: type[StaffSession] | type[PatientSession]
    model = StaffSession if isinstance(caller, StaffCaller) else PatientSession
    async with unit_of_work(caller, services) as work:
        session = await model.get_or_none(id=caller.session_id, organization_id=caller.organization_id, ended_at=None)
        if session is None:
            return
        await model.filter(id=session.id).update(ended_at=work.now, end_reason="signed out")
        work.audit("session.signed_out", session)


async def end_all_of_account(account_id: UUID, reason: str, now: datetime) -> None:
    """End every session of a portal account, inside the current transaction."""
    await PatientSession.filter(account_id=account_id, ended_at=None).update(ended_at=now, end_reason=reason)


async def end_others_of_account(caller: PatientCaller, reason: str, now: datetime) -> None:
    """End every session of the caller's account except the current one, inside the current transaction."""
    others = PatientSession.filter(account_id=caller.account_id, ended_at=None).exclude(id=caller.session_id)
    await others.update(ended_at=now, end_reason=reason)


async def end_own_session(caller: StaffCaller | PatientCaller, session_id: UUID | None, services: Services) -> None:
    """End one of the caller's own sessions, maybe the current one. Ending it twice is no error. Raises `NotFound`."""
    own: QuerySet[Any]
    if isinstance(caller, StaffCaller):
        own = sessions_of(caller)
    else:
        own = PatientSession.filter(account_id=caller.account_id, organization_id=caller.organization_id)
    async with unit_of_work(caller, services) as work:
        session = await own.get_or_none(id=session_id)
        if session is None:
            raise NotFound("sessionId")
        if await own.filter(id=session_id, ended_at=None).update(ended_at=work.now, end_reason="ended"):
            work.audit("session.ended", session)


def sessions_of(caller: StaffCaller) -> QuerySet[StaffSession]:
    """The sessions that the caller may see and end: their own. A program has nothing to do with a member's others."""
    own = StaffSession.filter(staff_member_id=caller.staff_member_id, organization_id=caller.organization_id)
    return own.filter(program_id=caller.program_id) if caller.program_id else own


async def end_all_of_program(program_id: UUID, reason: str, now: datetime) -> int:
    """End every session in which a program acts, inside the current transaction. Returns how many had not ended."""
    return await StaffSession.filter(program_id=program_id, ended_at=None).update(ended_at=now, end_reason=reason)


async def end_all_of_staff_member(staff_member_id: UUID, reason: str, now: datetime) -> int:
    """End every session of a staff member, inside the current transaction. Returns how many had not ended."""
    alive = StaffSession.filter(staff_member_id=staff_member_id, ended_at=None)
    return await alive.update(ended_at=now, end_reason=reason)


async def end_others_of_staff_member(caller: StaffCaller, reason: str, now: datetime) -> None:
    """End every session of the calling staff member except the current one, inside the current transaction."""
    others = StaffSession.filter(staff_member_id=caller.staff_member_id, ended_at=None).exclude(id=caller.session_id)
    await others.update(ended_at=now, end_reason=reason)


async def remove_spent_tokens(now: datetime) -> int:
    """Delete used refresh tokens of sessions that have expired. Returns how many."""
    return await SpentRefreshToken.filter(expires_at__lt=now).delete()
