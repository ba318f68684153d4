"""Revokes an invitation before it is used."""

from uuid import UUID

from clinic.portal_access.errors import PortalAccountExists
from clinic.portal_access.linking import end_link, live_link
from clinic.portal_access.models import PortalAccount
from clinic.records.access import contact_for_change
from clinic.values.callers import Permission, StaffCaller
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def revoke_invitation(
    caller: StaffCaller, contact_id: UUID | None, reason: str, services: Services
) -> PortalAccount:
    """Close the contact's invitation and withdraw its account; needs WEB_PORTAL.

    The link in the letter becomes invalid at once, and a queued letter is not sent. The PIN is renewed, because
    somebody else may have the printed sheet too. Raises `PortalAccountExists` if the person has registered, `NotLinked`
    if nobody is invited, `InvalidInput`, `NotFound`.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    caller.require(Permission.WEB_PORTAL)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        link, account = await live_link(contact)
        if account.registered_at is not None:
            raise PortalAccountExists(account.id)
        await end_link(link, account, contact, reason, caller.staff_member_id, work, services)
    return account
