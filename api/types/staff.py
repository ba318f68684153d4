"""Staff members as the schema shows them."""

import strawberry

from api.server.relay import Node, encode_id
from api.types import enums as enums
from clinic.staff import models
from clinic.values.callers import Permission


@strawberry.type(description="A person who works at the practice.")
class StaffMember(Node):
    name: str = strawberry.field(description="Their name.")
    email: str = strawberry.field(description="What they sign in with.")
    permissions: list[Permission] = strawberry.field(description="What they may do, in alphabetical order.")

    @classmethod
    def from_model(cls, model: models.StaffMember) -> "StaffMember":
        return cls(
            id=strawberry.ID(encode_id("StaffMember", model.id)),
            name=model.name,
            email=model.email,
            permissions=sorted(model.granted),
        )
