"""Linking, unlinking, and closing accounts to their persons."""

from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, given_or_none, request_key
from api.server.fields import mutation
from api.types import enums as enums
from api.types.graph import Contact, PortalAccount, load_contact, portal_account
from api.types.user_errors import (
    AlreadyLinked,
    EmailConflict,
    InvalidInput,
    NoMatchingAccount,
    NotFound,
    NotLinked,
    NotPermitted,
    SeveralAccounts,
    answering,
)
from clinic.portal_access.actions import DisableReason, disable_account, enable_account, link_account, unlink_account


@strawberry.input(description="Which account to link to which contact.")
class LinkPortalAccountInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The account, where several bear the contact's addresses, or one of `formerPortalAccounts`.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Whose link to end, and why.")
class UnlinkPortalAccountInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    reason: str = strawberry.field(description="Why; it stays in the history.")


@strawberry.input(description="Which account to close, and why.")
class DisablePortalAccountInput:
    account_id: strawberry.ID = strawberry.field(description="Which account.")
    reason: DisableReason = strawberry.field(description="Why.")
    note: str = strawberry.field(default="", description="In your own words; needed with OTHER.")


@strawberry.input(description="Which account to open again, and why.")
class EnablePortalAccountInput:
    account_id: strawberry.ID = strawberry.field(description="Which account.")
    reason: str = strawberry.field(description="Why; it stays in the audit.")


@strawberry.type(description="The account is linked; its person confirms who they are at the next visit.")
class LinkPortalAccountSuccess:
    contact: Contact = strawberry.field(description="The contact, with its new status.")
    account: PortalAccount = strawberry.field(description="The account.")


@strawberry.type(description="Access is over from the next request on, and the contact has a new PIN.")
class UnlinkPortalAccountSuccess:
    contact: Contact = strawberry.field(description="The contact, with its new status.")


@strawberry.type(description="The account's person can't sign in, and no session of theirs is left.")
class DisablePortalAccountSuccess:
    account: PortalAccount = strawberry.field(description="The account.")


@strawberry.type(description="The account's person can sign in again.")
class EnablePortalAccountSuccess:
    account: PortalAccount = strawberry.field(description="The account.")


LinkPortalAccountResult = Annotated[
    LinkPortalAccountSuccess
    | NotPermitted
    | NotFound
    | InvalidInput
    | AlreadyLinked
    | NoMatchingAccount
    | SeveralAccounts
    | EmailConflict,
    union("LinkPortalAccountResult", description="The link, or what stands in the way."),
]
UnlinkPortalAccountResult = Annotated[
    UnlinkPortalAccountSuccess | NotPermitted | NotFound | InvalidInput | NotLinked,
    union("UnlinkPortalAccountResult", description="The contact without its link, or what stands in the way."),
]
DisablePortalAccountResult = Annotated[
    DisablePortalAccountSuccess | NotPermitted | NotFound | InvalidInput,
    union("DisablePortalAccountResult", description="The closed account, or what stands in the way."),
]
EnablePortalAccountResult = Annotated[
    EnablePortalAccountSuccess | NotPermitted | NotFound | InvalidInput,
    union("EnablePortalAccountResult", description="The open account, or what stands in the way."),
]


@strawberry.type
class LinkMutations:
    @mutation(
        "Link the account that bears the contact's address, or one it was linked to before, to this contact; "
        "needs WEB_PORTAL."
    )
    @answering
    async def link_portal_account(self, info: Info, input: LinkPortalAccountInput) -> LinkPortalAccountResult:
        key, chosen = decode_id_or_none(input.contact_id, "Contact"), given_or_none(input.account_id)
        account = await link_account(
            info.context.staff,
            key,
            info.context.services,
            account_id=decode_id_or_none(chosen, "PortalAccount"),
            account_named=chosen is not None,
            request_key=request_key("linkPortalAccount", input),
        )
        contact = await load_contact(info, cast(UUID, key))  # without a key the action has refused
        return LinkPortalAccountSuccess(contact=contact, account=PortalAccount.from_model(account, key))

    @mutation("End the contact's link, with the person's access; needs WEB_PORTAL.")
    @answering
    async def unlink_portal_account(self, info: Info, input: UnlinkPortalAccountInput) -> UnlinkPortalAccountResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        await unlink_account(info.context.staff, key, input.reason, info.context.services)
        return UnlinkPortalAccountSuccess(contact=await load_contact(info, cast(UUID, key)))

    @mutation("Close an account to its person at once; needs WEB_PORTAL. The link stays.")
    @answering
    async def disable_portal_account(self, info: Info, input: DisablePortalAccountInput) -> DisablePortalAccountResult:
        key = decode_id_or_none(input.account_id, "PortalAccount")
        account = await disable_account(info.context.staff, key, input.reason, info.context.services, note=input.note)
        return DisablePortalAccountSuccess(account=await _account_at_hand(info, account.id))

    @mutation("Open a disabled account again; needs WEB_PORTAL.")
    @answering
    async def enable_portal_account(self, info: Info, input: EnablePortalAccountInput) -> EnablePortalAccountResult:
        key = decode_id_or_none(input.account_id, "PortalAccount")
        account = await enable_account(info.context.staff, key, input.reason, info.context.services)
        return EnablePortalAccountSuccess(account=await _account_at_hand(info, account.id))


async def _account_at_hand(info: Info, account_id: UUID) -> PortalAccount:
    found = await portal_account(info, account_id)
    if found is None:  # a registered account is never withdrawn
        raise LookupError(account_id)
    return found
