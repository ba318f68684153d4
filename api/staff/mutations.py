"""Signing in and out, and managing staff."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none, request_key
from api.server.fields import mutation
from api.staff.inputs import (
    CreateStaffMemberInput,
    RefreshSessionInput,
    SetStaffPermissionsInput,
    SignInPatientInput,
    SignInStaffInput,
)
from api.staff.queries import Viewer, current_viewer
from api.types.graph import PortalAccount
from api.types.sign_in_errors import LastPassword, PasswordSignInOff, ProviderSignInRefused
from api.types.staff import StaffMember
from api.types.user_errors import (
    ChallengeNotUsable,
    EmailTaken,
    FactorRefused,
    FreshSignInNeeded,
    InvalidInput,
    InvitationNotUsable,
    LastManager,
    NotFound,
    NotPermitted,
    SecondFactorNeeded,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
    answering,
)
from clinic.portal_access.actions import sign_in_patient_at
from clinic.sessions.actions import OpenedSession, end_session, refresh_session
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import caller_by_access_token
from clinic.staff.actions import create_staff_member, set_staff_permissions, sign_in_staff
from clinic.values.errors import SessionEnded


@strawberry.type(description="A session: send the access token as a bearer token, keep the refresh token apart.")
class SignInSuccess:
    access_token: str = strawberry.field(description="Opens the API until `expiresAt`.")
    refresh_token: str = strawberry.field(description="Gets the next pair of tokens, once.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")
    viewer: Viewer = strawberry.field(description="Who signed in.")

    @classmethod
    def of(cls, session: OpenedSession, viewer: StaffMember | PortalAccount) -> "SignInSuccess":
        return cls(
            access_token=session.access_token,
            refresh_token=session.refresh_token or "",
            expires_at=session.access_expires_at,
            viewer=viewer,
        )


SignInResult = Annotated[
    SignInSuccess
    | WrongCredentials
    | ProviderSignInRefused
    | PasswordSignInOff
    | InvitationNotUsable
    | TooManyAttempts
    | SecondFactorNeeded
    | FactorRefused
    | ChallengeNotUsable
    | InvalidInput,
    union("SignInResult", description="A session, or why there is none."),
]


@strawberry.type(description="The staff member was added.")
class CreateStaffMemberSuccess:
    staff_member: StaffMember = strawberry.field(description="Who was added, without any permission.")


CreateStaffMemberResult = Annotated[
    CreateStaffMemberSuccess | NotPermitted | InvalidInput | EmailTaken | WeakPassword,
    union("CreateStaffMemberResult", description="The new staff member, or what stands in the way."),
]


@strawberry.type(description="The permissions hold from the next request on.")
class SetStaffPermissionsSuccess:
    staff_member: StaffMember = strawberry.field(description="Who, with what they may do now.")


SetStaffPermissionsResult = Annotated[
    SetStaffPermissionsSuccess | NotPermitted | NotFound | LastManager | LastPassword | FreshSignInNeeded,
    union("SetStaffPermissionsResult", description="The staff member, or what stands in the way."),
]


@strawberry.type
class StaffMutations:
    @mutation("Sign in as staff of an organization. Needs no token.")
    @answering
    async def sign_in_staff(self, info: Info, input: SignInStaffInput) -> SignInResult:
        context = info.context
        signed_in = await sign_in_staff(
            input.organization, input.email, input.password, context.origin, context.services
        )
        return await opened_answer(info, signed_in.session)

    @mutation("Sign in as a patient of an organization. Needs no token.")
    @answering
    async def sign_in_patient(self, info: Info, input: SignInPatientInput) -> SignInResult:
        context = info.context
        signed_in = await sign_in_patient_at(
            input.organization, input.email, input.password, context.origin, context.services, kind=SessionKind.API
        )
        return await opened_answer(info, signed_in.session)

    @mutation("Exchange a refresh token for new tokens. One that was used before ends the session. Needs no token.")
    @answering
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> SignInResult:
        context = info.context
        return await opened_answer(info, await refresh_session(input.refresh_token, context.origin, context.services))

    @mutation("End this session: its tokens open nothing from now on.")
    async def sign_out(self, info: Info) -> bool:
        await end_session(info.context.adding_a_factor, info.context.services)
        return True

    @mutation("Add a staff member and invite them by letter; needs MANAGE_STAFF.")
    @answering
    async def create_staff_member(self, info: Info, input: CreateStaffMemberInput) -> CreateStaffMemberResult:
        member = await create_staff_member(
            info.context.staff,
            name=input.name,
            email=input.email,
            password=input.password,
            last_day=input.last_day,
            services=info.context.services,
            request_key=request_key("createStaffMember", input, info.context.services.secrets),
        )
        return CreateStaffMemberSuccess(staff_member=StaffMember.from_model(member))

    @mutation("Say what a staff member may do; needs MANAGE_STAFF, and whatever is given.")
    @answering
    async def set_staff_permissions(self, info: Info, input: SetStaffPermissionsInput) -> SetStaffPermissionsResult:
        member = await set_staff_permissions(
            info.context.staff,
            decode_id_or_none(input.staff_member_id, "StaffMember"),
            input.permissions,
            info.context.services,
        )
        return SetStaffPermissionsSuccess(staff_member=StaffMember.from_model(member))


async def opened_answer(info: Info, session: OpenedSession) -> SignInSuccess:
    """The session's answer, seen by the person whose it is."""
    context = info.context
    context.caller = await caller_by_access_token(session.access_token, context.origin, context.services.clock.now())
    viewer = await current_viewer(info)
    if viewer is None:
        raise SessionEnded
    return SignInSuccess.of(session, viewer)
