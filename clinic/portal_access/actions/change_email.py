"""Changes an account's address.

The person requests it with the password and confirms it at the new address. The old address may object to it.
"""

from datetime import timedelta

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.portal_access.account_tokens import LIFETIMES, close_tokens, issue_token, usable_token, use_token
from clinic.portal_access.actions.reauthenticate import reauthenticate
from clinic.portal_access.actions.verify_email import lock_account_and_free_address
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, PortalAccount, PortalLink, TokenClosed, TokenPurpose
from clinic.sessions.actions import end_all_of_account
from clinic.throttling.constant_time import constant_time
from clinic.throttling.throttle import NEW_EMAIL_LETTERS, NEW_EMAIL_PER_ACCOUNT, attempt_allowed, count_attempt
from clinic.values.callers import Anonymous, PatientCaller
from clinic.values.errors import InvalidInput, WrongCredentials
from clinic.values.passwords import hash_password
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import UnusableText, clean_email, normal_email
from clinic.values.tokens import hash_token, new_token
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

OBJECTION: timedelta = LIFETIMES[TokenPurpose.KEEP_EMAIL]
CONTESTED = "two people claim the account's email address"


async def request_email_change(
    caller: PatientCaller, password: str, new_email: str, services: Services, *, browser_token: str | None = None
) -> None:
    """Send a letter to the new address to confirm it, and one to the old address to object (product §3, Account).

    Nothing changes until the link in the letter is used (`confirm_email`). If another account has the new address, the
    answer is the same, but no confirmation link is sent. Raises `InvalidInput` on `newEmail`, `WrongCredentials`,
    `TooManyAttempts`.
    """
    try:
        address = clean_email(new_email)
    except UnusableText as unusable:
        raise unusable.at("newEmail") from None
    account = await reauthenticate(caller, password, services)
    if account.email_normal == normal_email(address):
        raise InvalidInput.one("newEmail", Problem.ADDRESS_IN_USE_BY_YOU)
    await count_attempt(NEW_EMAIL_PER_ACCOUNT, str(account.id), services.clock)
    async with constant_time(services.wait):
        subject = f"{caller.organization_id} {normal_email(address)}"
        may_write = await attempt_allowed(NEW_EMAIL_LETTERS, subject, services.clock)
        browser_hash = hash_token(browser_token) if browser_token else ""
        await _request_change(caller, account.password_hash, address, browser_hash, services, may_write=may_write)


@retry_on_conflict
async def _request_change(
    caller: PatientCaller,
    checked_hash: str | None,
    address: str,
    browser_hash: str,
    services: Services,
    *,
    may_write: bool,
) -> None:
    async with unit_of_work(caller, services) as work:
        account = await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        # If the password was changed since the check, the caller may be an attacker whom the new password locks out.
        if account.password_hash != checked_hash or account.disabled_at or account.withdrawn_at:
            raise WrongCredentials
        await _require_no_recent_change(account, work)
        await close_tokens(account.id, TokenClosed.REPLACED, work, TokenPurpose.CONFIRM_NEW_EMAIL)
        holder = await PortalAccount.get_or_none(
            organization_id=caller.organization_id, email_normal=normal_email(address), withdrawn_at=None
        )
        if may_write and (holder is None or (holder.registered_at and holder.email_verified_at is None)):
            await issue_token(
                account,
                TokenPurpose.CONFIRM_NEW_EMAIL,
                work,
                services,
                to_address=address,
                new_email=address,
                browser_hash=browser_hash,
            )
        elif may_write and holder and holder.email_verified_at:
            await queue_account_letter(LetterKind.ADDRESS_KNOWN, holder, work.now, services)
        await issue_token(account, TokenPurpose.KEEP_EMAIL, work, services, new_email=address)
        work.audit("portal_account.email_change_requested", account)


async def _require_no_recent_change(account: PortalAccount, work: Work) -> None:
    """Raises `InvalidInput` while the last change can be undone: a second change would replace the token to object."""
    undoable = await AccountToken.get_or_none(
        account_id=account.id, purpose=TokenPurpose.KEEP_EMAIL, closed_at=None, expires_at__gt=work.now
    )
    if undoable and normal_email(undoable.email) != account.email_normal:
        hours = OBJECTION // timedelta(hours=1)
        raise InvalidInput.one("newEmail", Problem.ADDRESS_CHANGED_LATELY, hours=hours)


async def keep_email(caller: Anonymous, token: str, services: Services) -> None:
    """Cancel a change of address, or undo it if it has taken effect, and lock out the person who requested it.

    That person knew the password. So all sessions end and the password becomes invalid; the owner sets a new one with
    the page for forgotten passwords. That proves only the mailbox, so identity is asked again before records are shown.
    If another account has taken the old address meanwhile, the account is disabled, and the practice must resolve the
    case. Raises `LinkNotUsable`.
    """
    found = await usable_token(caller.organization_id, token, services.clock.now(), TokenPurpose.KEEP_EMAIL)
    await _undo_change(caller, found, await hash_password(new_token()), services)


@retry_on_conflict
async def _undo_change(caller: Anonymous, token: AccountToken, unusable_hash: str, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        account, free = await _locked(token, work)
        await use_token(token, work)
        if account.withdrawn_at is not None:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        account.password_hash = unusable_hash
        if free:
            work.address_released(account.email_normal)
            account.email, account.email_normal = token.email, normal_email(token.email)
        else:
            account.disabled_at, account.disabled_reason = account.disabled_at or work.now, CONTESTED
        await account.save(update_fields=["password_hash", "email", "email_normal", "disabled_at", "disabled_reason"])
        await close_tokens(account.id, TokenClosed.WITHDRAWN, work)
        await end_all_of_account(account.id, "address kept", work.now)
        await PortalLink.filter(account_id=account.id, unlinked_at=None).update(identity_confirmed_at=None)
        work.audit("portal_account.email_kept", account)


async def _locked(token: AccountToken, work: Work) -> tuple[PortalAccount, bool]:
    """The account, locked, and whether it can have the old address again."""
    try:
        return await lock_account_and_free_address(token, token.email, work), True
    except LinkNotUsable:
        return await PortalAccount.filter(id=token.account_id).select_for_update().get(), False
