"""The people who work at the practice, and the tokens of the links that are mailed to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.values.callers import Permission
from clinic.values.tokens import TokenClosed

# In place of the hash of an active member who has never chosen a password. It is no hash, so no password fits it.
NO_PASSWORD = "!"  # noqa: S105 - no password


class StaffState(StrEnum):
    """Where a staff member stands: has not accepted the invitation yet, works, or may not sign in."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class StaffMember(TenantModel):
    """A person who signs in to the API. `permissions` are names separated by spaces; a new member has none.

    `password_hash` is empty until the person has accepted the invitation: by choosing a password, or at the practice's
    provider, where it is `NO_PASSWORD`.
    """

    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254)
    email_normal = fields.CharField(max_length=300)
    password_hash = fields.CharField(max_length=255)
    permissions = fields.CharField(max_length=200, default="")
    created_at: datetime = fields.DatetimeField()
    last_signed_in_at: datetime | None = fields.DatetimeField(null=True)
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    disabled_reason = fields.CharField(max_length=200, default="", db_default="")
    # From then on they are as good as disabled; a worker disables them soon after.
    access_ends_at: datetime | None = fields.DatetimeField(null=True)
    # A manager has reset the second factor: the person adds one at the next sign-in.
    must_add_factor = fields.BooleanField(default=False, db_default=False)
    # The password is so short that it does only together with a second factor.
    short_password = fields.BooleanField(default=False, db_default=False)
    # The password signs in even where the practice has turned passwords off. A practice has at most one such member.
    break_glass = fields.BooleanField(default=False, db_default=False)
    # A program, not a person: it signs in by its service account only, and never does sensitive acts.
    machine = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "staff_member"
        table_description = "staff_member"
        unique_together = (("organization", "email_normal"),)

    @property
    def granted(self) -> frozenset[Permission]:
        return permissions_from_text(self.permissions)

    def has_access(self, now: datetime) -> bool:
        """Whether they are not disabled and their last day is not over."""
        return self.disabled_at is None and (self.access_ends_at is None or self.access_ends_at > now)

    @property
    def has_password(self) -> bool:
        return self.password_hash not in ("", NO_PASSWORD)

    @property
    def state(self) -> StaffState:
        if self.disabled_at is not None:
            return StaffState.DISABLED
        return StaffState.ACTIVE if self.password_hash else StaffState.INVITED


class StaffTokenPurpose(StrEnum):
    """The purpose of a staff token. A token is valid for this purpose only."""

    WELCOME = "WELCOME"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a purpose, no password


class StaffToken(TenantModel):
    """The token of a link with which a staff member chooses a password. A member has one open per purpose.

    `email` is the letter's address. `token_hash` is null until the letter is sent.
    """

    staff_member: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    staff_member_id: UUID
    purpose = fields.CharEnumField(StaffTokenPurpose, description="StaffTokenPurpose", max_length=20)
    email = fields.CharField(max_length=254)
    token_hash = fields.CharField(max_length=64, unique=True, null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    closed_at: datetime | None = fields.DatetimeField(null=True)
    closed_why: TokenClosed | None = cast(
        Any, fields.CharEnumField(TokenClosed, description="TokenClosed", max_length=12, null=True)
    )

    class Meta:
        table = "staff_token"
        table_description = "staff_token"


# For each stored name that this release knows.
_BY_NAME = {permission.value: permission for permission in Permission}


def permissions_from_text(text: str) -> frozenset[Permission]:
    """The permissions in the stored form. Names that only a newer release knows are left out."""
    return frozenset(_BY_NAME[name] for name in text.split() if name in _BY_NAME)


def permissions_as_text(permissions: frozenset[Permission]) -> str:
    """The stored form: names in alphabetical order, separated by spaces."""
    return " ".join(sorted(permission.value for permission in permissions))
