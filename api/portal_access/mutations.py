"""Opening the portal to a person: the clicks on the icon, and the patient's side of it."""

from datetime import date, datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, request_key
from api.server.fields import mutation
from api.types import enums as enums
from api.types.graph import Contact, PortalAccount, load_contact, portal_account
from api.types.user_errors import (
    ContactHasNoEmail,
    EmailConflict,
    IdentityNotConfirmed,
    InvalidInput,
    InvitationNotUsable,
    NotFound,
    NotPermitted,
    PortalAccountExists,
    TooManyAttempts,
    WeakPassword,
    answering,
)
from clinic.organizations.queries import organization_by_slug
from clinic.portal_access.access import UNKNOWN, organization_of_token
from clinic.portal_access.actions import accept_invitation, invite_contact, print_instructions
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import InvitationNotUsable as NotUsable
from clinic.portal_access.models import LetterSender
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import caller_by_access_token
from clinic.values.callers import Anonymous


@strawberry.input(description="Whose account to create, and whose name its letter bears.")
class CreatePortalAccountInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    sender: LetterSender = strawberry.field(
        default=LetterSender.AUTOMATIC, description="Whose name this one letter bears."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Whose instructions to print.")
class PrintPortalInstructionsInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="What a person types who opened an invitation's link.")
class AcceptPortalInvitationInput:
    token: str = strawberry.field(description="The last part of the link.")
    organization: str | None = strawberry.field(
        default=None, description="The organization's slug, from the link; the token alone is enough."
    )
    date_of_birth: date | None = strawberry.field(default=None, description="Proves who you are.")
    pin: str | None = strawberry.field(
        default=None, description="Proves it where the record has no date of birth: the code on the printed sheet."
    )
    password: str = strawberry.field(description="The portal password you choose; it signs documents too.")


@strawberry.type(description="The account is there, linked, and the letter is on its way.")
class CreatePortalAccountSuccess:
    contact: Contact = strawberry.field(description="The contact, with its new status.")
    account: PortalAccount = strawberry.field(description="The account; not yet registered.")


@strawberry.type(description="The sheet can be opened and printed.")
class PrintPortalInstructionsSuccess:
    url: str = strawberry.field(description="The PDF's address; it works for ten minutes.")
    contact: Contact = strawberry.field(description="Whose sheet.")


@strawberry.type(description="Registered and signed in.")
class AcceptPortalInvitationSuccess:
    account: PortalAccount = strawberry.field(description="Your account.")
    access_token: str = strawberry.field(description="Opens the API until `expiresAt`.")
    refresh_token: str = strawberry.field(description="Gets the next pair of tokens, once.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")


CreatePortalAccountResult = Annotated[
    CreatePortalAccountSuccess
    | NotPermitted
    | NotFound
    | InvalidInput
    | ContactHasNoEmail
    | PortalAccountExists
    | EmailConflict,
    union("CreatePortalAccountResult", description="The account, or what stands in the way."),
]
PrintPortalInstructionsResult = Annotated[
    PrintPortalInstructionsSuccess | NotPermitted | NotFound | InvalidInput,
    union("PrintPortalInstructionsResult", description="The sheet's address, or what stands in the way."),
]
AcceptPortalInvitationResult = Annotated[
    AcceptPortalInvitationSuccess | InvitationNotUsable | IdentityNotConfirmed | WeakPassword | TooManyAttempts,
    union("AcceptPortalInvitationResult", description="A session, or what stands in the way."),
]


@strawberry.type
class PortalAccessMutations:
    @mutation("Create the contact's portal account and send the letter; needs WEB_PORTAL. Safe to send twice.")
    @answering
    async def create_portal_account(self, info: Info, input: CreatePortalAccountInput) -> CreatePortalAccountResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        account = await invite_contact(
            info.context.staff,
            key,
            info.context.services,
            sender=input.sender,
            request_key=request_key("createPortalAccount", input),
        )
        contact = await load_contact(info, cast(UUID, key))  # without a key the action has refused
        return CreatePortalAccountSuccess(contact=contact, account=PortalAccount.from_model(account, key))

    @mutation("Get the contact's printed instructions, with their PIN; needs WEB_PORTAL. Each print is audited.")
    @answering
    async def print_portal_instructions(
        self, info: Info, input: PrintPortalInstructionsInput
    ) -> PrintPortalInstructionsResult:
        printed = await print_instructions(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            info.context.services,
            request_key=request_key("printPortalInstructions", input),
        )
        return PrintPortalInstructionsSuccess(url=printed.url, contact=await load_contact(info, printed.contact_id))

    @mutation("Register by invitation and sign in. Needs no token.")
    @answering
    async def accept_portal_invitation(
        self, info: Info, input: AcceptPortalInvitationInput
    ) -> AcceptPortalInvitationResult:
        context = info.context
        organization_id = await _organization_of(input)
        if organization_id is None:
            raise NotUsable(UNKNOWN)
        signed_in = await accept_invitation(
            Anonymous(organization_id, context.origin),
            input.token,
            IdentityClaim(date_of_birth=input.date_of_birth, pin=input.pin),
            input.password,
            context.services,
            kind=SessionKind.API,
        )
        session = signed_in.session
        context.caller = await caller_by_access_token(session.access_token, context.origin, context.now)
        account = await portal_account(info, signed_in.account.id)
        return AcceptPortalInvitationSuccess(
            account=account or PortalAccount.from_model(signed_in.account, None),
            access_token=session.access_token,
            refresh_token=session.refresh_token or "",
            expires_at=session.access_expires_at,
        )


async def _organization_of(given: AcceptPortalInvitationInput) -> UUID | None:
    if given.organization is None:
        return await organization_of_token(given.token)
    organization = await organization_by_slug(given.organization)
    return organization.id if organization else None
