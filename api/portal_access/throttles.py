"""Opens again what guesses have closed for a contact's person."""

from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.server.fields import mutation
from api.types.graph import Contact, load_contact
from api.types.user_errors import NotFound, NotPermitted, TooManyAttempts, answering
from clinic.portal_access.actions import lift_portal_throttle


@strawberry.input(description="For whom the ways open again.")
class LiftPortalThrottleInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")


@strawberry.type(description="Guesses so far count no more; every way is open.")
class LiftPortalThrottleSuccess:
    contact: Contact = strawberry.field(description="The contact, with `closedThrottles` as they are now.")


LiftPortalThrottleResult = Annotated[
    LiftPortalThrottleSuccess | NotPermitted | NotFound | TooManyAttempts,
    union("LiftPortalThrottleResult", description="The contact, or what stands in the way."),
]


@strawberry.type
class PortalThrottleMutations:
    @mutation(
        "Open again what guesses have closed for a contact's person; needs WEB_PORTAL. At most three times a day for "
        "each contact."
    )
    @answering
    async def lift_portal_throttle(self, info: Info, input: LiftPortalThrottleInput) -> LiftPortalThrottleResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        await lift_portal_throttle(info.context.staff, key, info.context.services)
        # Without a key the action has refused.
        return LiftPortalThrottleSuccess(contact=await load_contact(info, cast(UUID, key)))
