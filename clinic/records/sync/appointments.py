"""Makes an appointment as another system says, by the same rules as by hand."""

from uuid import UUID

from clinic.records.access import (
    appointment_for_change,
    checked_facility_id,
    checked_staff_member_id,
    contact_for_change,
)
from clinic.records.actions.appointments import (
    AppointmentChanges,
    add_appointment,
    change_appointment,
    check_times,
)
from clinic.records.external_ids import Identifier, record_called
from clinic.records.models import Appointment, ExternalIdKind
from clinic.records.sync.contacts import name_record
from clinic.records.sync.known import Known
from clinic.records.sync.records import LeftOut, SyncAppointment, SyncOutcome
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_SOURCE_STATUS
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.unit_of_work import Work

_CONTACT, _APPOINTMENT = ExternalIdKind.CONTACT, ExternalIdKind.APPOINTMENT
_FACILITY, _STAFF_MEMBER = ExternalIdKind.FACILITY, ExternalIdKind.STAFF_MEMBER


def is_so(given: SyncAppointment, present: Appointment | None, known: Known) -> bool:
    """Whether the appointment is on record as given. One that is not on record has no need to be cancelled."""
    if present is None:
        return given.cancelled
    if known.id_of(_CONTACT, given.contact) != present.contact_id:
        return False
    if given.cancelled:
        return present.cancelled_at is not None
    facility = _record_id(given.facility, _FACILITY, "facility", known)
    staff_member = _record_id(given.staff_member, _STAFF_MEMBER, "staffMember", known)
    return (
        present.cancelled_at is None
        and (given.starts_at, given.ends_at) == (present.starts_at, present.ends_at)
        and (isinstance(facility, LeftOut) or facility == present.facility_id)
        and (isinstance(staff_member, LeftOut) or staff_member == present.staff_member_id)
        and _source_status(given, present.source_status) == present.source_status
    )


async def sync_appointment(
    caller: StaffCaller | SystemCaller, given: SyncAppointment, known: Known, work: Work
) -> tuple[SyncOutcome, UUID | None]:
    """Make the appointment so, in an action's transaction. Raises `NotFound`, `InvalidInput`."""
    contact_id = known.needed(_CONTACT, given.contact, "contact")
    called = await record_called(caller.organization_id, _APPOINTMENT, given.external_id)
    if called is None and given.cancelled:
        return SyncOutcome.UNCHANGED, None
    facility = _record_id(given.facility, _FACILITY, "facility", known)
    staff_member = _record_id(given.staff_member, _STAFF_MEMBER, "staffMember", known)
    if called is None:
        return SyncOutcome.CREATED, await _create(caller, given, contact_id, facility, staff_member, work)
    appointment = await appointment_for_change(caller, called)
    if appointment.contact_id != contact_id:
        raise InvalidInput.one("contact", Problem.OTHER_CONTACT)
    if given.cancelled:
        changes = AppointmentChanges(cancelled=True)
    else:
        changes = AppointmentChanges(
            starts_at=given.starts_at,
            ends_at=given.ends_at,
            facility_id=None if isinstance(facility, LeftOut) else facility,
            change_facility=not isinstance(facility, LeftOut) and facility != appointment.facility_id,
            staff_member_id=None if isinstance(staff_member, LeftOut) else staff_member,
            change_staff_member=not isinstance(staff_member, LeftOut),
            source_status=_source_status(given, appointment.source_status),
            change_source_status=True,
            cancelled=False,
        )
    if not await change_appointment(caller, appointment, changes, work):
        return SyncOutcome.UNCHANGED, appointment.id
    return (SyncOutcome.CANCELLED if given.cancelled else SyncOutcome.CHANGED), appointment.id


async def _create(
    caller: StaffCaller | SystemCaller,
    given: SyncAppointment,
    contact_id: UUID,
    facility: UUID | LeftOut | None,
    staff_member: UUID | LeftOut | None,
    work: Work,
) -> UUID:
    check_times(given.starts_at, given.ends_at, work.now)
    contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS, field="contact")
    at = None if isinstance(facility, LeftOut) else facility
    whom = None if isinstance(staff_member, LeftOut) else staff_member
    appointment = await add_appointment(
        contact,
        given.starts_at,
        given.ends_at,
        work,
        facility_id=await checked_facility_id(caller, at, given=at is not None),
        staff_member_id=await checked_staff_member_id(caller, whom, given=whom is not None),
        source_status=_source_status(given, None),
    )
    await name_record(_APPOINTMENT, given.external_id, caller.organization_id, appointment_id=appointment.id)
    return appointment.id


def _source_status(given: SyncAppointment, present: str | None) -> str | None:
    """The source's status as it is to be. Raises `InvalidInput`."""
    if given.source_status is None or isinstance(given.source_status, LeftOut):
        return None if given.source_status is None else present
    problems = Problems()
    word = problems.line("sourceStatus", given.source_status, longest=LONGEST_SOURCE_STATUS, required=False)
    problems.raise_if_any()
    return word or None


def _record_id(
    given: Identifier | LeftOut | None, kind: ExternalIdKind, path: str, known: Known
) -> UUID | LeftOut | None:
    return given if given is None or isinstance(given, LeftOut) else known.needed(kind, given, path)
