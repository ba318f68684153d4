"""Staff members as the schema shows them."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Cursors, Node, encode_id
from api.types import enums as enums
from api.types.external_id import EXTERNAL_IDS, ExternalId, external_ids
from api.types.factors import Factor
from api.types.throttles import ClosedThrottle
from clinic.records.models import ExternalIdKind
from clinic.staff import models
from clinic.staff.models import StaffState
from clinic.staff.queries import has_to_add_factor, sees_their_account, visible_last_day
from clinic.values.callers import Permission

STAFF_CURSORS = Cursors("staff", (str, UUID))


@strawberry.type(description="A person who works at the practice.")
class StaffMember(Node):
    model: strawberry.Private[models.StaffMember]
    name: str = strawberry.field(description="Their name.")
    email: str = strawberry.field(description="What they sign in with.")
    permissions: list[Permission] = strawberry.field(description="What they may do, in alphabetical order.")
    state: StaffState = strawberry.field(description="Whether they are invited, active or disabled.")
    disabled_at: datetime | None = strawberry.field(description="Since when they are disabled.")

    @classmethod
    def from_model(cls, model: models.StaffMember) -> "StaffMember":
        return cls(
            id=strawberry.ID(encode_id("StaffMember", model.id)),
            model=model,
            name=model.name,
            email=model.email,
            permissions=sorted(model.granted),
            state=model.state,
            disabled_at=model.disabled_at,
        )

    @field(EXTERNAL_IDS)
    async def external_ids(self, info: Info) -> list[ExternalId]:
        return await external_ids(info, ExternalIdKind.STAFF_MEMBER, self.model.id)

    @field("Why they are disabled; null without MANAGE_STAFF.")
    async def disabled_reason(self, info: Info) -> str | None:
        shown = self.model.disabled_at and sees_their_account(info.context.caller, self.model.id)
        return self.model.disabled_reason if shown else None

    @field("The last day on which they may sign in; null for no end, and without MANAGE_STAFF, unless it is you.")
    async def last_day(self, info: Info) -> date | None:
        return visible_last_day(info.context.caller, self.model)

    @field("Whether their password works where passwords are turned off; null without MANAGE_STAFF, unless it is you.")
    async def break_glass(self, info: Info) -> bool | None:
        return self.model.break_glass if sees_their_account(info.context.caller, self.model.id) else None

    @field("When they signed in last; null without MANAGE_STAFF, unless it is you.")
    async def last_signed_in_at(self, info: Info) -> datetime | None:
        return self.model.last_signed_in_at if sees_their_account(info.context.caller, self.model.id) else None

    @field(
        "What guesses have closed for this member; liftStaffThrottle opens it again. Empty without MANAGE_STAFF, and "
        "where nobody is being tried."
    )
    async def closed_throttles(self, info: Info) -> list[ClosedThrottle]:
        return [ClosedThrottle.from_core(one) for one in await info.context.loaders.staff_throttles.load(self.model.id)]

    @field("Their second factors, the oldest first; none without MANAGE_STAFF, unless it is you.")
    async def factors(self, info: Info) -> list[Factor]:
        return [Factor.from_view(view) for view in await info.context.loaders.factors.load(self.model.id)]

    @field("Whether you have to add a second factor before anything else; null for others.")
    async def must_add_factor(self, info: Info) -> bool | None:
        return has_to_add_factor(info.context.caller, self.model.id)


async def colleague(info: Info, staff_member_id: UUID | None) -> StaffMember | None:
    """The staff member with whom a record has to do, if the caller sees staff members."""
    if staff_member_id is None:
        return None
    found = await info.context.loaders.colleague.load(staff_member_id)
    return StaffMember.from_model(found) if found else None
