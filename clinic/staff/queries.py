"""Who works at the practice."""

from clinic.staff.models import StaffMember
from clinic.values.callers import StaffCaller


async def colleagues(caller: StaffCaller) -> list[StaffMember]:
    """Everybody who can sign in at the caller's practice, in order of name. One statement."""
    return await StaffMember.filter(organization_id=caller.organization_id, disabled_at=None).order_by("name", "id")
