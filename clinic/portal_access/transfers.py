"""Lists the transfer requests that a second staff member must decide."""

from collections.abc import Sequence
from uuid import UUID

from clinic.portal_access.models import TransferRequest
from clinic.values.callers import Permission, StaffCaller


async def waiting_transfers(caller: StaffCaller) -> Sequence[TransferRequest]:
    """The organization's undecided transfers with the members who asked, the oldest first. One statement.

    Needs VIEW_CONTACTS.
    """
    caller.require(Permission.VIEW_CONTACTS)
    waiting = TransferRequest.filter(organization_id=caller.organization_id, decided_at=None)
    return await waiting.select_related("asked_by").order_by("asked_at", "id")


async def transfer_with_asker(transfer_id: UUID) -> TransferRequest:
    """A transfer that an action returned, with the staff member who asked for it."""
    return await TransferRequest.filter(id=transfer_id).select_related("asked_by").get()
