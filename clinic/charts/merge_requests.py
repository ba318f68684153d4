"""Lists the requested merges that a second staff member must decide."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q

from clinic.records.models import ContactMerge
from clinic.values.callers import Permission, StaffCaller


async def waiting_merges(caller: StaffCaller, contact_id: UUID | None = None) -> Sequence[ContactMerge]:
    """The organization's undecided merges with who asked, the oldest first; `contact_id` leaves those with one record.

    Needs VIEW_CONTACTS. Two statements at most.
    """
    caller.require(Permission.VIEW_CONTACTS)
    waiting = ContactMerge.filter(organization_id=caller.organization_id, decided_at=None)
    if contact_id is not None:
        waiting = waiting.filter(Q(kept_id=contact_id) | Q(duplicate_id=contact_id))
    return await waiting.select_related("asked_by").order_by("asked_at", "id")


async def merge_with_asker(merge_id: UUID) -> ContactMerge:
    """A merge that an action returned."""
    return await ContactMerge.filter(id=merge_id).select_related("asked_by").get()
