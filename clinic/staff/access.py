"""Fetches one staff member for a caller who manages staff. Keeps the last one who may, and the last password."""

from dataclasses import dataclass
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.staff.errors import LastManager, LastPassword
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import NotFound, NotPermitted


@dataclass(frozen=True)
class Managed:
    """The staff member who is to be changed, and what the caller may do at this moment."""

    member: StaffMember
    held: frozenset[Permission]

    def require_held(self, granted: frozenset[Permission]) -> None:
        """Nobody grants what they don't have (security.md). Raises `NotPermitted`, naming the first that is missing."""
        missing = sorted(granted - self.held)
        if missing:
            raise NotPermitted(missing[0].value)


async def staff_member_for_managing(caller: StaffCaller | SystemCaller, staff_member_id: UUID | None) -> Managed:
    """The staff member, locked until the transaction ends; staff need MANAGE_STAFF. Raises `NotPermitted`, `NotFound`.

    The lock on the practice lets one change of its staff happen after the other. The caller's own permissions are read
    under it: of two managers who disable each other at once, the second is no manager any more.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
    await lock_staff_of(caller.organization_id)
    held = await _held(caller)
    if Permission.MANAGE_STAFF not in held:
        raise NotPermitted(Permission.MANAGE_STAFF.value)
    member = (
        await StaffMember.filter(organization_id=caller.organization_id, id=staff_member_id, machine=False)
        .select_for_update()
        .first()
        if staff_member_id
        else None
    )
    if member is None:
        raise NotFound("staffMemberId")
    return Managed(member, held)


async def lock_staff_of(organization_id: UUID) -> None:
    """Wait for another change of this practice's staff, and let the next one wait for this one."""
    await Organization.filter(id=organization_id).select_for_update(no_key=True).first()


async def _held(caller: StaffCaller | SystemCaller) -> frozenset[Permission]:
    if isinstance(caller, SystemCaller):
        return frozenset(Permission)
    own = await StaffMember.get(id=caller.staff_member_id, organization_id=caller.organization_id)
    return own.granted if own.state is StaffState.ACTIVE else frozenset()


async def keep_a_manager(member: StaffMember) -> None:
    """Call before this member stops being an active one who may manage staff. Raises `LastManager`.

    Counts active members without a last day only: who is invited or disabled can't manage anybody today, and whose
    access ends can't one day. So there is always one who counts.
    """
    lasting = member.state is StaffState.ACTIVE and member.access_ends_at is None
    if not lasting or Permission.MANAGE_STAFF not in member.granted:
        return
    others = StaffMember.filter(organization_id=member.organization_id, machine=False)
    others = others.filter(disabled_at=None, access_ends_at=None).exclude(id=member.id)
    active = await others.exclude(password_hash="")
    if not any(Permission.MANAGE_STAFF in other.granted for other in active):
        raise LastManager


async def keep_a_password(member: StaffMember) -> None:
    """Call before this member stops being an active one who may manage staff. Raises `LastPassword`.

    Where passwords are off, one member's goes on working, for the day on which the provider does not (decision 0060).
    """
    if member.break_glass and not (await Organization.get(id=member.organization_id)).password_sign_in:
        raise LastPassword
