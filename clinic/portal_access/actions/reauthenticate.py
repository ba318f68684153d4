"""Asks a signed-in person for their password again, before actions that somebody at an open screen must not do."""

from clinic.portal_access.actions.sign_in import sign_in_subject
from clinic.portal_access.models import PortalAccount
from clinic.throttling.throttle import count_sign_in, sign_in_succeeded
from clinic.values.callers import Origin, PatientCaller
from clinic.values.errors import WrongCredentials
from clinic.values.passwords import password_matches
from clinic.values.ports import Services


async def reauthenticate(caller: PatientCaller, password: str, services: Services) -> PortalAccount:
    """The caller's account, if this is its password. Raises `WrongCredentials`, `TooManyAttempts`.

    Failures count together with those of signing in (security.md), so that a stolen session allows no extra guesses.
    """
    account = await PortalAccount.get(id=caller.account_id, organization_id=caller.organization_id)
    await check_password(account, password, caller.origin, services)
    return account


async def check_password(account: PortalAccount, password: str, origin: Origin, services: Services) -> None:
    """Raises `WrongCredentials` if this is not the account's password. Each attempt is counted before the check."""
    subject = sign_in_subject(str(account.organization_id), account.email)
    await count_sign_in(subject, origin.address, services.clock)
    if not await password_matches(account.password_hash, password):
        raise WrongCredentials
    await sign_in_succeeded(subject, origin.address)
