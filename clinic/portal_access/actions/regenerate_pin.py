"""Replaces the PIN of a contact whose printed sheet was lost or seen by other people."""

from uuid import UUID

from clinic.portal_access.linking import replace_pin
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def regenerate_pin(
    caller: StaffCaller, contact_id: UUID | None, services: Services, *, request_key: IdempotencyKey | None = None
) -> Contact:
    """Replace the contact's PIN; needs WEB_PORTAL. The old PIN and the sheets with it become invalid.

    A rate limit that wrong attempts have reached stays in force, because it protects the record. Raises `NotFound`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return contact
        await replace_pin(contact, work, services)
        work.result_id = contact.id
    return contact
