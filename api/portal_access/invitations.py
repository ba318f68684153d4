"""What stands beside the gray and the blue globe: lists of invitations, sending again, taking back, a new PIN."""

from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import union

from api.portal_access.mutations import CreatePortalAccountResult, CreatePortalAccountSuccess
from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.types import enums as enums
from api.types.graph import Contact, PortalAccount, load_contact
from api.types.user_errors import (
    InvalidInput,
    NotFound,
    NotLinked,
    NotPermitted,
    PortalAccountExists,
    TooManyAttempts,
    answering,
    as_member,
)
from clinic.portal_access.actions import (
    InviteOutcome,
    invite_contacts,
    regenerate_pin,
    resend_invitation,
    revoke_invitation,
)
from clinic.portal_access.models import LetterSender
from clinic.values.limits import MOST_CONTACTS_AT_ONCE


@strawberry.input(description="Whose accounts to create.")
class CreatePortalAccountsInput:
    contact_ids: list[strawberry.ID] = strawberry.field(description=f"Whose, up to {MOST_CONTACTS_AT_ONCE}.")
    sender: LetterSender = strawberry.field(
        default=LetterSender.AUTOMATIC, description="Whose name these letters bear."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Whose invitation to send once more.")
class ResendPortalInvitationInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    sender: LetterSender | None = strawberry.field(
        default=None, description="Whose name the letter bears; as before unless told."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Whose invitation to take back, and why.")
class RevokePortalInvitationInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(default="revoked", description="Why; it stays in the history.")


@strawberry.input(description="Whose PIN to replace.")
class RegeneratePortalPinInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.type(description="What came of one contact of a list.")
class CreatePortalAccountOutcome:
    contact_id: strawberry.ID = strawberry.field(description="The id as you gave it.")
    result: CreatePortalAccountResult = strawberry.field(description="The account, or what stands in the way.")


@strawberry.type(description="Every contact of the list was dealt with, each by itself.")
class CreatePortalAccountsSuccess:
    results: list[CreatePortalAccountOutcome] = strawberry.field(description="One for each contact, in your order.")
    created_count: int = strawberry.field(description="How many have their account, now or from an earlier call.")
    refused_count: int = strawberry.field(description="How many have not; their results say why.")


@strawberry.type(description="The letter is on its way; the older link works until it has left.")
class ResendPortalInvitationSuccess:
    contact: Contact = strawberry.field(description="The contact, with its new status.")
    account: PortalAccount = strawberry.field(description="The account; not yet registered.")


@strawberry.type(description="The invitation opens nothing any more, and the contact has a new PIN.")
class RevokePortalInvitationSuccess:
    contact: Contact = strawberry.field(description="The contact, with its new status.")


@strawberry.type(description="The contact has a new PIN; the old one proves nothing any more.")
class RegeneratePortalPinSuccess:
    contact: Contact = strawberry.field(description="The contact, with the new PIN.")


CreatePortalAccountsResult = Annotated[
    CreatePortalAccountsSuccess | NotPermitted | InvalidInput,
    union("CreatePortalAccountsResult", description="A result for each contact, or why none was dealt with."),
]
ResendPortalInvitationResult = Annotated[
    ResendPortalInvitationSuccess
    | NotPermitted
    | NotFound
    | InvalidInput
    | NotLinked
    | PortalAccountExists
    | TooManyAttempts,
    union("ResendPortalInvitationResult", description="The invitation goes out again, or what stands in the way."),
]
RevokePortalInvitationResult = Annotated[
    RevokePortalInvitationSuccess | NotPermitted | NotFound | InvalidInput | NotLinked | PortalAccountExists,
    union("RevokePortalInvitationResult", description="The invitation was taken back, or what stands in the way."),
]
RegeneratePortalPinResult = Annotated[
    RegeneratePortalPinSuccess | NotPermitted | NotFound | InvalidInput,
    union("RegeneratePortalPinResult", description="The contact, or what stands in the way."),
]


@strawberry.type
class InvitationMutations:
    @mutation(
        f"Create the portal accounts of up to {MOST_CONTACTS_AT_ONCE} contacts; needs WEB_PORTAL. "
        "A contact that can't be invited never "
        "stops the rest. Safe to send again after an answer was lost."
    )
    @answering
    async def create_portal_accounts(self, info: Info, input: CreatePortalAccountsInput) -> CreatePortalAccountsResult:
        outcomes = await invite_contacts(
            info.context.staff,
            [decode_id_or_none(given, "Contact") for given in input.contact_ids],
            info.context.services,
            sender=input.sender,
            request_key=request_key("createPortalAccounts", input),
        )
        created = [outcome.contact_id for outcome in outcomes if outcome.account and outcome.contact_id]
        await info.context.loaders.contact.load_many(created)
        pairs = zip(input.contact_ids, outcomes, strict=True)
        return CreatePortalAccountsSuccess(
            results=[await _outcome(info, given, outcome) for given, outcome in pairs],
            created_count=len(created),
            refused_count=len(outcomes) - len(created),
        )

    @mutation("Send the invitation once more and renew its term; needs WEB_PORTAL. At most five times a day.")
    @answering
    async def resend_portal_invitation(
        self, info: Info, input: ResendPortalInvitationInput
    ) -> ResendPortalInvitationResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        account = await resend_invitation(
            info.context.staff,
            key,
            info.context.services,
            sender=given_or_none(input.sender),
            request_key=request_key("resendPortalInvitation", input),
        )
        contact = await load_contact(info, cast(UUID, key))  # without a key the action has refused
        return ResendPortalInvitationSuccess(contact=contact, account=PortalAccount.from_model(account, key))

    @mutation("Take the invitation back before anybody used it; needs WEB_PORTAL.")
    @answering
    async def revoke_portal_invitation(
        self, info: Info, input: RevokePortalInvitationInput
    ) -> RevokePortalInvitationResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        await revoke_invitation(info.context.staff, key, input.reason, info.context.services)
        return RevokePortalInvitationSuccess(contact=await load_contact(info, cast(UUID, key)))

    @mutation("Give the contact a new PIN; needs WEB_PORTAL.")
    @answering
    async def regenerate_portal_pin(self, info: Info, input: RegeneratePortalPinInput) -> RegeneratePortalPinResult:
        contact = await regenerate_pin(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            info.context.services,
            request_key=request_key("regeneratePortalPin", input),
        )
        return RegeneratePortalPinSuccess(contact=await load_contact(info, contact.id))


async def _outcome(info: Info, given: strawberry.ID, outcome: InviteOutcome) -> CreatePortalAccountOutcome:
    if outcome.account is not None and outcome.contact_id is not None:
        contact = await load_contact(info, outcome.contact_id)
        account = PortalAccount.from_model(outcome.account, outcome.contact_id)
        return CreatePortalAccountOutcome(
            contact_id=given, result=CreatePortalAccountSuccess(contact=contact, account=account)
        )
    if outcome.refusal is None:
        raise LookupError(given)
    member = as_member(outcome.refusal)
    if member is None:
        raise outcome.refusal
    return CreatePortalAccountOutcome(contact_id=given, result=cast(CreatePortalAccountResult, member))
