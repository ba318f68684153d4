"""Fetches one staff member for a caller and checks the permission."""

from uuid import UUID

from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound


async def staff_member_for_managing(caller: StaffCaller, staff_member_id: UUID | None) -> StaffMember:
    """The staff member, locked until the transaction ends; needs MANAGE_STAFF. Raises `NotFound`."""
    caller.require(Permission.MANAGE_STAFF)
    member = (
        await StaffMember.filter(organization_id=caller.organization_id, id=staff_member_id).select_for_update().first()
        if staff_member_id
        else None
    )
    if member is None:
        raise NotFound("staffMemberId")
    return member
