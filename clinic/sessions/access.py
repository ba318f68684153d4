"""Fetches and locks a patient's account and session, for actions that must not succeed after the session ended."""

from datetime import datetime

from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession
from clinic.values.callers import PatientCaller
from clinic.values.errors import SessionEnded


async def lock_account_and_session(caller: PatientCaller, now: datetime) -> tuple[PortalAccount, PatientSession]:
    """The caller's account and session, locked until the commit, so that neither is disabled or ended before it.

    The locks (FOR NO KEY UPDATE) still let other transactions insert letters that refer to the account. Raises
    `SessionEnded` if the account was disabled or the session ended since the request began.
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
