"""The tokens in mailed links about an account: issues them, finds them, and lets each be used once."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_token_letter
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, PortalAccount, TokenClosed, TokenPurpose
from clinic.values.ports import Services
from clinic.values.tokens import hash_token
from clinic.work.unit_of_work import Work

# security.md, Tokens. The person has 72 hours to object to a change of address.
LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(hours=24),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CONFIRM_NEW_EMAIL: timedelta(hours=24),
    TokenPurpose.KEEP_EMAIL: timedelta(hours=72),
}
_LETTERS = {
    TokenPurpose.VERIFY_EMAIL: LetterKind.VERIFY_EMAIL,
    TokenPurpose.RESET_PASSWORD: LetterKind.RESET_PASSWORD,
    TokenPurpose.CONFIRM_NEW_EMAIL: LetterKind.CONFIRM_NEW_EMAIL,
    TokenPurpose.KEEP_EMAIL: LetterKind.EMAIL_CHANGING,
}


async def issue_token(
    account: PortalAccount,
    purpose: TokenPurpose,
    work: Work,
    services: Services,
    *,
    to_address: str = "",
    new_email: str = "",
    browser_hash: str = "",
) -> AccountToken:
    """Create an open token and queue its letter. It replaces an open token of the same purpose.

    Call it inside the action's transaction, with the account locked. The letter goes to `to_address`, or to the
    account's address if that is empty.
    """
    await close_tokens(account.id, TokenClosed.REPLACED, work, purpose)
    token = await AccountToken.create(
        organization_id=account.organization_id,
        account_id=account.id,
        purpose=purpose,
        email=to_address or account.email,
        new_email=new_email,
        browser_hash=browser_hash,
        created_at=work.now,
        expires_at=work.now + LIFETIMES[purpose],
    )
    await queue_token_letter(_LETTERS[purpose], token, work.now, services)
    return token


async def close_tokens(account_id: UUID, why: TokenClosed, work: Work, *purposes: TokenPurpose) -> None:
    """Close the account's open tokens of these purposes, or of all purposes if none is given."""
    open_ones = AccountToken.filter(account_id=account_id, closed_at=None)
    if purposes:
        open_ones = open_ones.filter(purpose__in=list(purposes))
    await open_ones.update(closed_at=work.now, closed_why=why)


async def usable_token(organization_id: UUID, token: str, now: datetime, *purposes: TokenPurpose) -> AccountToken:
    """The open token of one of these purposes. Changes nothing. Raises `LinkNotUsable` with the reason."""
    found = await AccountToken.get_or_none(
        organization_id=organization_id, token_hash=hash_token(token), purpose__in=list(purposes)
    )
    if found is None:
        raise LinkNotUsable("UNKNOWN")
    if found.closed_why is not None:
        raise LinkNotUsable(found.closed_why.value)
    if found.expires_at <= now:
        raise LinkNotUsable("EXPIRED")
    return found


async def organization_of_account_token(token: str) -> UUID | None:
    """The organization of this token, for a client that has only the token; None if the token is unknown."""
    found = await AccountToken.get_or_none(token_hash=hash_token(token))
    return found.organization_id if found else None


async def use_token(token: AccountToken, work: Work) -> None:
    """Mark the token as used, inside the action's transaction.

    Only one of several concurrent requests succeeds; the others raise `LinkNotUsable`.
    """
    used = await AccountToken.filter(id=token.id, closed_at=None, expires_at__gt=work.now).update(
        closed_at=work.now, closed_why=TokenClosed.USED
    )
    if not used:
        raise LinkNotUsable("USED")


def same_browser(token: AccountToken, browser_token: str | None) -> bool:
    """Whether this is the browser that requested the letter."""
    if not token.browser_hash or not browser_token:
        return False
    return hmac.compare_digest(token.browser_hash, hash_token(browser_token))
