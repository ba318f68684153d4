"""A staff member's life: invited again, disabled, enabled, signed out by a manager."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none, request_key
from api.server.fields import mutation
from api.staff.inputs import (
    DisableStaffMemberInput,
    EnableStaffMemberInput,
    EndStaffSessionsInput,
    LiftStaffThrottleInput,
    ResendStaffInvitationInput,
    SetStaffLastDayInput,
)
from api.types.sign_in_errors import LastPassword
from api.types.staff import StaffMember
from api.types.user_errors import (
    FreshSignInNeeded,
    InvalidInput,
    LastManager,
    NotFound,
    NotPermitted,
    TooManyAttempts,
    answering,
)
from clinic.staff.actions import (
    disable_staff_member,
    enable_staff_member,
    end_staff_sessions,
    lift_staff_throttle,
    resend_staff_invitation,
    set_staff_last_day,
)


@strawberry.type(description="They can't sign in any more, and everything they had open has ended.")
class DisableStaffMemberSuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")


@strawberry.type(description="They can sign in again, with the permissions they had.")
class EnableStaffMemberSuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")


@strawberry.type(description="Their access ends after that day, or has no end any more.")
class SetStaffLastDaySuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")


@strawberry.type(description="Another letter is on its way; the link in the earlier one opens nothing any more.")
class ResendStaffInvitationSuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")


@strawberry.type(description="They are signed out everywhere, and may sign in again.")
class EndStaffSessionsSuccess:
    staff_member: StaffMember = strawberry.field(description="Who.")


@strawberry.type(description="Guesses so far count no more; they can sign in.")
class LiftStaffThrottleSuccess:
    staff_member: StaffMember = strawberry.field(description="Who, with `closedThrottles` as they are now.")


DisableStaffMemberResult = Annotated[
    DisableStaffMemberSuccess | NotPermitted | NotFound | InvalidInput | LastManager | LastPassword | FreshSignInNeeded,
    union("DisableStaffMemberResult", description="The staff member, or what stands in the way."),
]
EnableStaffMemberResult = Annotated[
    EnableStaffMemberSuccess | NotPermitted | NotFound | InvalidInput | FreshSignInNeeded,
    union("EnableStaffMemberResult", description="The staff member, or what stands in the way."),
]
SetStaffLastDayResult = Annotated[
    SetStaffLastDaySuccess | NotPermitted | NotFound | InvalidInput | LastManager | LastPassword | FreshSignInNeeded,
    union("SetStaffLastDayResult", description="The staff member, or what stands in the way."),
]
ResendStaffInvitationResult = Annotated[
    ResendStaffInvitationSuccess | NotPermitted | NotFound | InvalidInput | TooManyAttempts,
    union("ResendStaffInvitationResult", description="The staff member, or what stands in the way."),
]
EndStaffSessionsResult = Annotated[
    EndStaffSessionsSuccess | NotPermitted | NotFound,
    union("EndStaffSessionsResult", description="The staff member, or what stands in the way."),
]

LiftStaffThrottleResult = Annotated[
    LiftStaffThrottleSuccess | NotPermitted | NotFound | TooManyAttempts,
    union("LiftStaffThrottleResult", description="The staff member, or what stands in the way."),
]


@strawberry.type
class StaffLifeMutations:
    @mutation("Disable a staff member: every session, live screen and file address ends; needs MANAGE_STAFF.")
    @answering
    async def disable_staff_member(self, info: Info, input: DisableStaffMemberInput) -> DisableStaffMemberResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        member = await disable_staff_member(info.context.staff, key, input.reason, info.context.services)
        return DisableStaffMemberSuccess(staff_member=StaffMember.from_model(member))

    @mutation("Let a disabled staff member sign in again; needs MANAGE_STAFF.")
    @answering
    async def enable_staff_member(self, info: Info, input: EnableStaffMemberInput) -> EnableStaffMemberResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        member = await enable_staff_member(info.context.staff, key, info.context.services, reason=input.reason)
        return EnableStaffMemberSuccess(staff_member=StaffMember.from_model(member))

    @mutation("Say until when a staff member has access, or that it has no end; needs MANAGE_STAFF.")
    @answering
    async def set_staff_last_day(self, info: Info, input: SetStaffLastDayInput) -> SetStaffLastDayResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        member = await set_staff_last_day(info.context.staff, key, input.last_day, info.context.services)
        return SetStaffLastDaySuccess(staff_member=StaffMember.from_model(member))

    @mutation("Send an invited person another letter; needs MANAGE_STAFF.")
    @answering
    async def resend_staff_invitation(
        self, info: Info, input: ResendStaffInvitationInput
    ) -> ResendStaffInvitationResult:
        member = await resend_staff_invitation(
            info.context.staff,
            decode_id_or_none(input.staff_member_id, "StaffMember"),
            info.context.services,
            request_key=request_key("resendStaffInvitation", input),
        )
        return ResendStaffInvitationSuccess(staff_member=StaffMember.from_model(member))

    @mutation("Sign a staff member out everywhere; needs MANAGE_STAFF.")
    @answering
    async def end_staff_sessions(self, info: Info, input: EndStaffSessionsInput) -> EndStaffSessionsResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        member = await end_staff_sessions(info.context.staff, key, info.context.services)
        return EndStaffSessionsSuccess(staff_member=StaffMember.from_model(member))

    @mutation(
        "Open signing in again for a staff member whom guesses have closed out; needs MANAGE_STAFF. At most three "
        "times a day for each member."
    )
    @answering
    async def lift_staff_throttle(self, info: Info, input: LiftStaffThrottleInput) -> LiftStaffThrottleResult:
        key = decode_id_or_none(input.staff_member_id, "StaffMember")
        member = await lift_staff_throttle(info.context.staff, key, info.context.services)
        return LiftStaffThrottleSuccess(staff_member=StaffMember.from_model(member))
