"""The ways in for people who are not signed in: registering, confirming an address, choosing a new password.

Each answers the same for an address that is known and one that is not.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.server.fields import mutation
from api.types.graph import PortalAccount, portal_account
from api.types.user_errors import (
    ChooseNewPassword,
    InvalidInput,
    LinkNotUsable,
    NotFound,
    PasswordNeeded,
    SecondFactorNeeded,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
    answering,
)
from clinic.organizations.queries import organization_by_slug
from clinic.portal_access.account_tokens import organization_of_account_token
from clinic.portal_access.actions import (
    SignedIn,
    confirm_email,
    keep_email,
    register_account,
    request_password_reset,
    reset_password,
)
from clinic.portal_access.errors import LinkNotUsable as NotUsable
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import caller_by_access_token
from clinic.values import errors as core
from clinic.values.callers import Anonymous

_ORGANIZATION = "The organization's slug."
_ORGANIZATION_OF_LINK = "The organization's slug, from the link; the token alone is enough."
_TOKEN = "The last part of the link."  # noqa: S105 - words, no secret
_DEVICE = "A secret your app keeps between the two steps, so that the letter may be confirmed by it without a password."


@strawberry.input(description="What a person types who registers without an invitation.")
class RegisterPortalAccountInput:
    organization: str = strawberry.field(description=_ORGANIZATION)
    email: str = strawberry.field(description="Your address; a letter goes there.")
    password: str = strawberry.field(description="The portal password you choose; it signs documents too.")
    device_secret: str | None = strawberry.field(default=None, description=_DEVICE)
    language: str = strawberry.field(default="en", description="Of the letter and the pages, such as en or es.")


@strawberry.input(description="What confirms an address: a new account's, or the new one of an old account.")
class VerifyPortalEmailInput:
    token: str = strawberry.field(description=_TOKEN)
    organization: str | None = strawberry.field(default=None, description=_ORGANIZATION_OF_LINK)
    device_secret: str | None = strawberry.field(default=None, description=_DEVICE)
    new_password: str | None = strawberry.field(
        default=None, description="For a new account confirmed from elsewhere: the password you choose."
    )
    password: str | None = strawberry.field(
        default=None, description="For a new address confirmed from elsewhere: the account's password."
    )


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    organization: str = strawberry.field(description=_ORGANIZATION)
    email: str = strawberry.field(description="The address you sign in with.")


@strawberry.input(description="The letter's link and the password you choose.")
class ResetPasswordInput:
    token: str = strawberry.field(description=_TOKEN)
    organization: str | None = strawberry.field(default=None, description=_ORGANIZATION_OF_LINK)
    password: str = strawberry.field(description="The portal password you choose; it signs documents too.")


@strawberry.input(description="The link in the letter about a change of address.")
class KeepEmailInput:
    token: str = strawberry.field(description=_TOKEN)
    organization: str | None = strawberry.field(default=None, description=_ORGANIZATION_OF_LINK)


@strawberry.type(description="Look for a letter; the answer is the same for every address.")
class RegisterPortalAccountSuccess:
    message: str = strawberry.field(description="What to do next, in plain words.")


@strawberry.type(description="The address is confirmed, and you are signed in.")
class VerifyPortalEmailSuccess:
    account: PortalAccount = strawberry.field(description="Your account.")
    access_token: str = strawberry.field(description="Opens the API until `expiresAt`.")
    refresh_token: str = strawberry.field(description="Gets the next pair of tokens, once.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")


@strawberry.type(description="Look for a letter; the answer is the same for every address.")
class RequestPasswordResetSuccess:
    message: str = strawberry.field(description="What to do next, in plain words.")


@strawberry.type(description="The new password holds, other sessions have ended, and you are signed in.")
class ResetPasswordSuccess:
    account: PortalAccount = strawberry.field(description="Your account.")
    access_token: str = strawberry.field(description="Opens the API until `expiresAt`.")
    refresh_token: str = strawberry.field(description="Gets the next pair of tokens, once.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")


@strawberry.type(description="The account keeps its address, and everybody is signed out.")
class KeepEmailSuccess:
    message: str = strawberry.field(description="What to do next, in plain words.")


RegisterPortalAccountResult = Annotated[
    RegisterPortalAccountSuccess | NotFound | InvalidInput | WeakPassword | TooManyAttempts,
    union("RegisterPortalAccountResult", description="A letter to look for, or what stands in the way."),
]
VerifyPortalEmailResult = Annotated[
    VerifyPortalEmailSuccess
    | LinkNotUsable
    | ChooseNewPassword
    | PasswordNeeded
    | WeakPassword
    | WrongCredentials
    | TooManyAttempts
    | SecondFactorNeeded,
    union("VerifyPortalEmailResult", description="A session, or what stands in the way."),
]
RequestPasswordResetResult = Annotated[
    RequestPasswordResetSuccess | NotFound | InvalidInput | TooManyAttempts,
    union("RequestPasswordResetResult", description="A letter to look for, or what stands in the way."),
]
ResetPasswordResult = Annotated[
    ResetPasswordSuccess | LinkNotUsable | WeakPassword | TooManyAttempts | SecondFactorNeeded,
    union("ResetPasswordResult", description="A session, or what stands in the way."),
]
KeepEmailResult = Annotated[
    KeepEmailSuccess | LinkNotUsable,
    union("KeepEmailResult", description="The address is kept, or why it can't be."),
]


@strawberry.type
class DoorMutations:
    @mutation("Register without an invitation; a letter follows. Needs no token.")
    @answering
    async def register_portal_account(
        self, info: Info, input: RegisterPortalAccountInput
    ) -> RegisterPortalAccountResult:
        await register_account(
            await _at(info, input.organization),
            input.email,
            input.password,
            info.context.services,
            browser_token=input.device_secret,
            language=input.language,
        )
        return RegisterPortalAccountSuccess(message="We have sent an email to this address. Open its link to go on.")

    @mutation("Confirm an address by the link in its letter, and sign in. Needs no token.")
    @answering
    async def verify_portal_email(self, info: Info, input: VerifyPortalEmailInput) -> VerifyPortalEmailResult:
        signed_in = await confirm_email(
            await _holder(info, input.token, input.organization),
            input.token,
            info.context.services,
            kind=SessionKind.API,
            browser_token=input.device_secret,
            new_password=input.new_password,
            password=input.password,
        )
        session = signed_in.session
        return VerifyPortalEmailSuccess(
            account=await _own(info, signed_in),
            access_token=session.access_token,
            refresh_token=session.refresh_token or "",
            expires_at=session.access_expires_at,
        )

    @mutation("Ask for a letter to choose a new password. Needs no token.")
    @answering
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetResult:
        await request_password_reset(await _at(info, input.organization), input.email, info.context.services)
        return RequestPasswordResetSuccess(
            message="If there is an account with this address, we have sent it an email. Open its link to go on."
        )

    @mutation("Choose a new password by the link in the letter, and sign in. Ends other sessions. Needs no token.")
    @answering
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordResult:
        caller = await _holder(info, input.token, input.organization)
        signed_in = await reset_password(
            caller, input.token, input.password, info.context.services, kind=SessionKind.API
        )
        session = signed_in.session
        return ResetPasswordSuccess(
            account=await _own(info, signed_in),
            access_token=session.access_token,
            refresh_token=session.refresh_token or "",
            expires_at=session.access_expires_at,
        )

    @mutation("Object to a change of address by the link in the letter to the old one. Needs no token.")
    @answering
    async def keep_email(self, info: Info, input: KeepEmailInput) -> KeepEmailResult:
        await keep_email(await _holder(info, input.token, input.organization), input.token, info.context.services)
        return KeepEmailSuccess(message="The address is kept and everybody is signed out. Choose a new password now.")


async def _at(info: Info, slug: str) -> Anonymous:
    organization = await organization_by_slug(slug)
    if organization is None:
        raise core.NotFound("organization")
    return Anonymous(organization.id, info.context.origin)


async def _holder(info: Info, token: str, slug: str | None) -> Anonymous:
    """The caller who has a link. A link of another organization is answered like one that never existed."""
    organization_id: UUID | None
    if slug is None:
        organization_id = await organization_of_account_token(token)
    else:
        organization = await organization_by_slug(slug)
        organization_id = organization.id if organization else None
    if organization_id is None:
        raise NotUsable("UNKNOWN")
    return Anonymous(organization_id, info.context.origin)


async def _own(info: Info, signed_in: SignedIn) -> PortalAccount:
    """The account as its person sees it, now that they are signed in."""
    context = info.context
    context.caller = await caller_by_access_token(signed_in.session.access_token, context.origin, context.now)
    account = await portal_account(info, signed_in.account.id)
    return account or PortalAccount.from_model(signed_in.account, None)
