"""Records in the audit that a staff member opened a contact, so that the person can see it (product §3, Account)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import StaffCaller
from clinic.values.ports import Services
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

VIEWED = "contact.viewed"
# A screen reloads an open record many times. The person wants to know who looked, not how often.
VIEW_INTERVAL = timedelta(hours=1)


async def record_views(caller: StaffCaller, contact_ids: Collection[UUID], services: Services) -> None:
    """Record in the audit that the caller opened these contacts of their organization, each at most once an hour.

    If all of them are recorded already, no transaction is opened.
    """
    if contact_ids and await _not_recorded(caller, contact_ids, services.clock.now()):
        await _record(caller, contact_ids, services)


@retry_on_conflict
async def _record(caller: StaffCaller, contact_ids: Collection[UUID], services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        # The lock makes concurrent requests of one staff member record one view: the second waits and finds the first.
        await StaffMember.filter(id=caller.staff_member_id).select_for_update().get()
        fresh = await _not_recorded(caller, contact_ids, work.now)
        for contact in await Contact.filter(organization_id=caller.organization_id, id__in=fresh).order_by("id"):
            work.audit(VIEWED, contact)


async def _not_recorded(caller: StaffCaller, contact_ids: Collection[UUID], now: datetime) -> list[UUID]:
    recorded = await AuditEvent.filter(
        organization_id=caller.organization_id,
        subject_id__in=list(contact_ids),
        action=VIEWED,
        actor_id=caller.staff_member_id,
        at__gt=now - VIEW_INTERVAL,
    )
    known = {event.subject_id for event in recorded}
    return [contact_id for contact_id in contact_ids if contact_id not in known]
