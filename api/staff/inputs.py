"""What sign-in and staff mutations take."""

import strawberry

from api.requests.inputs import IDEMPOTENCY
from api.types import enums as enums
from clinic.values.callers import Permission


@strawberry.input(description="A staff member's sign-in.")
class SignInStaffInput:
    organization: str = strawberry.field(description="The organization's slug.")
    email: str = strawberry.field(description="The address you sign in with.")
    password: str = strawberry.field(description="Your password.")


@strawberry.input(description="A patient's sign-in.")
class SignInPatientInput:
    organization: str = strawberry.field(description="The organization's slug.")
    email: str = strawberry.field(description="The address of your portal account.")
    password: str = strawberry.field(description="Your portal password.")


@strawberry.input(description="The other half of a session.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="The newest refresh token; it works once.")


@strawberry.input(description="A person who is to sign in as staff; no permission comes with it.")
class CreateStaffMemberInput:
    name: str = strawberry.field(description="Their name.")
    email: str = strawberry.field(description="What they sign in with.")
    password: str = strawberry.field(description="Their first password, of 15 characters at least.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="All that a staff member may do from now on.")
class SetStaffPermissionsInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    permissions: list[Permission] = strawberry.field(description="Everything they may do; the rest is taken away.")
