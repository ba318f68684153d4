"""The reviewed transfer. Nothing here leads the member who asks to the other record; the second person sees both."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, request_key
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field, mutation
from api.server.relay import Connection, Cursors, connect, decode_id, encode_id
from api.types.graph import Contact, load_contact
from api.types.staff import StaffMember
from api.types.user_errors import (
    AlreadyDecided,
    ConflictChanged,
    FreshSignInNeeded,
    InvalidInput,
    NoConflict,
    NotFound,
    NotPermitted,
    NotYourRequest,
    SecondPersonNeeded,
    answering,
)
from clinic.charts.viewing import visible_transfer_reason
from clinic.portal_access.actions import approve_transfer, decline_transfer, request_transfer, withdraw_transfer
from clinic.portal_access.transfers import TransferView, transfer_with_asker, waiting_transfers
from clinic.values.paging import page_in_memory

_CURSORS = Cursors("transfers", (datetime, UUID))


@strawberry.type(description="The account that is asked for, and its link to whose it is now.")
class TransferReview:
    holder_id: strawberry.Private[UUID]
    account_email: str = strawberry.field(description="The address its person signs in with.")
    registered_at: datetime | None = strawberry.field(description="When the person chose a password.")
    last_signed_in_at: datetime | None = strawberry.field(description="When the person last signed in.")
    linked_at: datetime = strawberry.field(description="When it was linked to the holder.")
    linked_how: str = strawberry.field(description="INVITATION, STAFF, PIN or TRANSFER; may gain values.")

    @classmethod
    def from_view(cls, view: TransferView) -> "TransferReview | None":
        if view.account is None or view.link is None:
            return None
        return cls(
            holder_id=view.link.contact_id,
            account_email=view.account.email,
            registered_at=view.account.registered_at,
            last_signed_in_at=view.account.last_signed_in_at,
            linked_at=view.link.linked_at,
            linked_how=view.link.linked_how,
        )

    @field("Whose account it is now.")
    async def holder(self, info: Info) -> Contact:
        info.context.note_shown([self.holder_id])
        return await load_contact(info, self.holder_id)


@strawberry.type(description="A request that the account with a contact's address be given to this contact.")
class PortalTransfer:
    contact_id: strawberry.Private[UUID]
    given_reason: strawberry.Private[str]
    id: strawberry.ID = strawberry.field(description="Names it to approvePortalTransfer and declinePortalTransfer.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    asked_by: StaffMember = strawberry.field(description="Who asked; anybody else may decide.")
    decided_at: datetime | None = strawberry.field(description="When it was decided; null while it waits.")
    approved: bool | None = strawberry.field(description="What was decided; null while it waits.")
    withdrawn_at: datetime | None = strawberry.field(description="When the one who asked withdrew it, if so.")
    review: TransferReview | None = strawberry.field(
        description="What to judge by, for who may decide. Null for the one who asked, without WEB_PORTAL or "
        "MANAGE_CONTACTS, once it is decided, and where the account is linked to nobody any more."
    )

    @classmethod
    def from_view(cls, view: TransferView) -> "PortalTransfer":
        model = view.request
        return cls(
            contact_id=model.contact_id,
            given_reason=model.reason,
            id=strawberry.ID(encode_id("PortalTransfer", model.id)),
            asked_at=model.asked_at,
            asked_by=StaffMember.from_model(model.asked_by),
            decided_at=None if model.withdrawn_at else model.decided_at,
            approved=model.approved,
            withdrawn_at=model.withdrawn_at,
            review=TransferReview.from_view(view),
        )

    @field("Who is to get the account.")
    async def contact(self, info: Info) -> Contact:
        info.context.note_shown([self.contact_id])
        return await load_contact(info, self.contact_id)

    @field("Why; null without WEB_PORTAL.")
    def reason(self, info: Info) -> str | None:
        return visible_transfer_reason(info.context.viewer, self.given_reason)


@strawberry.input(description="Who is to get the account, and why.")
class RequestPortalTransferInput:
    contact_id: strawberry.ID = strawberry.field(description="A contact in EMAIL_CONFLICT.")
    reason: str = strawberry.field(description="How you know that the account is this person's.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Which transfer to approve.")
class ApprovePortalTransferInput:
    transfer_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="Which transfer to decline.")
class DeclinePortalTransferInput:
    transfer_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="Which transfer to withdraw.")
class WithdrawPortalTransferInput:
    transfer_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.type(description="The request waits for a second person.")
class RequestPortalTransferSuccess:
    transfer: PortalTransfer = strawberry.field(description="The request.")


@strawberry.type(description="The account is this contact's; its person confirms who they are at the next visit.")
class ApprovePortalTransferSuccess:
    transfer: PortalTransfer = strawberry.field(description="The request.")
    contact: Contact = strawberry.field(description="The contact, with its new status.")


@strawberry.type(description="The account stays where it is.")
class DeclinePortalTransferSuccess:
    transfer: PortalTransfer = strawberry.field(description="The request.")


@strawberry.type(description="Nobody decides about it any more; the account stays where it is.")
class WithdrawPortalTransferSuccess:
    transfer: PortalTransfer = strawberry.field(description="The request.")


RequestPortalTransferResult = Annotated[
    RequestPortalTransferSuccess | NotPermitted | NotFound | InvalidInput | NoConflict | SecondPersonNeeded,
    union("RequestPortalTransferResult", description="The request, or what stands in the way."),
]
ApprovePortalTransferResult = Annotated[
    ApprovePortalTransferSuccess
    | NotPermitted
    | NotFound
    | InvalidInput
    | SecondPersonNeeded
    | AlreadyDecided
    | NoConflict
    | ConflictChanged
    | FreshSignInNeeded,
    union("ApprovePortalTransferResult", description="The contact with its account, or what stands in the way."),
]
DeclinePortalTransferResult = Annotated[
    DeclinePortalTransferSuccess | NotPermitted | NotFound | SecondPersonNeeded | AlreadyDecided,
    union("DeclinePortalTransferResult", description="The decided request, or what stands in the way."),
]

WithdrawPortalTransferResult = Annotated[
    WithdrawPortalTransferSuccess | NotPermitted | NotFound | NotYourRequest | AlreadyDecided,
    union("WithdrawPortalTransferResult", description="The withdrawn request, or what stands in the way."),
]


@strawberry.type
class TransferQueries:
    @field("Transfers that wait for a second person, the oldest first.")
    async def portal_transfers(
        self,
        info: Info,
        contact_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those that ask for this contact.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PortalTransfer]:
        contact = None if contact_id is None else decode_id(contact_id, "Contact", argument="contactId")
        waiting = await waiting_transfers(info.context.staff, contact)
        page = page_in_memory(waiting, page_request(_CURSORS, first, after, last, before), _key)

        async def count() -> int:
            return len(waiting)

        nodes = [PortalTransfer.from_view(row) for row in page.rows]
        return connect(page, nodes, cursors=_CURSORS, sort_key=_key, count=count)


@strawberry.type
class TransferMutations:
    @mutation("Ask that the account with the contact's address be given to this contact; needs WEB_PORTAL.")
    @answering
    async def request_portal_transfer(
        self, info: Info, input: RequestPortalTransferInput
    ) -> RequestPortalTransferResult:
        transfer = await request_transfer(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            input.reason,
            info.context.services,
            request_key=request_key("requestPortalTransfer", input),
        )
        return RequestPortalTransferSuccess(transfer=await _shown(info, transfer.id))

    @mutation(
        "Give the account to the contact; needs WEB_PORTAL and MANAGE_CONTACTS, and somebody else than who asked. "
        "The other record's link ends, both records get new PINs."
    )
    @answering
    async def approve_portal_transfer(
        self, info: Info, input: ApprovePortalTransferInput
    ) -> ApprovePortalTransferResult:
        key = decode_id_or_none(input.transfer_id, "PortalTransfer")
        transfer = await approve_transfer(info.context.staff, key, info.context.services)
        contact = await load_contact(info, transfer.contact_id)
        return ApprovePortalTransferSuccess(transfer=await _shown(info, transfer.id), contact=contact)

    @mutation("Leave the account where it is; needs WEB_PORTAL and MANAGE_CONTACTS, and somebody else than who asked.")
    @answering
    async def decline_portal_transfer(
        self, info: Info, input: DeclinePortalTransferInput
    ) -> DeclinePortalTransferResult:
        key = decode_id_or_none(input.transfer_id, "PortalTransfer")
        transfer = await decline_transfer(info.context.staff, key, info.context.services)
        return DeclinePortalTransferSuccess(transfer=await _shown(info, transfer.id))

    @mutation("Take back what you asked for before anybody decides; needs WEB_PORTAL.")
    @answering
    async def withdraw_portal_transfer(
        self, info: Info, input: WithdrawPortalTransferInput
    ) -> WithdrawPortalTransferResult:
        key = decode_id_or_none(input.transfer_id, "PortalTransfer")
        transfer = await withdraw_transfer(info.context.staff, key, info.context.services)
        return WithdrawPortalTransferSuccess(transfer=await _shown(info, transfer.id))


async def _shown(info: Info, transfer_id: UUID) -> PortalTransfer:
    return PortalTransfer.from_view(await transfer_with_asker(info.context.staff, transfer_id))


def _key(row: TransferView) -> tuple[datetime, UUID]:
    return row.request.asked_at, row.request.id
