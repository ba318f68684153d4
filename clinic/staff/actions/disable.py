"""Disables staff members and enables them again, and ends their sessions."""

from uuid import UUID

from clinic.sessions.actions import end_all_of_staff_member
from clinic.staff.access import keep_a_manager, keep_a_password, staff_member_for_managing
from clinic.staff.models import StaffMember
from clinic.staff.tokens import close_tokens
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.values.tokens import TokenClosed
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def disable_staff_member(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, reason: str, services: Services
) -> StaffMember:
    """Disable a staff member, with a reason; needs MANAGE_STAFF. What they did stays under their name.

    Every session ends: access tokens, refresh tokens and addresses of files from the next request on, live screens when
    their process looks next (`api.server.graphql_ws.endpoint`). Mailed links end too. If it is called again, the new
    reason replaces the old one. Raises `NotFound`, `LastManager`, `LastPassword`, `InvalidInput`,
    `FreshSignInNeeded`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
    reason = _cleaned(reason, required=True)
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        await require_fresh(caller, work.now)
        if member.disabled_at is not None and member.disabled_reason == reason:
            return member
        await keep_a_manager(member)
        await keep_a_password(member)
        member.disabled_at, member.disabled_reason = member.disabled_at or work.now, reason
        await member.save(update_fields=["disabled_at", "disabled_reason"])
        await end_all_of_staff_member(member.id, "member disabled", work.now)
        await close_tokens(member, TokenClosed.WITHDRAWN, work)
        work.audit("staff_member.disabled", member, reason=reason)
    return member


@retry_on_conflict
async def enable_staff_member(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, services: Services, *, reason: str = ""
) -> StaffMember:
    """Enable a disabled staff member, with their permissions and password as before; needs MANAGE_STAFF.

    A last day that is over is taken away. A member who is not disabled stays as they are. Raises `NotFound`,
    `InvalidInput`, `FreshSignInNeeded`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
    reason = _cleaned(reason, required=False)
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        await require_fresh(caller, work.now)
        if member.disabled_at is None:
            return member
        member.disabled_at, member.disabled_reason = None, ""
        if not member.has_access(work.now):
            member.access_ends_at = None
        await member.save(update_fields=["disabled_at", "disabled_reason", "access_ends_at"])
        work.audit("staff_member.enabled", member, reason=reason)
    return member


@retry_on_conflict
async def end_staff_sessions(caller: StaffCaller, staff_member_id: UUID | None, services: Services) -> StaffMember:
    """End every session of a staff member, who may sign in again; needs MANAGE_STAFF. Raises `NotFound`."""
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        if await end_all_of_staff_member(member.id, "ended by a manager", work.now):
            work.audit("staff_member.sessions_ended", member)
    return member


def _cleaned(reason: str, *, required: bool) -> str:
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON, required=required)
    problems.raise_if_any()
    return reason
