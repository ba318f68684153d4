"""Resets a forgotten password by a link that is sent to the account's address."""

from clinic.factors.models import ChallengePurpose
from clinic.factors.person import kinds_of, person_behind
from clinic.factors.proving import ask_for_factor
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.portal_access.account_tokens import close_tokens, issue_token, usable_token, use_token
from clinic.portal_access.actions.self_register import typed_address
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import AccountToken, PortalAccount, TokenClosed, TokenPurpose
from clinic.portal_access.queries import personal_words
from clinic.portal_access.throttles import sign_in_subject
from clinic.sessions.actions import OpenedSession, end_all_of_account, open_patient_session
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
from clinic.values.passwords import hash_password, is_short, weaknesses
from clinic.values.ports import Services
from clinic.values.problems import Weakness
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
    """Set a new password, end every session, and open a new one unless the person has a second factor.

    Portal links and past signatures stay as they are, and an unconfirmed identity stays unconfirmed. Raises
    `LinkNotUsable`, `WeakPassword`, and `SecondFactorNeeded` after the new password was set: a mailbox never stands in
    for a second factor.
    """
    found = await usable_token(caller.organization_id, token, services.clock.now(), TokenPurpose.RESET_PASSWORD)
    account = await PortalAccount.get(id=found.account_id)
    about = await personal_words(found.organization_id, found.account_id)
    with_factor = bool(await kinds_of(person_behind(account)))
    if reasons := await weaknesses(password, about, with_factor=with_factor):
        raise WeakPassword(reasons)
    account, session = await _reset(caller, found, await hash_password(password), is_short(password), services, kind)
    # Wrong guesses by others must not lock the owner out.
    await reset_sign_in_attempts(sign_in_subject(str(caller.organization_id), account.email), caller.origin.address)
    if session is None:
        purpose = ChallengePurpose.SIGN_IN
        raise await ask_for_factor(person_behind(account), purpose, account, services, session_kind=kind.value)
    return SignedIn(account, session)


@retry_on_conflict
async def _reset(
    caller: Anonymous, token: AccountToken, password_hash: str, short: bool, services: Services, kind: SessionKind
) -> tuple[PortalAccount, OpenedSession | None]:
    async with unit_of_work(caller, services) as work:
        account = await PortalAccount.filter(id=token.account_id).select_for_update().get()
        await use_token(token, work)
        gone = account.withdrawn_at or account.disabled_at or account.email_verified_at is None
        if gone or account.email != token.email:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        second_step = bool(await kinds_of(person_behind(account)))
        if short and not second_step:  # the factor was removed meanwhile
            raise WeakPassword([Weakness.TOO_SHORT])
        account.password_hash, account.short_password = password_hash, short
        account.last_signed_in_at = account.last_signed_in_at if second_step else work.now
        await account.save(update_fields=["password_hash", "short_password", "last_signed_in_at"])
        # Cancel a change of address that was requested with the old password.
        await close_tokens(account.id, TokenClosed.WITHDRAWN, work, TokenPurpose.CONFIRM_NEW_EMAIL)
        await end_all_of_account(account.id, "password reset", work.now)
        session = None
        if not second_step:
            session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        await queue_account_letter(LetterKind.PASSWORD_CHANGED, account, work.now, services)
        work.audit("portal_account.password_reset", account)
    return account, session
