"""Accounts of a practice's programs, as the schema shows them."""

from datetime import datetime

import strawberry

from api.server.relay import encode_id
from api.types import enums as enums
from clinic.service_accounts.access import Account
from clinic.values.callers import Permission


@strawberry.type(description="A program of the practice that signs in by itself. Its secret is never shown again.")
class ServiceAccount:
    id: strawberry.ID = strawberry.field(description="For the mutations on it.")
    client_id: str = strawberry.field(description="What the program calls itself at /oauth/token.")
    name: str = strawberry.field(description="What lists call it.")
    permissions: list[Permission] = strawberry.field(description="What it may do, sorted.")
    may_act_for_staff: bool = strawberry.field(description="Whether it may get a token for a staff member.")
    jwks: str | None = strawberry.field(description="The public keys that it signs with, as a JWK Set; null if none.")
    jwks_url: str | None = strawberry.field(description="Where its public keys are read; null if nowhere.")
    created_at: datetime = strawberry.field(description="When it was added.")
    last_signed_in_at: datetime | None = strawberry.field(description="When it last got a token of its own.")
    old_secret_ends_at: datetime | None = strawberry.field(
        description="Until when the previous secret works too, after a new one was given out."
    )
    disabled_at: datetime | None = strawberry.field(description="Since when it is disabled.")

    @classmethod
    def from_account(cls, account: Account) -> "ServiceAccount":
        row, member = account.row, account.member
        return cls(
            id=strawberry.ID(encode_id("ServiceAccount", row.id)),
            client_id=row.client_id,
            name=member.name,
            permissions=sorted(member.granted),
            may_act_for_staff=row.may_act_for_staff,
            jwks=row.jwks or None,
            jwks_url=row.jwks_url or None,
            created_at=row.created_at,
            last_signed_in_at=member.last_signed_in_at,
            old_secret_ends_at=row.previous_ends_at,
            disabled_at=member.disabled_at,
        )
