"""Who works at the practice."""

from collections.abc import Sequence
from uuid import UUID

from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller


async def colleagues(caller: StaffCaller) -> list[StaffMember]:
    """Everybody who can sign in at the caller's practice, in order of name. One statement."""
    return await StaffMember.filter(organization_id=caller.organization_id, disabled_at=None).order_by("name", "id")


async def colleagues_by_id(caller: StaffCaller | PatientCaller, ids: Sequence[UUID]) -> list[StaffMember]:
    """Those of the staff members who work, or worked, at the caller's practice; none for patients. One statement."""
    if isinstance(caller, PatientCaller):
        return []
    return await StaffMember.filter(organization_id=caller.organization_id, id__in=list(ids))


async def own_record(caller: StaffCaller) -> StaffMember:
    """The staff member who asks."""
    return await StaffMember.get(id=caller.staff_member_id)
