"""Resets a forgotten password by a link that is sent to the account's address."""

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.portal_access.account_tokens import close_tokens, issue_token, usable_token, use_token
from clinic.portal_access.actions.self_register import typed_address
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, PortalAccount, TokenClosed, TokenPurpose
from clinic.portal_access.queries import personal_words
from clinic.portal_access.throttles import sign_in_subject
from clinic.sessions.actions import end_all_of_account, open_patient_session
from clinic.sessions.models import SessionKind
from clinic.throttling.constant_time import constant_time
from clinic.throttling.throttle import (
    RESET_PER_ADDRESS,
    count_attempt,
    network_of,
    reset_letter_allowed,
    reset_sign_in_attempts,
)
from clinic.values.callers import Anonymous
from clinic.values.errors import WeakPassword
from clinic.values.passwords import hash_password, weaknesses
from clinic.values.ports import Services
from clinic.values.text import normal_email
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def request_password_reset(caller: Anonymous, email: str, services: Services) -> None:
    """Queue a letter to the account with this address, if there is one that can sign in.

    The answer and its timing are the same for every address. The letter goes to the stored address of the account,
    never to the typed one. Raises `InvalidInput` if it can't be an address, `TooManyAttempts` by network address.
    """
    address = normal_email(typed_address(email))
    await count_attempt(RESET_PER_ADDRESS, network_of(caller.origin.address), services.clock)
    async with constant_time(services.wait):
        whose = f"{caller.organization_id} {address}"
        if await reset_letter_allowed(whose, services.clock):
            await _send_link(caller, address, services)


@retry_on_conflict
async def _send_link(caller: Anonymous, address: str, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        account = (
            await PortalAccount.filter(
                organization_id=caller.organization_id, email_normal=address, withdrawn_at=None, disabled_at=None
            )
            .select_for_update()
            .first()
        )
        if account is None or account.registered_at is None or account.email_verified_at is None:
            return
        await issue_token(account, TokenPurpose.RESET_PASSWORD, work, services)
        work.audit("portal_account.reset_requested", account)


async def reset_password(
    caller: Anonymous, token: str, password: str, services: Services, *, kind: SessionKind
) -> SignedIn:
    """Set a new password, end every session, and open a new one.

    Portal links and past signatures stay as they are, and an unconfirmed identity stays unconfirmed. Raises
    `LinkNotUsable`, `WeakPassword`.
    """
    found = await usable_token(caller.organization_id, token, services.clock.now(), TokenPurpose.RESET_PASSWORD)
    if reasons := await weaknesses(password, await personal_words(found.organization_id, found.account_id)):
        raise WeakPassword(reasons)
    signed_in = await _reset(caller, found, await hash_password(password), services, kind)
    # Wrong guesses by others must not lock the owner out.
    await reset_sign_in_attempts(
        sign_in_subject(str(caller.organization_id), signed_in.account.email), caller.origin.address
    )
    return signed_in


@retry_on_conflict
async def _reset(
    caller: Anonymous, token: AccountToken, password_hash: str, services: Services, kind: SessionKind
) -> SignedIn:
    async with unit_of_work(caller, services) as work:
        account = await PortalAccount.filter(id=token.account_id).select_for_update().get()
        await use_token(token, work)
        gone = account.withdrawn_at or account.disabled_at or account.email_verified_at is None
        if gone or account.email != token.email:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        account.password_hash, account.last_signed_in_at = password_hash, work.now
        await account.save(update_fields=["password_hash", "last_signed_in_at"])
        # Cancel a change of address that was requested with the old password.
        await close_tokens(account.id, TokenClosed.WITHDRAWN, work, TokenPurpose.CONFIRM_NEW_EMAIL)
        await end_all_of_account(account.id, "password reset", work.now)
        session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        await queue_account_letter(LetterKind.PASSWORD_CHANGED, account, work.now, services)
        work.audit("portal_account.password_reset", account)
    return SignedIn(account, session)
