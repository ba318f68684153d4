"""Confirms an address by a mailed link: the address of a new account, or the new address of an existing one."""

from tortoise.expressions import Q

from clinic.factors.models import ChallengePurpose
from clinic.factors.person import kinds_of, person_behind
from clinic.factors.proving import ask_for_factor
from clinic.organizations.models import Organization
from clinic.portal_access.account_tokens import close_tokens, same_browser, usable_token, use_token
from clinic.portal_access.actions.reauthenticate import check_password
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.errors import ChooseNewPassword, LinkNotUsable, PasswordNeeded
from clinic.portal_access.models import AccountToken, PortalAccount, TokenClosed, TokenPurpose
from clinic.sessions.actions import OpenedSession, end_all_of_account, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Anonymous
from clinic.values.errors import WeakPassword
from clinic.values.passwords import hash_password, weaknesses
from clinic.values.ports import Services
from clinic.values.text import normal_email
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


async def confirm_email(
    caller: Anonymous,
    token: str,
    services: Services,
    *,
    kind: SessionKind,
    browser_token: str | None = None,
    new_password: str | None = None,
    password: str | None = None,
) -> SignedIn:
    """Confirm the letter's address, and open a session.

    In the browser (or device) that requested the letter, its `browser_token` is enough. In any other one, a new account
    needs a `new_password`, which replaces the one from the registration (else `ChooseNewPassword`). A change of address
    needs the account's `password` (`PasswordNeeded`, `WrongCredentials`, `TooManyAttempts`), so that the owner of a
    mistyped address does not get the account. Raises `LinkNotUsable`, `WeakPassword`, and
    `SecondFactorNeeded` after the address of a person with a second factor was changed.
    """
    purposes = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CONFIRM_NEW_EMAIL)
    found = await usable_token(caller.organization_id, token, services.clock.now(), *purposes)
    if found.purpose is TokenPurpose.VERIFY_EMAIL:
        if new_password is None and not same_browser(found, browser_token):
            raise ChooseNewPassword
        return await _verify(caller, found, await _hashed(found, new_password), services, kind)
    if not same_browser(found, browser_token):
        if password is None:
            raise PasswordNeeded
        holder = await PortalAccount.get(id=found.account_id)
        await check_password(holder, password, caller.origin, services, proof=f"link {found.id}")
    account, session = await _change_address(caller, found, services, kind)
    if session is None:
        purpose = ChallengePurpose.SIGN_IN
        raise await ask_for_factor(person_behind(account), purpose, account, services, session_kind=kind.value)
    return SignedIn(account, session)


async def _hashed(token: AccountToken, new_password: str | None) -> str | None:
    if new_password is None:
        return None
    organization = await Organization.get(id=token.organization_id)
    if reasons := await weaknesses(new_password, [token.email, organization.name]):
        raise WeakPassword(reasons)
    return await hash_password(new_password)


@retry_on_conflict
async def _verify(
    caller: Anonymous, token: AccountToken, password_hash: str | None, services: Services, kind: SessionKind
) -> SignedIn:
    async with unit_of_work(caller, services) as work:
        account = await PortalAccount.filter(id=token.account_id).select_for_update().get()
        await use_token(token, work)
        # If an invitation has taken the account over meanwhile, the link is invalid.
        if account.registered_at is None or account.email_verified_at or account.withdrawn_at or account.disabled_at:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        account.password_hash = password_hash or account.password_hash
        account.email_verified_at = account.last_signed_in_at = work.now
        await account.save(update_fields=["password_hash", "email_verified_at", "last_signed_in_at"])
        session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        work.audit("portal_account.email_verified", account)
    return SignedIn(account, session)


@retry_on_conflict
async def _change_address(
    caller: Anonymous, token: AccountToken, services: Services, kind: SessionKind
) -> tuple[PortalAccount, OpenedSession | None]:
    """Set the account's new address, and open a session unless the person has a second factor.

    The portal link and the addresses of the contact stay as they are.
    """
    async with unit_of_work(caller, services) as work:
        account = await lock_account_and_free_address(token, token.new_email, work)
        await use_token(token, work)
        if account.withdrawn_at or account.disabled_at:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        work.address_released(account.email_normal)
        account.email, account.email_normal = token.new_email, normal_email(token.new_email)
        account.last_signed_in_at = work.now
        await account.save(update_fields=["email", "email_normal", "last_signed_in_at"])
        await close_tokens(account.id, TokenClosed.WITHDRAWN, work, TokenPurpose.RESET_PASSWORD)
        await end_all_of_account(account.id, "address changed", work.now)
        session = None
        if not await kinds_of(person_behind(account)):
            session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        work.audit("portal_account.email_changed", account)
    return account, session


async def lock_account_and_free_address(token: AccountToken, address: str, work: Work) -> PortalAccount:
    """The token's account, locked, after the address was made free for it.

    Another account that never verified the address is withdrawn. Raises `LinkNotUsable` if the address is taken.
    """
    candidates = Q(id=token.account_id) | Q(
        organization_id=token.organization_id, email_normal=normal_email(address), withdrawn_at=None
    )
    # In the order of their ids, so that two accounts that exchange addresses can't deadlock.
    locked = await PortalAccount.filter(candidates).order_by("id").select_for_update()
    for other in locked:
        if other.id == token.account_id:
            continue
        if other.registered_at is None or other.email_verified_at is not None:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        await PortalAccount.filter(id=other.id).update(withdrawn_at=work.now)
        await close_tokens(other.id, TokenClosed.WITHDRAWN, work)
        work.audit("portal_account.withdrawn", other, reason="its address was confirmed by another account")
    return next(account for account in locked if account.id == token.account_id)
