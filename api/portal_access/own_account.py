"""What signed-in people do with their own account: patients, and staff with their password and sessions."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.requests.signed_in import staff_in
from api.server.fields import field, mutation
from api.server.relay import encode_id
from api.types.graph import Contact, PortalAccount, load_contact, own_portal_account
from api.types.staff import StaffMember
from api.types.user_errors import (
    AlreadyLinked,
    IdentityNotConfirmed,
    InvalidInput,
    NotFound,
    NotLinked,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
    answering,
)
from clinic.portal_access.actions import (
    change_password,
    confirm_identity,
    connect_with_pin,
    request_email_change,
    set_language,
)
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.sessions.actions import end_own_session
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import SessionView, active_sessions_of
from clinic.staff.actions import change_staff_password
from clinic.staff.queries import own_record


@strawberry.type(description="A browser or app in which you are signed in.")
class Session:
    id: strawberry.ID = strawberry.field(description="Names it to endSession.")
    by_app: bool = strawberry.field(description="Whether by app; otherwise by browser.")
    started_at: datetime = strawberry.field(description="When it was opened.")
    last_seen_at: datetime = strawberry.field(description="When it was last used.")
    address: str = strawberry.field(description="The network address it was opened from.")
    agent: str = strawberry.field(description="What the browser or app calls itself.")
    current: bool = strawberry.field(description="Whether it is this one.")

    @classmethod
    def from_view(cls, view: SessionView) -> "Session":
        return cls(
            id=strawberry.ID(encode_id("Session", view.id)),
            by_app=view.kind is SessionKind.API,
            started_at=view.created_at,
            last_seen_at=view.last_seen_at,
            address=view.address,
            agent=view.agent,
            current=view.current,
        )


@strawberry.input(description="What proves that a record is yours.")
class ConnectWithPinInput:
    pin: str = strawberry.field(description="The code on the printed sheet.")
    date_of_birth: date | None = strawberry.field(
        default=None, description="Yours; not asked for where the record has none."
    )


@strawberry.input(description="What proves who you are, after staff linked your account.")
class ConfirmIdentityInput:
    date_of_birth: date | None = strawberry.field(default=None, description="Yours.")
    pin: str | None = strawberry.field(
        default=None, description="Where the record has no date of birth: the code on the printed sheet."
    )


@strawberry.input(description="The password you have and the one you choose.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The one you have.")
    new_password: str = strawberry.field(description="The one you choose; a patient's signs documents too.")


@strawberry.input(description="The address you want to sign in with.")
class ChangeEmailInput:
    new_email: str = strawberry.field(description="The new address; a letter goes there, and one to the old.")
    password: str = strawberry.field(description="Your portal password.")
    device_secret: str | None = strawberry.field(
        default=None, description="A secret your app keeps, so that the letter may be confirmed by it."
    )


@strawberry.input(description="The language you read.")
class SetLanguageInput:
    language: str = strawberry.field(description="One of the organization's languages.")


@strawberry.input(description="Which session to end.")
class EndSessionInput:
    session_id: strawberry.ID = strawberry.field(description="Which, from mySessions.")


@strawberry.type(description="The record is yours to see.")
class ConnectWithPinSuccess:
    contact: Contact = strawberry.field(description="Your record.")
    account: PortalAccount = strawberry.field(description="Your account.")


@strawberry.type(description="The record is yours to see.")
class ConfirmIdentitySuccess:
    account: PortalAccount = strawberry.field(description="Your account, with its record.")


@strawberry.type(description="The new password holds; other sessions have ended.")
class ChangePasswordSuccess:
    account: PortalAccount | None = strawberry.field(default=None, description="Your account, if you are a patient.")
    staff_member: StaffMember | None = strawberry.field(default=None, description="You, if you are staff.")


@strawberry.type(description="Nothing has changed yet: look for a letter at the new address.")
class ChangeEmailSuccess:
    account: PortalAccount = strawberry.field(description="Your account, with the address as it is until then.")
    message: str = strawberry.field(description="What to do next, in plain words.")


@strawberry.type(description="Letters and pages speak your language.")
class SetLanguageSuccess:
    account: PortalAccount = strawberry.field(description="Your account.")


@strawberry.type(description="The session opens nothing any more.")
class EndSessionSuccess:
    sessions: list[Session] = strawberry.field(description="Those that are left.")


ConnectWithPinResult = Annotated[
    ConnectWithPinSuccess | AlreadyLinked | IdentityNotConfirmed | TooManyAttempts,
    union("ConnectWithPinResult", description="Your record, or what stands in the way."),
]
ConfirmIdentityResult = Annotated[
    ConfirmIdentitySuccess | NotLinked | IdentityNotConfirmed | TooManyAttempts,
    union("ConfirmIdentityResult", description="Your account, or what stands in the way."),
]
ChangePasswordResult = Annotated[
    ChangePasswordSuccess | WrongCredentials | WeakPassword | TooManyAttempts,
    union("ChangePasswordResult", description="Your account, or what stands in the way."),
]
ChangeEmailResult = Annotated[
    ChangeEmailSuccess | InvalidInput | WrongCredentials | TooManyAttempts,
    union("ChangeEmailResult", description="A letter to look for, or what stands in the way."),
]
SetLanguageResult = Annotated[
    SetLanguageSuccess | InvalidInput,
    union("SetLanguageResult", description="Your account, or what stands in the way."),
]
EndSessionResult = Annotated[
    EndSessionSuccess | NotFound,
    union("EndSessionResult", description="The sessions that are left, or what stands in the way."),
]


@strawberry.type
class OwnAccountQueries:
    @field("Where you are signed in, the session used last first.")
    async def my_sessions(self, info: Info) -> list[Session]:
        return await _sessions(info)


@strawberry.type
class OwnAccountMutations:
    @mutation("Connect your account to your record with the PIN of the printed sheet; for patients.")
    @answering
    async def connect_with_pin(self, info: Info, input: ConnectWithPinInput) -> ConnectWithPinResult:
        link = await connect_with_pin(info.context.patient, input.pin, input.date_of_birth, info.context.services)
        return ConnectWithPinSuccess(
            contact=await load_contact(info, link.contact_id), account=await own_portal_account(info)
        )

    @mutation("Show who you are, once, after staff linked your account; for patients. Done already is no error.")
    @answering
    async def confirm_identity(self, info: Info, input: ConfirmIdentityInput) -> ConfirmIdentityResult:
        claim = IdentityClaim(date_of_birth=input.date_of_birth, pin=input.pin)
        await confirm_identity(info.context.patient, claim, info.context.services)
        return ConfirmIdentitySuccess(account=await own_portal_account(info))

    @mutation("Choose a new password. Ends your other sessions.")
    @answering
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
        context = info.context
        if staff := staff_in(context.caller):
            await change_staff_password(staff, input.current_password, input.new_password, context.services)
            return ChangePasswordSuccess(staff_member=StaffMember.from_model(await own_record(staff)))
        await change_password(context.patient, input.current_password, input.new_password, context.services)
        return ChangePasswordSuccess(account=await own_portal_account(info))

    @mutation("Ask for another address to sign in with; for patients. The old address may object for 72 hours.")
    @answering
    async def change_email(self, info: Info, input: ChangeEmailInput) -> ChangeEmailResult:
        context = info.context
        await request_email_change(
            context.patient, input.password, input.new_email, context.services, browser_token=input.device_secret
        )
        return ChangeEmailSuccess(
            account=await own_portal_account(info),
            message="We have sent an email to the new address. Open its link, and the address is changed.",
        )

    @mutation("Choose the language of letters and pages; for patients.")
    @answering
    async def set_language(self, info: Info, input: SetLanguageInput) -> SetLanguageResult:
        await set_language(info.context.patient, input.language, info.context.services)
        return SetLanguageSuccess(account=await own_portal_account(info))

    @mutation("End one of your sessions, perhaps this one.")
    @answering
    async def end_session(self, info: Info, input: EndSessionInput) -> EndSessionResult:
        key = decode_id_or_none(input.session_id, "Session")
        await end_own_session(info.context.person, key, info.context.services)
        return EndSessionSuccess(sessions=await _sessions(info))


async def _sessions(info: Info) -> list[Session]:
    views = await active_sessions_of(info.context.person, info.context.services)
    return [Session.from_view(view) for view in views]
