"""The person behind a session, for what must not outlive it."""

from datetime import datetime

from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession
from clinic.values.callers import PatientCaller
from clinic.values.errors import SessionEnded


async def person_in_session(caller: PatientCaller, now: datetime) -> tuple[PortalAccount, PatientSession]:
    """The caller's account and session, locked: nobody disables the one or ends the other until the commit.

    The locks leave room for letters to the account, which only name it. Raises `SessionEnded` where that has happened
    since the request began.
    """
    usable = PortalAccount.filter(
        id=caller.account_id, organization_id=caller.organization_id, disabled_at=None, withdrawn_at=None
    )
    account = await usable.select_for_update(no_key=True).first()
    alive = PatientSession.filter(id=caller.session_id, account_id=caller.account_id, ended_at=None, expires_at__gt=now)
    session = await alive.select_for_update(no_key=True).first()
    if account is None or session is None:
        raise SessionEnded
    return account, session
