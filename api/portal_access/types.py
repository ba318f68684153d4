"""The icon, accounts and links as the schema shows them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api import enums as enums
from api.context import Info
from api.requests.paging import After, Before, First, Last
from api.server.fields import field
from api.server.relay import Connection, Cursors, Node, decode_id, encode_id
from clinic.charts.related import LinkRow
from clinic.portal_access import models
from clinic.portal_access import status as core
from clinic.portal_access.queries import account_with_contact
from clinic.portal_access.status import (
    AccountFacts,
    ConflictRemedy,
    LetterState,
    PortalAction,
    PortalIcon,
    PortalState,
)

if TYPE_CHECKING:
    from api.documents.types import Document
    from api.records.types import Contact

OfContact = Annotated[strawberry.ID | None, strawberry.argument(description="Only this person's documents.")]

LINK_CURSORS = Cursors("links", (datetime, UUID))


@strawberry.type(description="A sign-in at this organization's portal.")
class PortalAccount(Node):
    account_id: strawberry.Private[UUID]
    linked_contact_id: strawberry.Private[UUID | None]
    email: str = strawberry.field(description="The address the person signs in with.")
    registered_at: datetime | None = strawberry.field(description="When the person chose a password.")
    email_verified_at: datetime | None = strawberry.field(description="When the address was proven to be theirs.")
    last_signed_in_at: datetime | None = strawberry.field(description="When the person last signed in.")
    disabled_at: datetime | None = strawberry.field(description="Since when the account can't be used, if so.")

    @classmethod
    def from_facts(cls, facts: AccountFacts) -> "PortalAccount":
        return cls(
            id=strawberry.ID(encode_id("PortalAccount", facts.id)),
            account_id=facts.id,
            linked_contact_id=facts.linked_contact_id,
            email=facts.email,
            registered_at=facts.registered_at,
            email_verified_at=facts.email_verified_at,
            last_signed_in_at=facts.last_signed_in_at,
            disabled_at=facts.disabled_at,
        )

    @classmethod
    def from_model(cls, model: models.PortalAccount, linked_contact_id: UUID | None) -> "PortalAccount":
        return cls(
            id=strawberry.ID(encode_id("PortalAccount", model.id)),
            account_id=model.id,
            linked_contact_id=linked_contact_id,
            email=model.email,
            registered_at=model.registered_at,
            email_verified_at=model.email_verified_at,
            last_signed_in_at=model.last_signed_in_at,
            disabled_at=model.disabled_at,
        )

    @field("The record it is linked to, if any and if you may see it.")
    async def contact(self, info: Info) -> Annotated["Contact", strawberry.lazy("api.records.types")] | None:
        from api.records.types import Contact

        if self.linked_contact_id is None:
            return None
        row = await info.context.loaders.contact.load(self.linked_contact_id)
        return Contact.from_row(row) if row else None

    @field(
        "What this account's person may see, their own and as a relative: what they are asked to sign first, then the "
        "newest."
    )
    async def documents(
        self,
        info: Info,
        contact_id: OfContact = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Document", strawberry.lazy("api.documents.types")]]:
        from api.documents.lists import documents_of_account

        whose = None if contact_id is None else decode_id(contact_id, "Contact", argument="contactId")
        return await documents_of_account(info, self.account_id, whose, first, after, last, before)


@strawberry.type(description="The icon's whole answer for one contact.")
class PortalStatus:
    state: PortalState = strawberry.field(description="The state; everything else follows from it.")
    icon: PortalIcon = strawberry.field(description="Shape and colour.")
    summary: str = strawberry.field(
        description="The tooltip: a few plain sentences, in English or Spanish as Accept-Language asks."
    )
    action: PortalAction | None = strawberry.field(description="What one click does; null: nothing.")
    blocked_reason: str | None = strawberry.field(
        description="Why there is no action, and what would unblock it, in the language of the summary; null where "
        "there is one."
    )
    letter: LetterState = strawberry.field(description="How far the latest invitation's letter got.")
    account: PortalAccount | None = strawberry.field(
        description="The account the state speaks of; null for a conflict unless you may see the other record."
    )
    also_allowed: list[PortalAction] = strawberry.field(
        description="What else you may do now, in the order to show it; empty without WEB_PORTAL."
    )
    invitation_expires_at: datetime | None = strawberry.field(
        description="Until when the invitation can be used, or could; null unless invited."
    )
    remedies: list[ConflictRemedy] = strawberry.field(description="The ways out of a conflict; empty without one.")
    address_on_other_record: bool = strawberry.field(
        description="Another record bears the address that an invitation would go to; say so before inviting."
    )

    @classmethod
    def from_core(cls, status: core.PortalStatus) -> "PortalStatus":
        return cls(
            state=status.state,
            icon=status.icon,
            summary=status.summary,
            action=status.action,
            blocked_reason=status.blocked_reason,
            letter=status.letter,
            account=PortalAccount.from_facts(status.account) if status.account else None,
            also_allowed=list(status.also_allowed),
            invitation_expires_at=status.invitation_expires_at,
            remedies=list(status.remedies),
            address_on_other_record=status.address_on_other_record,
        )


@strawberry.type(description="One link in a contact's history.")
class PortalLink(Node):
    email: str = strawberry.field(description="The account's address at the time.")
    linked_at: datetime = strawberry.field(description="When the link was made.")
    linked_how: str = strawberry.field(description="INVITATION, STAFF or PIN; may gain values.")
    unlinked_at: datetime | None = strawberry.field(description="When it ended; null while it lives.")
    unlink_reason: str | None = strawberry.field(description="Why it ended.")

    @classmethod
    def from_row(cls, row: LinkRow) -> "PortalLink":
        return cls(
            id=strawberry.ID(encode_id("PortalLink", row.id)),
            email=row.email,
            linked_at=row.linked_at,
            linked_how=row.linked_how,
            unlinked_at=row.unlinked_at,
            unlink_reason=row.unlink_reason or None,
        )


async def portal_account(info: Info, account_id: UUID) -> PortalAccount | None:
    """The account, if it belongs to the caller's organization."""
    found = await account_with_contact(info.context.person.organization_id, account_id)
    return PortalAccount.from_model(*found) if found else None


async def own_portal_account(info: Info) -> PortalAccount:
    """The account of the patient who asks."""
    account_id = info.context.patient.account_id
    found = await portal_account(info, account_id)
    if found is None:  # whoever is signed in has an account
        raise LookupError(account_id)
    return found
