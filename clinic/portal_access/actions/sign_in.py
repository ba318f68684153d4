"""Signs a person in to one organization's portal, in a browser or an app."""

import logging
from dataclasses import dataclass

from clinic.factors.models import ChallengePurpose
from clinic.factors.person import person_behind
from clinic.factors.proving import ask_for_factor, needs_second_step
from clinic.organizations.models import SLUG, Organization
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.throttles import sign_in_subject
from clinic.sessions.actions import OpenedSession, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import account_known_from
from clinic.throttling.constant_time import SIGN_IN_STEP, constant_time
from clinic.throttling.sign_in_count import counted_sign_in
from clinic.throttling.throttle import count_sign_in, sign_in_succeeded
from clinic.values.callers import Anonymous, Origin
from clinic.values.errors import AccountClosed, WrongCredentials
from clinic.values.metrics import SignInKind
from clinic.values.passwords import password_matches
from clinic.values.ports import Services
from clinic.values.text import normal_email_or_none, trimmed
from clinic.work.unit_of_work import unit_of_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedIn:
    """The account, and the new session with its tokens."""

    account: PortalAccount
    session: OpenedSession


async def sign_in_patient_at(
    slug: str, email: str, password: str, origin: Origin, services: Services, *, kind: SessionKind
) -> SignedIn:
    """`sign_in_patient` with the practice's slug. An unknown slug is counted and answered like a wrong password."""
    slug = trimmed(slug)
    organization = await Organization.get_or_none(slug=slug) if SLUG.fullmatch(slug) else None
    if organization is not None:
        return await sign_in_patient(Anonymous(organization.id, origin), email, password, services, kind=kind)
    return await _refuse_at_unknown_practice(slug, email, password, origin, services)


@counted_sign_in(SignInKind.PATIENT)
async def _refuse_at_unknown_practice(
    slug: str, email: str, password: str, origin: Origin, services: Services
) -> SignedIn:
    closed = await count_sign_in(sign_in_subject(slug, email), origin.address, services.clock)
    async with constant_time(services.wait, SIGN_IN_STEP):
        await password_matches(None, password)  # takes as long as for an existing practice
    raise closed or WrongCredentials


@counted_sign_in(SignInKind.PATIENT, closed=(AccountClosed,))
async def sign_in_patient(
    caller: Anonymous, email: str, password: str, services: Services, *, kind: SessionKind
) -> SignedIn:
    """Open a session for a registered account.

    Raises `WrongCredentials`, after the same time and with the same text for every reason, and `TooManyAttempts`. Each
    attempt is counted before the password is checked. Where strangers' guesses have closed the account, its owner gets
    in from a network that they signed in from before; a wrong password gets the same answer there as anywhere. Raises
    `AccountClosed`, after the same time, for a person who typed the right password of a disabled account, and
    `SecondFactorNeeded` after the right password of a person who has a second factor.
    """
    subject = sign_in_subject(str(caller.organization_id), email)
    closed = await count_sign_in(subject, caller.origin.address, services.clock)
    async with constant_time(services.wait, SIGN_IN_STEP):
        account = await _account_at(caller, normal_email_or_none(email))
        matches = await password_matches(account.password_hash if account else None, password)
        if closed and not await account_known_from(account, caller.origin.address, services.clock.now()):
            matches = False
    if account is None or not matches or account.disabled_at or not account.email_verified_at:
        whose = {"organization_id": str(caller.organization_id), "account_id": str(account.id) if account else None}
        log.warning("patient sign-in refused", extra=whose)
        if account and matches and account.disabled_at and account.email_verified_at:
            organization = await Organization.get(id=account.organization_id)
            raise AccountClosed(organization.name, organization.phone)
        raise closed or WrongCredentials
    await sign_in_succeeded(subject, caller.origin.address)
    person = person_behind(account)
    if await needs_second_step(person, account):
        raise await ask_for_factor(person, ChallengePurpose.SIGN_IN, account, services, session_kind=kind.value)
    async with unit_of_work(caller, services) as work:
        # Guarded by everything that was checked: another request may have changed the password or disabled the account.
        unchanged = PortalAccount.filter(
            id=account.id, password_hash=account.password_hash, disabled_at=None, withdrawn_at=None
        )
        if not await unchanged.update(last_signed_in_at=work.now):
            raise WrongCredentials
        # Another request may have added a factor meanwhile; the update above has locked the row.
        if await needs_second_step(person, account):
            raise WrongCredentials
        account.last_signed_in_at = work.now
        session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        work.audit("portal_account.signed_in", account)
    return SignedIn(account, session)


async def _account_at(caller: Anonymous, address: str | None) -> PortalAccount | None:
    if address is None:
        return None
    return await PortalAccount.get_or_none(
        organization_id=caller.organization_id, email_normal=address, withdrawn_at=None
    )
