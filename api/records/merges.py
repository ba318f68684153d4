"""Two records of one person become one: one staff member asks, another decides."""

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
from api.types.record_errors import MergeBlocked
from api.types.staff import StaffMember
from api.types.user_errors import (
    AlreadyDecided,
    FreshSignInNeeded,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotYourRequest,
    SecondPersonNeeded,
    answering,
)
from clinic.charts.actions import approve_merge, decline_merge, request_merge, withdraw_merge
from clinic.charts.merge_requests import merge_with_asker, waiting_merges
from clinic.charts.viewing import visible_transfer_reason
from clinic.records import models
from clinic.values.paging import page_in_memory

_CURSORS = Cursors("merges", (datetime, UUID))


@strawberry.type(description="A request to merge one record into another.")
class ContactMerge:
    kept_id: strawberry.Private[UUID]
    duplicate_id: strawberry.Private[UUID]
    given_reason: strawberry.Private[str]
    id: strawberry.ID = strawberry.field(description="Names it to approveContactMerge and declineContactMerge.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    asked_by: StaffMember = strawberry.field(description="Who asked; anybody else may decide.")
    decided_at: datetime | None = strawberry.field(description="When it was decided; null while it waits.")
    approved: bool | None = strawberry.field(description="What was decided; null while it waits.")
    withdrawn_at: datetime | None = strawberry.field(description="When the one who asked withdrew it, if so.")

    @classmethod
    def from_model(cls, model: models.ContactMerge) -> "ContactMerge":
        return cls(
            kept_id=model.kept_id,
            duplicate_id=model.duplicate_id,
            given_reason=model.reason,
            id=strawberry.ID(encode_id("ContactMerge", model.id)),
            asked_at=model.asked_at,
            asked_by=StaffMember.from_model(model.asked_by),
            decided_at=None if model.withdrawn_at else model.decided_at,
            approved=model.approved,
            withdrawn_at=model.withdrawn_at,
        )

    @field("The record that stays.")
    async def kept(self, info: Info) -> Contact:
        info.context.note_shown([self.kept_id])
        return await load_contact(info, self.kept_id)

    @field("The record that is merged into the other and then leads there.")
    async def duplicate(self, info: Info) -> Contact:
        info.context.note_shown([self.duplicate_id])
        return await load_contact(info, self.duplicate_id)

    @field("Why; null without WEB_PORTAL.")
    def reason(self, info: Info) -> str | None:
        return visible_transfer_reason(info.context.viewer, self.given_reason)


@strawberry.input(description="Which two records are one person's, and how you know.")
class RequestContactMergeInput:
    kept_id: strawberry.ID = strawberry.field(description="The record that stays.")
    duplicate_id: strawberry.ID = strawberry.field(description="The record that is merged into it.")
    reason: str = strawberry.field(description="How you know that both are the same person.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Which merge to approve.")
class ApproveContactMergeInput:
    merge_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="Which merge to decline.")
class DeclineContactMergeInput:
    merge_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="Which merge to withdraw.")
class WithdrawContactMergeInput:
    merge_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.type(description="The request waits for a second person.")
class RequestContactMergeSuccess:
    merge: ContactMerge = strawberry.field(description="The request.")


@strawberry.type(description="The two records are one.")
class ApproveContactMergeSuccess:
    merge: ContactMerge = strawberry.field(description="The request.")
    contact: Contact = strawberry.field(description="The record that stays, with all that was on both.")


@strawberry.type(description="Both records stay as they are.")
class DeclineContactMergeSuccess:
    merge: ContactMerge = strawberry.field(description="The request.")


@strawberry.type(description="Nobody decides about it any more; both records stay as they are.")
class WithdrawContactMergeSuccess:
    merge: ContactMerge = strawberry.field(description="The request.")


RequestContactMergeResult = Annotated[
    RequestContactMergeSuccess | NotPermitted | NotFound | InvalidInput | MergeBlocked | SecondPersonNeeded,
    union("RequestContactMergeResult", description="The request, or what stands in the way."),
]
ApproveContactMergeResult = Annotated[
    ApproveContactMergeSuccess
    | NotPermitted
    | NotFound
    | MergeBlocked
    | SecondPersonNeeded
    | AlreadyDecided
    | FreshSignInNeeded,
    union("ApproveContactMergeResult", description="The record with all that was on both, or what stands in the way."),
]
DeclineContactMergeResult = Annotated[
    DeclineContactMergeSuccess | NotPermitted | NotFound | SecondPersonNeeded | AlreadyDecided,
    union("DeclineContactMergeResult", description="The decided request, or what stands in the way."),
]
WithdrawContactMergeResult = Annotated[
    WithdrawContactMergeSuccess | NotPermitted | NotFound | NotYourRequest | AlreadyDecided,
    union("WithdrawContactMergeResult", description="The withdrawn request, or what stands in the way."),
]


@strawberry.type
class MergeQueries:
    @field("Merges that wait for a second person, the oldest first.")
    async def contact_merges(
        self,
        info: Info,
        contact_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those with this record.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ContactMerge]:
        contact = None if contact_id is None else decode_id(contact_id, "Contact", argument="contactId")
        waiting = await waiting_merges(info.context.staff, contact)
        page = page_in_memory(waiting, page_request(_CURSORS, first, after, last, before), _key)

        async def count() -> int:
            return len(waiting)

        nodes = [ContactMerge.from_model(row) for row in page.rows]
        return connect(page, nodes, cursors=_CURSORS, sort_key=_key, count=count)


@strawberry.type
class MergeMutations:
    @mutation("Ask that two records of one person become one; needs MANAGE_CONTACTS and WEB_PORTAL.")
    @answering
    async def request_contact_merge(self, info: Info, input: RequestContactMergeInput) -> RequestContactMergeResult:
        merge = await request_merge(
            info.context.staff,
            decode_id_or_none(input.kept_id, "Contact"),
            decode_id_or_none(input.duplicate_id, "Contact"),
            input.reason,
            info.context.services,
            request_key=request_key("requestContactMerge", input),
        )
        return RequestContactMergeSuccess(merge=await _shown(merge.id))

    @mutation(
        "Merge the two records; needs MANAGE_CONTACTS and WEB_PORTAL, and somebody else than who asked. All that hangs "
        "on the duplicate moves; the duplicate is archived and leads to the other. It can't be undone."
    )
    @answering
    async def approve_contact_merge(self, info: Info, input: ApproveContactMergeInput) -> ApproveContactMergeResult:
        key = decode_id_or_none(input.merge_id, "ContactMerge")
        merge = await approve_merge(info.context.staff, key, info.context.services)
        contact = await load_contact(info, merge.kept_id)
        return ApproveContactMergeSuccess(merge=await _shown(merge.id), contact=contact)

    @mutation("Leave both records as they are; needs MANAGE_CONTACTS and WEB_PORTAL, and somebody else than who asked.")
    @answering
    async def decline_contact_merge(self, info: Info, input: DeclineContactMergeInput) -> DeclineContactMergeResult:
        key = decode_id_or_none(input.merge_id, "ContactMerge")
        merge = await decline_merge(info.context.staff, key, info.context.services)
        return DeclineContactMergeSuccess(merge=await _shown(merge.id))

    @mutation("Take back what you asked for before anybody decides; needs MANAGE_CONTACTS and WEB_PORTAL.")
    @answering
    async def withdraw_contact_merge(self, info: Info, input: WithdrawContactMergeInput) -> WithdrawContactMergeResult:
        key = decode_id_or_none(input.merge_id, "ContactMerge")
        merge = await withdraw_merge(info.context.staff, key, info.context.services)
        return WithdrawContactMergeSuccess(merge=await _shown(merge.id))


async def _shown(merge_id: UUID) -> ContactMerge:
    return ContactMerge.from_model(await merge_with_asker(merge_id))


def _key(row: models.ContactMerge) -> tuple[datetime, UUID]:
    return row.asked_at, row.id
