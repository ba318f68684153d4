"""Asks a signed-in person for their password again, before actions that somebody at an open screen must not do."""

from clinic.portal_access.models import PortalAccount
from clinic.portal_access.throttles import sign_in_subject
from clinic.throttling.throttle import count_password, password_succeeded
from clinic.values.callers import Origin, PatientCaller
from clinic.values.errors import WrongCredentials
from clinic.values.passwords import password_matches
from clinic.values.ports import Services


async def reauthenticate(caller: PatientCaller, password: str, services: Services) -> PortalAccount:
    """The caller's account, if this is its password. Raises `WrongCredentials`, `TooManyAttempts`.

    Failures count together with those of signing in from the same network (security.md). Guesses of strangers at the
    sign-in page do not close this way to somebody who is signed in.
    """
    account = await PortalAccount.get(id=caller.account_id, organization_id=caller.organization_id)
    await check_password(account, password, caller.origin, services, proof=f"session {caller.session_id}")
    return account


async def check_password(
    account: PortalAccount, password: str, origin: Origin, services: Services, *, proof: str
) -> None:
    """Raises `WrongCredentials` if this is not the account's password. Each attempt is counted before the check.

    `proof` is the id of what the person holds besides the password: a session or a mailed link.
    """
    subject = sign_in_subject(str(account.organization_id), account.email)
    await count_password(subject, proof, origin.address, services.clock)
    if not await password_matches(account.password_hash, password):
        raise WrongCredentials
    await password_succeeded(subject, proof, origin.address)
