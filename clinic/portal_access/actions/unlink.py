"""Ends a link between an account and a contact. The access ends with the next request, and the PIN is renewed."""

from uuid import UUID

from clinic.portal_access.linking import end_link, live_link
from clinic.portal_access.models import PortalAccount
from clinic.records.access import contact_for_change
from clinic.values.callers import Permission, StaffCaller
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def unlink_account(
    caller: StaffCaller, contact_id: UUID | None, reason: str, services: Services
) -> PortalAccount:
    """End the contact's live link with a reason; needs WEB_PORTAL (product §2, Unlink).

    The sessions, open mailed links and printed sheets end too, and the contact gets a new PIN. An unregistered account
    is withdrawn. Raises `NotLinked` if there is no live link, `InvalidInput`, `NotFound`.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    caller.require(Permission.WEB_PORTAL)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        link, account = await live_link(contact)
        await end_link(link, account, contact, reason, caller.staff_member_id, work, services)
    return account
