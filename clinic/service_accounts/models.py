"""Programs of a practice that sign in by themselves."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.staff.models import StaffMember


class ServiceAccount(TenantModel):
    """A program's account. Name, permissions and whether it is disabled are those of its staff member.

    That member is a `machine`: nobody signs in as it, and no list of staff shows it
    (docs/decisions/0057-a-machine-has-a-staff-member.md). The program proves itself either by a secret or by signing
    with a key of `jwks` (a JWK Set as JSON) or of the set at `jwks_url`. Only hashes of secrets are stored; until
    `previous_ends_at` the previous secret works too.
    """

    staff_member: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.RESTRICT
    )
    staff_member_id: UUID
    # Whether it may get a token for a staff member (decision 0058).
    may_act_for_staff = fields.BooleanField(default=False, db_default=False)
    secret_hash = fields.CharField(max_length=64, default="")
    previous_secret_hash = fields.CharField(max_length=64, default="")
    previous_ends_at: datetime | None = fields.DatetimeField(null=True)
    jwks = fields.TextField(default="")
    jwks_url = fields.CharField(max_length=500, default="")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "service_account"
        table_description = "service_account"
        unique_together = (("organization", "staff_member"),)

    @property
    def client_id(self) -> str:
        """What the program calls itself at `/oauth/token`."""
        return f"sa_{self.id.hex}"

    @property
    def has_keys(self) -> bool:
        return bool(self.jwks or self.jwks_url)


class UsedAssertion(TenantModel):
    """An assertion that a program has used: it can't be used again. `digest` is of the account's id and its `jti`.

    It is forgotten after the assertion has ended, for any clock that we take.
    """

    service_account: fields.ForeignKeyRelation[ServiceAccount] = fields.ForeignKeyField(
        "clinic.ServiceAccount", related_name=False, on_delete=fields.CASCADE
    )
    service_account_id: UUID
    digest = fields.CharField(max_length=64, unique=True)
    forgotten_after: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        table = "used_assertion"
        table_description = "used_assertion"
