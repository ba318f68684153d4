"""The ways to a password for staff who are not signed in: the invitation's link, and the link for a forgotten one.

Neither opens a session: the person signs in afterwards, so that a mailbox never stands in for a second factor.
"""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.server.fields import mutation
from api.staff.inputs import AcceptStaffInvitationInput, RequestStaffPasswordResetInput, ResetStaffPasswordInput
from api.types.sign_in_errors import PasswordSignInOff
from api.types.staff import StaffMember
from api.types.user_errors import (
    InvalidInput,
    InvitationNotUsable,
    LinkNotUsable,
    TooManyAttempts,
    WeakPassword,
    answering,
)
from clinic.organizations.queries import organization_by_id
from clinic.staff.actions import accept_staff_invitation, request_staff_password_reset, reset_staff_password

_SLUG = "The organization's slug, to sign in with."


@strawberry.type(description="The password holds: sign in with it.")
class AcceptStaffInvitationSuccess:
    staff_member: StaffMember = strawberry.field(description="You.")
    organization: str = strawberry.field(description=_SLUG)


@strawberry.type(description="Look for a letter; the answer is the same for every address and organization.")
class RequestStaffPasswordResetSuccess:
    message: str = strawberry.field(description="What to do next, in plain words.")


@strawberry.type(description="The new password holds and every session has ended: sign in with it.")
class ResetStaffPasswordSuccess:
    staff_member: StaffMember = strawberry.field(description="You.")
    organization: str = strawberry.field(description=_SLUG)


AcceptStaffInvitationResult = Annotated[
    AcceptStaffInvitationSuccess | InvitationNotUsable | WeakPassword | PasswordSignInOff,
    union("AcceptStaffInvitationResult", description="You can sign in now, or what stands in the way."),
]
RequestStaffPasswordResetResult = Annotated[
    RequestStaffPasswordResetSuccess | InvalidInput | TooManyAttempts | PasswordSignInOff,
    union("RequestStaffPasswordResetResult", description="A letter to look for, or what stands in the way."),
]
ResetStaffPasswordResult = Annotated[
    ResetStaffPasswordSuccess | LinkNotUsable | WeakPassword | PasswordSignInOff,
    union("ResetStaffPasswordResult", description="You can sign in now, or what stands in the way."),
]


@strawberry.type
class StaffDoorMutations:
    @mutation("Choose a password by the link in the invitation to the staff. Needs no token.")
    @answering
    async def accept_staff_invitation(
        self, info: Info, input: AcceptStaffInvitationInput
    ) -> AcceptStaffInvitationResult:
        context = info.context
        member = await accept_staff_invitation(input.token, input.password, context.origin, context.services)
        organization = await organization_by_id(member.organization_id)
        return AcceptStaffInvitationSuccess(staff_member=StaffMember.from_model(member), organization=organization.slug)

    @mutation("Ask for a letter to choose a new staff password. Needs no token.")
    @answering
    async def request_staff_password_reset(
        self, info: Info, input: RequestStaffPasswordResetInput
    ) -> RequestStaffPasswordResetResult:
        context = info.context
        await request_staff_password_reset(input.organization, input.email, context.origin, context.services)
        return RequestStaffPasswordResetSuccess(
            message="If a staff member signs in with this address, we have sent them an email. Open its link to go on."
        )

    @mutation("Choose a new staff password by the link in the letter. Ends every session. Needs no token.")
    @answering
    async def reset_staff_password(self, info: Info, input: ResetStaffPasswordInput) -> ResetStaffPasswordResult:
        context = info.context
        member = await reset_staff_password(input.token, input.password, context.origin, context.services)
        organization = await organization_by_id(member.organization_id)
        return ResetStaffPasswordSuccess(staff_member=StaffMember.from_model(member), organization=organization.slug)
