"""The errors of records that another system sends."""

from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.types.graph import Contact
from api.types.user_errors import UserError


@strawberry.type(description="A contact with the same name, date of birth and address is on record already.")
class PossibleTwin(UserError):
    record_id: strawberry.Private[UUID]

    @field("The contact that is there; null if you may not see it.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.loaders.contact.load(self.record_id)
        return Contact.from_row(row) if row else None


@strawberry.type(description="The change would take away the address with which the person registered at the portal.")
class RegisteredAddress(UserError):
    pass
