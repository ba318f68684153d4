"""Sensitive acts need a fresh sign-in: the session began, or its person proved themselves again, a short while ago."""

from datetime import datetime, timedelta

from clinic.sessions.models import PatientSession, StaffSession
from clinic.values.callers import PatientCaller, StaffCaller, SystemCaller
from clinic.values.errors import FreshSignInNeeded, SessionEnded

# ASVS 5.0 7.5.3 asks for a proof before sensitive acts; the time is ours (decision 0039).
FRESH_FOR = timedelta(minutes=15)


async def require_fresh(caller: StaffCaller | PatientCaller | SystemCaller, now: datetime) -> None:
    """Raise `FreshSignInNeeded` unless the caller's session began, or was proven again, within `FRESH_FOR`.

    Refreshing a session proves nothing, and a program's session is never fresh. The command line is not asked.
    """
    if isinstance(caller, SystemCaller):
        return
    if isinstance(caller, StaffCaller) and caller.program_id:
        # A program proves nothing, however lately it signed in, nor does a person for whom it acts.
        raise FreshSignInNeeded
    model: type[StaffSession] | type[PatientSession]
    model = StaffSession if isinstance(caller, StaffCaller) else PatientSession
    session = await model.get_or_none(id=caller.session_id, organization_id=caller.organization_id, ended_at=None)
    if session is None or (session.reauthenticated_at or session.created_at) <= now - FRESH_FOR:
        raise FreshSignInNeeded


async def mark_fresh(caller: StaffCaller | PatientCaller, now: datetime) -> datetime:
    """Note that the caller has just proven themselves again. Returns until when the session is fresh.

    Call it inside the transaction of the proof. Raises `SessionEnded`.
    """
    model: type[StaffSession] | type[PatientSession]
    model = StaffSession if isinstance(caller, StaffCaller) else PatientSession
    alive = model.filter(id=caller.session_id, organization_id=caller.organization_id, ended_at=None)
    if not await alive.update(reauthenticated_at=now):
        raise SessionEnded
    return now + FRESH_FOR
