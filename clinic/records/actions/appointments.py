"""Adds appointments to the calendar."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.records.access import checked_facility_id, checked_staff_member_id, contact_for_change
from clinic.records.models import Appointment
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

LONGEST = timedelta(hours=24)


@retry_on_conflict
async def create_appointment(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
    services: Services,
    *,
    facility_id: UUID | None = None,
    at_facility: bool = False,
    staff_member_id: UUID | None = None,
    with_staff_member: bool = False,
    request_key: IdempotencyKey | None = None,
) -> Appointment:
    """Add an appointment; needs MANAGE_CONTACTS. The instants are aware. Raises `NotFound`, `InvalidInput`."""
    problems = Problems()
    if ends_at <= starts_at:
        problems.add("endsAt", Problem.END_BEFORE_START)
    elif ends_at - starts_at > LONGEST:
        problems.add("endsAt", Problem.LONGER_THAN_A_DAY)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS)
        if work.earlier_result:
            return await Appointment.get(id=work.earlier_result)
        appointment = await Appointment.create(
            organization_id=caller.organization_id,
            contact_id=contact.id,
            facility_id=await checked_facility_id(caller, facility_id, given=at_facility),
            staff_member_id=await checked_staff_member_id(caller, staff_member_id, given=with_staff_member),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        work.result_id = appointment.id
        work.audit("appointment.created", appointment, contact_id=contact.id)
    return appointment
