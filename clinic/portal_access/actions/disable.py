"""Disables an account, temporarily or for good, and enables it again."""

from enum import StrEnum
from uuid import UUID

from clinic.portal_access.account_tokens import close_tokens
from clinic.portal_access.linking import ACCESS_PURPOSES
from clinic.portal_access.models import PortalAccount, TokenClosed
from clinic.sessions.actions import end_all_of_account
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_NOTE, LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


class DisableReason(StrEnum):
    """Why staff disabled an account."""

    DECEASED = "DECEASED"
    DISCHARGED = "DISCHARGED"
    REQUESTED = "REQUESTED"
    OTHER = "OTHER"


_WORDS = {
    DisableReason.DECEASED: "deceased",
    DisableReason.DISCHARGED: "discharged",
    DisableReason.REQUESTED: "requested",
    DisableReason.OTHER: "other",
}


@retry_on_conflict
async def disable_account(
    caller: StaffCaller, account_id: UUID | None, reason: DisableReason, services: Services, *, note: str = ""
) -> PortalAccount:
    """Disable a registered account; needs WEB_PORTAL. Sessions and mailed links end at once; the portal link is kept.

    `OTHER` needs a note. If it is called again, the new reason replaces the old one. Raises `NotFound`, `InvalidInput`,
    also for an unregistered account: staff revoke its invitation instead.
    """
    problems = Problems()
    note = problems.line("note", note, longest=LONGEST_NOTE, required=reason is DisableReason.OTHER)
    caller.require(Permission.WEB_PORTAL)
    problems.raise_if_any()
    shown = f"{_WORDS[reason]}: {note}" if note else _WORDS[reason]
    async with unit_of_work(caller, services) as work:
        account = await _account_for_change(caller, account_id)
        if account.registered_at is None:
            raise InvalidInput.one("accountId", Problem.NOT_REGISTERED)
        if account.disabled_at is not None and account.disabled_reason == shown:
            return account
        account.disabled_at, account.disabled_reason = account.disabled_at or work.now, shown
        await account.save(update_fields=["disabled_at", "disabled_reason"])
        await end_all_of_account(account.id, "account disabled", work.now)
        await close_tokens(account.id, TokenClosed.WITHDRAWN, work, *ACCESS_PURPOSES)
        work.audit("portal_account.disabled", account, reason=shown)
    return account


@retry_on_conflict
async def enable_account(
    caller: StaffCaller, account_id: UUID | None, reason: str, services: Services
) -> PortalAccount:
    """Enable a disabled account, with a reason; needs WEB_PORTAL. An enabled account stays as it is.

    Raises `InvalidInput`, `NotFound`.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    caller.require(Permission.WEB_PORTAL)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        account = await _account_for_change(caller, account_id)
        if account.disabled_at is None:
            return account
        account.disabled_at, account.disabled_reason = None, ""
        await account.save(update_fields=["disabled_at", "disabled_reason"])
        work.audit("portal_account.enabled", account, reason=reason)
    return account


async def _account_for_change(caller: StaffCaller, account_id: UUID | None) -> PortalAccount:
    own = PortalAccount.filter(organization_id=caller.organization_id, id=account_id, withdrawn_at=None)
    account = await own.select_for_update().first() if account_id else None
    if account is None:
        raise NotFound("accountId")
    return account
