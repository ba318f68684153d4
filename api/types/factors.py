"""Second factors as the schema shows them."""

from datetime import datetime

import strawberry

from api.server.relay import encode_id
from clinic.factors.queries import FactorView
from clinic.values.factors import FactorKind


@strawberry.type(description="A passkey, or codes from an app, that is asked for after the password.")
class Factor:
    id: strawberry.ID = strawberry.field(description="Names it to removeFactor.")
    kind: FactorKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="What its person called a passkey; empty for codes.")
    may_stand_alone: bool = strawberry.field(description="Whether a passkey may sign in without a password.")
    created_at: datetime = strawberry.field(description="When it was added.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, if it was.")

    @classmethod
    def from_view(cls, view: FactorView) -> "Factor":
        return cls(
            id=strawberry.ID(encode_id("Factor", view.id)),
            kind=view.kind,
            name=view.name,
            may_stand_alone=view.may_stand_alone,
            created_at=view.created_at,
            last_used_at=view.last_used_at,
        )


@strawberry.type(description="A QR code for drawing as an SVG, with its margin.")
class QrCode:
    size: int = strawberry.field(description="Its width and height, for the viewBox.")
    path: str = strawberry.field(description="The path that fills the dark modules.")
