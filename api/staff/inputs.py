"""What sign-in and staff mutations take."""

from datetime import date

import strawberry

from api.requests.inputs import IDEMPOTENCY
from api.types import enums as enums
from clinic.values.callers import Permission
from clinic.values.limits import LONGEST_REASON

_LAST_DAY = "The last day on which they may sign in, in the organization's time zone."
_TOKEN = "The last part of the link."  # noqa: S105 - words, no secret


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
    password: str | None = strawberry.field(
        default=None,
        description="A first password; without it the person gets a letter and chooses one that nobody else knows.",
        deprecation_reason="2026-11-28: leave it out, so that nobody else knows the password.",
    )
    last_day: date | None = strawberry.field(default=None, description=f"{_LAST_DAY} Null: no end.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="All that a staff member may do from now on.")
class SetStaffPermissionsInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    permissions: list[Permission] = strawberry.field(description="Everything they may do; the rest is taken away.")


@strawberry.input(description="Until when a staff member has access.")
class SetStaffLastDayInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    last_day: date | None = strawberry.field(description=f"{_LAST_DAY} Null takes it away.")


@strawberry.input(description="Who may not sign in any more.")
class DisableStaffMemberInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    reason: str = strawberry.field(description=f"Why; up to {LONGEST_REASON} characters, for the record.")


@strawberry.input(description="Who may sign in again.")
class EnableStaffMemberInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    reason: str = strawberry.field(default="", description=f"Why; up to {LONGEST_REASON} characters, for the record.")


@strawberry.input(description="Who gets another invitation.")
class ResendStaffInvitationInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Whose sessions end.")
class EndStaffSessionsInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Whose.")


@strawberry.input(description="For whom signing in opens again.")
class LiftStaffThrottleInput:
    staff_member_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(description="The invitation's link and the password you choose.")
class AcceptStaffInvitationInput:
    token: str = strawberry.field(description=_TOKEN)
    password: str = strawberry.field(description="The password you choose; nobody else knows it.")


@strawberry.input(description="Whose password is forgotten.")
class RequestStaffPasswordResetInput:
    organization: str = strawberry.field(description="The organization's slug.")
    email: str = strawberry.field(description="The address you sign in with.")


@strawberry.input(description="The letter's link and the password you choose.")
class ResetStaffPasswordInput:
    token: str = strawberry.field(description=_TOKEN)
    password: str = strawberry.field(description="The password you choose.")
