"""A manager opens signing in again for a staff member whom guesses have closed out (decision 0036)."""

from uuid import UUID

from clinic.staff.access import staff_member_for_managing
from clinic.staff.models import StaffMember
from clinic.staff.throttles import watched_for
from clinic.throttling.closed import closed_throttles, open_again
from clinic.throttling.throttle import LIFTS_PER_PERSON, count_attempt
from clinic.values.callers import StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def lift_staff_throttle(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, services: Services
) -> StaffMember:
    """Forget the guesses at a staff member's password; needs MANAGE_STAFF. Nothing changes where no way is closed.

    At most three times a day for each member. Raises `NotPermitted`, `NotFound`, `TooManyAttempts`.
    """
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        watched = (await watched_for(caller.organization_id, [member], work.now))[member.id]
        closed = (await closed_throttles({member.id: watched}, work.now))[member.id]
        if closed:
            # Counted here, since the lock lets one lift follow the other, and a refused one changes nothing anyway.
            await count_attempt(LIFTS_PER_PERSON, f"staff {member.id}", services.clock)
            await open_again(watched)
            work.audit("staff_throttle.lifted", member, ways=" ".join(each.way for each in closed))
    return member
