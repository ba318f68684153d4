"""Adds appointments to the calendar, moves them, cancels them and takes a cancellation back.

None of these writes to anybody: a practice tells its patients itself (decision 0043).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.records.access import (
    appointment_for_change,
    checked_facility_id,
    checked_staff_member_id,
    contact_for_change,
)
from clinic.records.models import Appointment, Contact
from clinic.records.versions import check_version, save_change
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

LONGEST = timedelta(hours=24)
# A visit may be entered afterwards. A start that is further away is a mistyped year.
MOST_DAYS_BACK = timedelta(days=366)
MOST_DAYS_AHEAD = timedelta(days=5 * 366)


@dataclass(frozen=True)
class AppointmentChanges:
    """The fields to change; None leaves a field as it is.

    `facility_id` counts if `change_facility` is true, and None is no facility then; likewise the staff member and the
    source's status. Without `change_source_status`, another start, a cancellation and a restoration clear that status.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    facility_id: UUID | None = None
    change_facility: bool = False
    staff_member_id: UUID | None = None
    change_staff_member: bool = False
    source_status: str | None = None
    change_source_status: bool = False
    cancelled: bool | None = None


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
    check_times(starts_at, ends_at, services.clock.now())
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS)
        if work.earlier_result:
            return await Appointment.get(id=work.earlier_result)
        facility_id = await checked_facility_id(caller, facility_id, given=at_facility)
        staff_member_id = await checked_staff_member_id(caller, staff_member_id, given=with_staff_member)
        appointment = await add_appointment(
            contact, starts_at, ends_at, work, facility_id=facility_id, staff_member_id=staff_member_id
        )
        work.result_id = appointment.id
    return appointment


async def add_appointment(
    contact: Contact,
    starts_at: datetime,
    ends_at: datetime,
    work: Work,
    *,
    facility_id: UUID | None,
    staff_member_id: UUID | None,
    source_status: str | None = None,
) -> Appointment:
    """Store a new appointment of a locked contact, in an action's transaction. All that it names is checked."""
    appointment = await Appointment.create(
        organization_id=contact.organization_id,
        contact_id=contact.id,
        facility_id=facility_id,
        staff_member_id=staff_member_id,
        starts_at=starts_at,
        ends_at=ends_at,
        source_status=source_status,
    )
    work.audit("appointment.created", appointment, contact_id=contact.id)
    return appointment


@retry_on_conflict
async def update_appointment(
    caller: StaffCaller | SystemCaller,
    appointment_id: UUID | None,
    changes: AppointmentChanges,
    services: Services,
    *,
    version: int | None = None,
) -> Appointment:
    """Move an appointment, change its facility or staff member, cancel it or restore it; needs MANAGE_CONTACTS.

    An appointment that is as wanted already stays as it is, whatever `version` says, so that a request may be sent
    twice. Raises `NotFound`, `InvalidInput`, `ChangedMeanwhile`.
    """
    async with unit_of_work(caller, services) as work:
        appointment = await appointment_for_change(caller, appointment_id)
        await change_appointment(caller, appointment, changes, work, version=version)
    return appointment


async def change_appointment(
    caller: StaffCaller | SystemCaller,
    appointment: Appointment,
    changes: AppointmentChanges,
    work: Work,
    *,
    version: int | None = None,
) -> bool:
    """Change the locked appointment, in an action's transaction. Returns whether anything changed.

    Raises `NotFound`, `InvalidInput`, `ChangedMeanwhile`.
    """
    before = _fields(appointment)
    after = await _after(caller, appointment, changes, work.now)
    changed = {name: before[name] for name in before if before[name] != after[name]}
    if not changed:
        return False
    await check_version(appointment, version)
    if appointment.cancelled_at is not None and after["cancelled_at"] is not None:
        raise InvalidInput.one("appointmentId", Problem.APPOINTMENT_CANCELLED)
    if {"starts_at", "ends_at"} & changed.keys():
        moved = appointment.starts_at != after["starts_at"]
        check_times(after["starts_at"], after["ends_at"], work.now, whole=moved)
    appointment.update_from_dict(after)
    await save_change(appointment, _action(changed, after), changed, work, contact_id=appointment.contact_id)
    return True


async def cancel_appointment(
    caller: StaffCaller | SystemCaller, appointment_id: UUID | None, services: Services, *, version: int | None = None
) -> Appointment:
    """Cancel an appointment; `update_appointment` with `cancelled=False` takes it back. Raises as that does."""
    changes = AppointmentChanges(cancelled=True)
    return await update_appointment(caller, appointment_id, changes, services, version=version)


_FIELDS = ("starts_at", "ends_at", "facility_id", "staff_member_id", "cancelled_at", "source_status")


def _fields(appointment: Appointment) -> dict[str, Any]:
    return {name: getattr(appointment, name) for name in _FIELDS}


async def _after(
    caller: StaffCaller | SystemCaller, appointment: Appointment, changes: AppointmentChanges, now: datetime
) -> dict[str, Any]:
    after = _fields(appointment)
    after["starts_at"] = changes.starts_at or appointment.starts_at
    after["ends_at"] = changes.ends_at or appointment.ends_at
    if changes.change_facility:
        given = changes.facility_id is not None
        after["facility_id"] = await checked_facility_id(caller, changes.facility_id, given=given)
    if changes.change_staff_member and changes.staff_member_id != appointment.staff_member_id:
        given = changes.staff_member_id is not None
        after["staff_member_id"] = await checked_staff_member_id(caller, changes.staff_member_id, given=given)
    if changes.cancelled is not None:
        after["cancelled_at"] = (appointment.cancelled_at or now) if changes.cancelled else None
    if changes.change_source_status:
        after["source_status"] = changes.source_status
    elif (after["starts_at"], after["cancelled_at"]) != (appointment.starts_at, appointment.cancelled_at):
        after["source_status"] = None
    return after


def _action(changed: Mapping[str, object], after: Mapping[str, object]) -> str:
    if "cancelled_at" not in changed:
        return "appointment.updated"
    return "appointment.restored" if after["cancelled_at"] is None else "appointment.cancelled"


def check_times(starts_at: datetime, ends_at: datetime, now: datetime, *, whole: bool = True) -> None:
    """Raise `InvalidInput` unless the end follows the start within a day. If `whole`, the start must be near, too."""
    problems = Problems()
    if whole and starts_at < now - MOST_DAYS_BACK:
        problems.add("startsAt", Problem.TOO_LONG_AGO, year=starts_at.year)
    elif whole and starts_at > now + MOST_DAYS_AHEAD:
        problems.add("startsAt", Problem.TOO_FAR_AHEAD, year=starts_at.year)
    if ends_at <= starts_at:
        problems.add("endsAt", Problem.END_BEFORE_START)
    elif ends_at - starts_at > LONGEST:
        problems.add("endsAt", Problem.LONGER_THAN_A_DAY)
    problems.raise_if_any()
