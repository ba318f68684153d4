"""Links, and the plain fields of accounts and of the icon's answer."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Cursors, Node, encode_id
from api.types import enums as enums
from api.types.factors import Factor
from clinic.charts.related import LinkRow
from clinic.portal_access import models
from clinic.portal_access.status import (
    AccountFacts,
    LetterState,
    PortalAction,
    PortalIcon,
    PortalState,
)

LINK_CURSORS = Cursors("links", (datetime, UUID))


@strawberry.type
class PortalAccountFields(Node):
    account_id: strawberry.Private[UUID]
    linked_contact_id: strawberry.Private[UUID | None]
    email: str = strawberry.field(description="The address the person signs in with.")
    registered_at: datetime | None = strawberry.field(description="When the person chose a password.")
    email_verified_at: datetime | None = strawberry.field(description="When the address was proven to be theirs.")
    last_signed_in_at: datetime | None = strawberry.field(description="When the person last signed in.")
    disabled_at: datetime | None = strawberry.field(description="Since when the account can't be used, if so.")

    @classmethod
    def from_facts(cls, facts: AccountFacts) -> Self:
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
    def from_model(cls, model: models.PortalAccount, linked_contact_id: UUID | None) -> Self:
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

    @field("The second factors, the oldest first; none unless the account is yours.")
    async def factors(self, info: Info) -> list[Factor]:
        return [Factor.from_view(view) for view in await info.context.loaders.factors.load(self.account_id)]


@strawberry.type
class PortalStatusFields:
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
    also_allowed: list[PortalAction] = strawberry.field(
        description="What else you may do now, in the order to show it; empty without WEB_PORTAL."
    )
    invitation_expires_at: datetime | None = strawberry.field(
        description="Until when the invitation can be used, or could; null unless invited."
    )
    address_on_other_record: bool = strawberry.field(
        description="Another record bears the address that an invitation would go to; say so before inviting."
    )


@strawberry.type(description="One link in a contact's history.")
class PortalLink(Node):
    email: str = strawberry.field(description="The account's address at the time.")
    linked_at: datetime = strawberry.field(description="When the link was made.")
    linked_how: str = strawberry.field(description="INVITATION, STAFF, PIN or TRANSFER; may gain values.")
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
