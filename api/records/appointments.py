"""Entering appointments into the calendar, moving and cancelling them."""

from typing import Annotated

import strawberry
from strawberry import union

from api.records.inputs import CancelAppointmentInput, CreateAppointmentInput, UpdateAppointmentInput
from api.requests.context import Info
from api.requests.inputs import decode_id_or_none, given_or_none, key_given, request_key
from api.server.fields import mutation
from api.types.changed_meanwhile import ChangedMeanwhile
from api.types.graph import Appointment, load_contact
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, answering
from clinic.charts.viewing import appointment_row
from clinic.records import models
from clinic.records.actions.appointments import (
    AppointmentChanges,
    cancel_appointment,
    create_appointment,
    update_appointment,
)


@strawberry.type(description="The appointment is in the calendar.")
class CreateAppointmentSuccess:
    appointment: Appointment = strawberry.field(description="The appointment.")


@strawberry.type(description="The calendar says so now.")
class UpdateAppointmentSuccess:
    appointment: Appointment = strawberry.field(description="The appointment as it is now.")


@strawberry.type(description="The appointment is cancelled.")
class CancelAppointmentSuccess:
    appointment: Appointment = strawberry.field(description="The appointment; updateAppointment takes it back.")


CreateAppointmentResult = Annotated[
    CreateAppointmentSuccess | NotPermitted | NotFound | InvalidInput,
    union("CreateAppointmentResult", description="The appointment, or what stands in the way."),
]
UpdateAppointmentResult = Annotated[
    UpdateAppointmentSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("UpdateAppointmentResult", description="The appointment, or what stands in the way."),
]
CancelAppointmentResult = Annotated[
    CancelAppointmentSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("CancelAppointmentResult", description="The appointment, or what stands in the way."),
]


@strawberry.type
class AppointmentMutations:
    @mutation("Enter an appointment; needs MANAGE_CONTACTS. Nobody gets a letter about it.")
    @answering
    async def create_appointment(self, info: Info, input: CreateAppointmentInput) -> CreateAppointmentResult:
        appointment = await create_appointment(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            input.starts_at,
            input.ends_at,
            info.context.services,
            facility_id=decode_id_or_none(input.facility_id, "Facility"),
            at_facility=input.facility_id is not None,
            staff_member_id=decode_id_or_none(input.staff_member_id, "StaffMember"),
            with_staff_member=input.staff_member_id is not None,
            request_key=request_key("createAppointment", input),
        )
        return CreateAppointmentSuccess(appointment=await _shown(info, appointment))

    @mutation(
        "Move an appointment, change where it is or with whom, or take a cancellation back; needs MANAGE_CONTACTS. "
        "Nobody gets a letter about it."
    )
    @answering
    async def update_appointment(self, info: Info, input: UpdateAppointmentInput) -> UpdateAppointmentResult:
        changes = AppointmentChanges(
            starts_at=given_or_none(input.starts_at),
            ends_at=given_or_none(input.ends_at),
            facility_id=key_given(given_or_none(input.facility_id), "Facility"),
            change_facility=input.facility_id is not strawberry.UNSET,
            staff_member_id=key_given(given_or_none(input.staff_member_id), "StaffMember"),
            change_staff_member=input.staff_member_id is not strawberry.UNSET,
            cancelled=given_or_none(input.cancelled),
        )
        key, services = decode_id_or_none(input.appointment_id, "Appointment"), info.context.services
        appointment = await update_appointment(info.context.staff, key, changes, services, version=input.version)
        return UpdateAppointmentSuccess(appointment=await _shown(info, appointment))

    @mutation(
        "Cancel an appointment; needs MANAGE_CONTACTS. It stays on record, and updateAppointment takes the "
        "cancellation back. Nobody gets a letter about it."
    )
    @answering
    async def cancel_appointment(self, info: Info, input: CancelAppointmentInput) -> CancelAppointmentResult:
        key, services = decode_id_or_none(input.appointment_id, "Appointment"), info.context.services
        appointment = await cancel_appointment(info.context.staff, key, services, version=input.version)
        return CancelAppointmentSuccess(appointment=await _shown(info, appointment))


async def _shown(info: Info, appointment: models.Appointment) -> Appointment:
    contact = await load_contact(info, appointment.contact_id)
    return Appointment.from_own_row(await appointment_row(appointment), contact)
