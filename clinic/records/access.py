"""Fetches one record for a caller and checks the permission. Actions get records through these functions only."""

from datetime import datetime
from uuid import UUID

from clinic.organizations.models import Facility
from clinic.records.models import Appointment, Contact, Episode, Relationship
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.problems import Problem


async def contact_for_change(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    permission: Permission,
    *,
    field: str = "contactId",
    archived_too: bool = False,
) -> Contact:
    """The contact, locked until the transaction ends. Raises `NotPermitted`, then `NotFound`.

    Raises `InvalidInput` for an archived one, unless `archived_too`, and for one that was merged into another.
    """
    if isinstance(caller, StaffCaller):
        caller.require(permission)
    contact = (
        await Contact.filter(organization_id=caller.organization_id, id=contact_id).select_for_update().first()
        if contact_id
        else None
    )
    if contact is None:
        raise NotFound(field)
    if contact.merged_into_id is not None:
        raise InvalidInput.one(field, Problem.CONTACT_MERGED)
    if contact.archived_at is not None and not archived_too:
        raise InvalidInput.one(field, Problem.CONTACT_ARCHIVED)
    return contact


async def checked_facility_id(
    caller: StaffCaller | SystemCaller, facility_id: UUID | None, *, given: bool, present: UUID | None = None
) -> UUID | None:
    """The id, if it is a facility of the caller's organization. None if not `given` ("--").

    Raises `NotFound`, and `InvalidInput` for an archived facility, unless it is the `present` one of the record. The
    facility's row is locked, so that it is not archived meanwhile.
    """
    if not given:
        return None
    own = Facility.filter(organization_id=caller.organization_id, id=facility_id).select_for_update()
    facility = await own.first() if facility_id else None
    if facility is None:
        raise NotFound("facilityId")
    if facility.archived_at is not None and facility.id != present:
        raise InvalidInput.one("facilityId", Problem.FACILITY_ARCHIVED)
    return facility.id


async def checked_staff_member_id(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, *, given: bool
) -> UUID | None:
    """The id, if it is a staff member of the caller's organization; else raises `NotFound`. None if not `given`.

    Raises `InvalidInput` for a disabled one.
    """
    if not given:
        return None
    member = (
        await StaffMember.get_or_none(organization_id=caller.organization_id, id=staff_member_id, machine=False)
        if staff_member_id
        else None
    )
    if member is None:
        raise NotFound("staffMemberId")
    if member.disabled_at is not None:
        raise InvalidInput.one("staffMemberId", Problem.COLLEAGUE_DISABLED)
    return member.id


async def appointment_for_change(caller: StaffCaller | SystemCaller, appointment_id: UUID | None) -> Appointment:
    """The appointment, locked until the transaction ends. Raises `NotPermitted` (MANAGE_CONTACTS), then `NotFound`."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_CONTACTS)
    found = (
        await Appointment.filter(organization_id=caller.organization_id, id=appointment_id).select_for_update().first()
        if appointment_id
        else None
    )
    if found is None:
        raise NotFound("appointmentId")
    return found


async def relationship_for_change(caller: StaffCaller | SystemCaller, relationship_id: UUID | None) -> Relationship:
    """The relationship, locked until the transaction ends. Raises `NotPermitted` (MANAGE_CONTACTS), then `NotFound`."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_CONTACTS)
    found = (
        await Relationship.filter(organization_id=caller.organization_id, id=relationship_id)
        .select_for_update()
        .first()
        if relationship_id
        else None
    )
    if found is None:
        raise NotFound("relationshipId")
    return found


async def episode_for_change(caller: StaffCaller | SystemCaller, episode_id: UUID | None) -> Episode:
    """The episode, locked until the transaction ends. Raises `NotPermitted` (MANAGE_CONTACTS), then `NotFound`."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_CONTACTS)
    found = (
        await Episode.filter(organization_id=caller.organization_id, id=episode_id).select_for_update().first()
        if episode_id
        else None
    )
    if found is None:
        raise NotFound("episodeId")
    return found


async def current_episode(contact_id: UUID, at: datetime) -> Episode | None:
    """The contact's episode that has started and not ended. There is at most one."""
    return await Episode.filter(contact_id=contact_id, ended_at=None, started_at__lte=at).first()
