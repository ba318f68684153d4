"""Second factors of staff members and portal accounts, their recovery codes, and the challenges of single steps."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember


class PersonColumns(TenantModel):
    """Whose row it is: exactly one of the two is set."""

    staff_member: fields.ForeignKeyNullableRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.CASCADE, null=True
    )
    staff_member_id: UUID | None
    account: fields.ForeignKeyNullableRelation[PortalAccount] = fields.ForeignKeyField(
        "clinic.PortalAccount", related_name=False, on_delete=fields.CASCADE, null=True
    )
    account_id: UUID | None
    created_at: datetime = fields.DatetimeField()

    class Meta:
        abstract = True


class Passkey(PersonColumns):
    """A passkey (WebAuthn credential). `may_stand_alone`: whether the person allowed it to sign in without a password.

    `credential_id` is base64url.
    """

    credential_id = fields.CharField(max_length=1400, unique=True)
    public_key: bytes = fields.BinaryField()
    sign_count: int = fields.BigIntField()
    name = fields.CharField(max_length=60)
    may_stand_alone = fields.BooleanField(default=False)
    last_used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "passkey"
        table_description = "passkey"
        indexes = (("staff_member_id",), ("account_id",))


class Totp(PersonColumns):
    """The secret of one-time codes, encrypted with the deployment's key. A person has at most one.

    `last_step` is the newest 30-second step whose code was used: neither that code nor an older one works again.
    """

    secret_encrypted = fields.TextField()
    last_step: int = fields.BigIntField()
    last_used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "totp"
        table_description = "totp"
        unique_together = (("staff_member",), ("account",))


class RecoveryCode(PersonColumns):
    """A code that stands in for a second factor once. Only its keyed digest is stored.

    `expires_at` is set for the code that a manager of staff hands over after a reset.
    """

    code_hash = fields.CharField(max_length=64, unique=True)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"
        table_description = "recovery_code"
        indexes = (("staff_member_id",), ("account_id",))


class ChallengePurpose(StrEnum):
    """What a challenge is for. It works for nothing else."""

    SIGN_IN = "SIGN_IN"
    REAUTHENTICATE = "REAUTHENTICATE"
    ADD_PASSKEY = "ADD_PASSKEY"
    ADD_TOTP = "ADD_TOTP"


class FactorChallenge(PersonColumns):
    """One step that a person has begun and may finish once, within minutes.

    `nonce` is what an authenticator signs, in base64url. `session_id` is the session that began it; a sign-in has
    none. `password_digest` binds a sign-in to the password that was right. `secret_encrypted` is the secret of codes
    that are being added. `session_kind` is that of the session which a sign-in will open.
    """

    purpose = fields.CharEnumField(ChallengePurpose, description="ChallengePurpose", max_length=20)
    token_hash = fields.CharField(max_length=64, unique=True)
    nonce = fields.CharField(max_length=64)
    session_id: UUID | None = fields.UUIDField(null=True)
    password_digest = fields.CharField(max_length=64, default="")
    secret_encrypted = fields.TextField(default="")
    session_kind = fields.CharField(max_length=10, default="")
    expires_at: datetime = fields.DatetimeField(db_index=True)
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "factor_challenge"
        table_description = "factor_challenge"
