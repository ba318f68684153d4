"""Signing a person in at one organization's portal, by browser or by app."""

from dataclasses import dataclass

from clinic.callers import Anonymous
from clinic.errors import WrongCredentials
from clinic.passwords import password_matches
from clinic.portal_access.models import PortalAccount
from clinic.ports import Services
from clinic.safeguards.throttle import SIGN_IN_PER_ACCOUNT, SIGN_IN_PER_ADDRESS, count_attempt, forget_attempts
from clinic.sessions.actions import OpenedSession, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.text import normal_email
from clinic.work import unit_of_work


@dataclass(frozen=True)
class SignedIn:
    """Whose account, and the new session's secrets."""

    account: PortalAccount
    session: OpenedSession


async def sign_in_patient(
    caller: Anonymous, email: str, password: str, services: Services, *, kind: SessionKind
) -> SignedIn:
    """Open a session for a registered account.

    Raises `WrongCredentials`, the same and as slowly for every reason, and `TooManyAttempts`. Each attempt is
    counted before it is judged.
    """
    try:
        address = normal_email(email)
    except ValueError:
        address = email[:300]
    subject = f"patient {caller.organization_id} {address}"
    await count_attempt(SIGN_IN_PER_ADDRESS, caller.origin.address or "unknown", services.clock)
    await count_attempt(SIGN_IN_PER_ACCOUNT, subject, services.clock)
    account = await PortalAccount.get_or_none(
        organization_id=caller.organization_id, email_normal=address, withdrawn_at=None
    )
    matches = await password_matches(account.password_hash if account else None, password)
    if account is None or not matches or account.disabled_at or not account.email_verified_at:
        raise WrongCredentials
    await forget_attempts(SIGN_IN_PER_ACCOUNT, subject)
    async with unit_of_work(caller, services) as work:
        await PortalAccount.filter(id=account.id).update(last_signed_in_at=work.now)
        account.last_signed_in_at = work.now
        session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        work.audit("portal_account.signed_in", account)
    return SignedIn(account, session)
