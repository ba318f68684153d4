"""Lists the staff members of a practice."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from clinic.staff.last_day import last_day_of
from clinic.staff.models import StaffMember, StaffState, permissions_as_text
from clinic.values.callers import Caller, PatientCaller, Permission, StaffCaller


async def colleagues(caller: StaffCaller, states: Collection[StaffState] | None = None) -> list[StaffMember]:
    """The staff members of the caller's practice in these states (None: in any), sorted by name. One statement."""
    found = await StaffMember.filter(organization_id=caller.organization_id, machine=False)
    wanted = [member for member in found if states is None or member.state in states]
    return sorted(wanted, key=sort_key)


def sort_key(member: StaffMember) -> tuple[str, UUID]:
    """The place in a list of staff members."""
    return member.name, member.id


async def colleagues_by_id(caller: StaffCaller | PatientCaller, ids: Sequence[UUID]) -> list[StaffMember]:
    """The staff members with these ids at the caller's practice, disabled ones included; none for a patient.

    One statement.
    """
    if isinstance(caller, PatientCaller):
        return []
    return await StaffMember.filter(organization_id=caller.organization_id, id__in=list(ids))


async def own_record(caller: StaffCaller) -> StaffMember:
    """The caller's own staff member. Where a program acts for them, with the permissions that both have."""
    own = await StaffMember.get(id=caller.staff_member_id)
    if caller.program_id:
        own.permissions = permissions_as_text(own.granted & caller.permissions)
    return own


def sees_their_account(caller: Caller | None, member_id: UUID) -> bool:
    """Whether the caller may see when this member signed in and why they were disabled: managers, and the member.

    A program that acts for the member sees none of it.
    """
    if not isinstance(caller, StaffCaller) or caller.program_id:
        return False
    return caller.staff_member_id == member_id or caller.may(Permission.MANAGE_STAFF)


def visible_last_day(caller: Caller | None, member: StaffMember) -> date | None:
    """The last day of a member's access in the practice's time zone; None for no end, and for who may not see it."""
    if not isinstance(caller, StaffCaller) or not sees_their_account(caller, member.id):
        return None
    return last_day_of(member.access_ends_at, caller.time_zone)


def has_to_add_factor(caller: Caller | None, member_id: UUID) -> bool | None:
    """Whether the caller, who is this member, can only add a second factor; None for anybody else."""
    own = isinstance(caller, StaffCaller) and caller.staff_member_id == member_id
    return caller.must_add_factor if own and isinstance(caller, StaffCaller) else None
