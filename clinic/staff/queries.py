"""Lists the staff members of a practice."""

from collections.abc import Sequence
from uuid import UUID

from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller


async def colleagues(caller: StaffCaller) -> list[StaffMember]:
    """All staff members of the caller's practice who are not disabled, sorted by name. One statement."""
    return await StaffMember.filter(organization_id=caller.organization_id, disabled_at=None).order_by("name", "id")


async def colleagues_by_id(caller: StaffCaller | PatientCaller, ids: Sequence[UUID]) -> list[StaffMember]:
    """The staff members with these ids at the caller's practice, disabled ones included; none for a patient.

    One statement.
    """
    if isinstance(caller, PatientCaller):
        return []
    return await StaffMember.filter(organization_id=caller.organization_id, id__in=list(ids))


async def own_record(caller: StaffCaller) -> StaffMember:
    """The caller's own staff member."""
    return await StaffMember.get(id=caller.staff_member_id)
