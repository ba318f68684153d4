"""The provider at which a practice's staff sign in, whom it knows, and sign-ins that come back from it."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.staff.models import StaffMember


class IdentityProvider(TenantModel):
    """The OpenID Connect provider of an organization, which has at most one.

    `verified_domains` are the domains, with spaces between, whose addresses the organization says are verified at this
    provider. The row is replaced where issuer or client change: a subject means something to one client only.
    """

    issuer = fields.CharField(max_length=300)
    client_id = fields.CharField(max_length=300)
    client_secret_encrypted = fields.TextField()
    verified_domains = fields.TextField(default="")
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "identity_provider"
        table_description = "identity_provider"
        unique_together = (("organization",),)

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(self.verified_domains.split())


class StaffIdentity(TenantModel):
    """Whom the provider's subject is here: at a provider a subject is one member, and a member is one subject."""

    provider: fields.ForeignKeyRelation[IdentityProvider] = fields.ForeignKeyField(
        "clinic.IdentityProvider", related_name=False, on_delete=fields.CASCADE
    )
    provider_id: UUID
    staff_member: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "clinic.StaffMember", related_name=False, on_delete=fields.CASCADE
    )
    staff_member_id: UUID
    subject = fields.CharField(max_length=255)
    created_at: datetime = fields.DatetimeField()
    last_signed_in_at: datetime = fields.DatetimeField()

    class Meta:
        table = "staff_identity"
        table_description = "staff_identity"
        unique_together = (("provider", "subject"), ("provider", "staff_member"))


class ProviderSignIn(TenantModel):
    """Somebody who came back from the provider. The screen that sent them there opens their session with the token.

    `challenge` is the SHA-256 of what only that screen knows. `email_normal` is empty unless the address counts as
    verified. `proven_at` is when the person proved themselves at the provider. `nonce_hash` is unique, so that no id
    token counts twice.
    """

    provider: fields.ForeignKeyRelation[IdentityProvider] = fields.ForeignKeyField(
        "clinic.IdentityProvider", related_name=False, on_delete=fields.CASCADE
    )
    provider_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    nonce_hash = fields.CharField(max_length=64, unique=True)
    challenge = fields.CharField(max_length=64)
    subject = fields.CharField(max_length=255)
    email_normal = fields.CharField(max_length=300, default="")
    proven_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField(db_index=True)
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "provider_sign_in"
        table_description = "provider_sign_in"
