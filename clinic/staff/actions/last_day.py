"""Sets the last day of a staff member's access, and disables those whose last day is over."""

from datetime import date
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.sessions.actions import end_all_of_staff_member
from clinic.staff.access import keep_a_manager, keep_a_password, lock_staff_of, staff_member_for_managing
from clinic.staff.last_day import end_of_access
from clinic.staff.models import StaffMember, StaffState
from clinic.staff.tokens import close_tokens
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.tokens import TokenClosed
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def set_staff_last_day(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, last_day: date | None, services: Services
) -> StaffMember:
    """Set, change or take away (None) the last day of a member's access; needs MANAGE_STAFF.

    After that day, in the practice's time zone, the member is as good as disabled from the next request on. Raises
    `NotFound`, `InvalidInput`, `FreshSignInNeeded`, `LastManager` if nobody would be left to manage staff, and
    `LastPassword` for the one whose password works while passwords are off.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        await require_fresh(caller, work.now)
        if member.state is StaffState.DISABLED:
            raise InvalidInput.one("staffMemberId", Problem.STAFF_DISABLED)
        practice = await Organization.get(id=caller.organization_id)
        ends_at = end_of_access(last_day, practice.time_zone, work.now)
        if ends_at == member.access_ends_at:
            return member
        if ends_at is not None:
            await keep_a_manager(member)
            await keep_a_password(member)
        member.access_ends_at = ends_at
        await member.save(update_fields=["access_ends_at"])
        work.audit("staff_member.last_day_set", member, last_day=last_day.isoformat() if last_day else "")
    return member


async def disable_whose_access_ended(services: Services) -> int:
    """Disable the members whose last day is over. Returns how many. It may run at any time, and in several workers.

    They have had no access since that moment. This says so in the list of staff and in the audit.
    """
    over = StaffMember.filter(disabled_at=None, access_ends_at__lte=services.clock.now())
    found = await over.order_by("access_ends_at", "id").values_list("organization_id", "id")
    ended = [await _disable(UUID(str(practice)), UUID(str(key)), services) for practice, key in found]
    return sum(ended)


@retry_on_conflict
async def _disable(organization_id: UUID, staff_member_id: UUID, services: Services) -> bool:
    async with unit_of_work(SystemCaller(organization_id, "last day"), services) as work:
        await lock_staff_of(organization_id)
        # Read again under the lock: somebody may have changed the day or disabled the member meanwhile.
        over = StaffMember.filter(id=staff_member_id, disabled_at=None, access_ends_at__lte=work.now)
        member = await over.select_for_update().first()
        if member is None:
            return False
        member.disabled_at, member.disabled_reason = member.access_ends_at, ""
        await member.save(update_fields=["disabled_at", "disabled_reason"])
        await end_all_of_staff_member(member.id, "last day over", work.now)
        await close_tokens(member, TokenClosed.WITHDRAWN, work)
        work.audit("staff_member.access_ended", member)
    return True
