"""Changes the password of a signed-in person who knows the current one."""

from clinic.factors.person import kinds_of, person_of
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.portal_access.account_tokens import close_tokens
from clinic.portal_access.actions.reauthenticate import reauthenticate
from clinic.portal_access.models import PortalAccount, TokenClosed, TokenPurpose
from clinic.portal_access.queries import personal_words
from clinic.sessions.actions import end_others_of_account
from clinic.values.callers import PatientCaller
from clinic.values.errors import WeakPassword, WrongCredentials
from clinic.values.passwords import hash_password, is_short, weaknesses
from clinic.values.ports import Services
from clinic.values.problems import Weakness
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def change_password(caller: PatientCaller, current: str, new: str, services: Services) -> None:
    """Set a new password, end every other session, and queue a letter to the account's address.

    Raises `WrongCredentials` for a wrong current password, `TooManyAttempts`, `WeakPassword` for the new one.
    """
    account = await reauthenticate(caller, current, services)
    about = await personal_words(caller.organization_id, caller.account_id)
    with_factor = bool(await kinds_of(person_of(caller)))
    if reasons := await weaknesses(new, about, with_factor=with_factor):
        raise WeakPassword(reasons)
    await _change(caller, account.password_hash, await hash_password(new), is_short(new), services)


@retry_on_conflict
async def _change(caller: PatientCaller, old_hash: str | None, new_hash: str, short: bool, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        # Guarded by the hash that was checked, because another request may have changed the password meanwhile.
        changed = await PortalAccount.filter(
            id=caller.account_id, password_hash=old_hash, disabled_at=None, withdrawn_at=None
        ).update(password_hash=new_hash, short_password=short)
        if not changed:
            raise WrongCredentials
        if short and not await kinds_of(person_of(caller)):  # the factor was removed meanwhile
            raise WeakPassword([Weakness.TOO_SHORT])
        account = await PortalAccount.get(id=caller.account_id)
        await close_tokens(
            account.id, TokenClosed.WITHDRAWN, work, TokenPurpose.RESET_PASSWORD, TokenPurpose.CONFIRM_NEW_EMAIL
        )
        await end_others_of_account(caller, "password changed", work.now)
        await queue_account_letter(LetterKind.PASSWORD_CHANGED, account, work.now, services)
        work.audit("portal_account.password_changed", account)
