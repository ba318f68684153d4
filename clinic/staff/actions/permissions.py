"""Sets what staff members may do."""

from collections.abc import Iterable
from uuid import UUID

from clinic.staff.access import keep_a_manager, keep_a_password, staff_member_for_managing
from clinic.staff.models import StaffMember, permissions_as_text
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import Services
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def set_staff_permissions(
    caller: StaffCaller, staff_member_id: UUID | None, permissions: Iterable[Permission], services: Services
) -> StaffMember:
    """Replace a staff member's permissions; needs MANAGE_STAFF. They apply from the member's next request.

    A caller may take any permission away and give those that they have. Raises `NotPermitted` with the permission that
    the caller lacks, `NotFound`, `FreshSignInNeeded`, `LastManager` if nobody would be left to manage staff, and
    `LastPassword` for the one whose password works while passwords are off.
    """
    wanted = frozenset(permissions)
    async with unit_of_work(caller, services) as work:
        managed = await staff_member_for_managing(caller, staff_member_id)
        member, before = managed.member, managed.member.granted
        await require_fresh(caller, work.now)
        managed.require_held(wanted - before)
        if Permission.MANAGE_STAFF not in wanted:
            await keep_a_manager(member)
            await keep_a_password(member)
        if wanted != before:
            member.permissions = permissions_as_text(wanted)
            await member.save(update_fields=["permissions"])
            work.audit(
                "staff_member.permissions_set", member, before=permissions_as_text(before), after=member.permissions
            )
    return member
