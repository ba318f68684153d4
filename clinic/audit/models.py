"""The audit chain's rows. The database refuses to change or delete an event."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from clinic.tenancy import TenantModel


class AuditEvent(TenantModel):
    """Who did what to which record, when, from where and why. `hash` covers every column and the previous hash."""

    sequence = fields.BigIntField()
    at: datetime = fields.DatetimeField()
    action = fields.CharField(max_length=80)
    actor_kind = fields.CharField(max_length=12)
    actor_id: UUID | None = fields.UUIDField(null=True)
    actor_name = fields.CharField(max_length=80, default="")
    subject_kind = fields.CharField(max_length=40)
    subject_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=300, default="")
    details = fields.TextField(default="{}")
    address = fields.CharField(max_length=64, default="")
    agent = fields.CharField(max_length=300, default="")
    request_id = fields.CharField(max_length=64, default="")
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_event"
        table_description = "audit_event"
        unique_together = (("organization", "sequence"),)
        indexes = (("organization_id", "subject_id", "sequence"),)


class AuditHead(Model):
    """The end of one organization's chain; updating it is the lock that keeps the chain a line."""

    organization_id: UUID = fields.UUIDField(primary_key=True)
    sequence = fields.BigIntField(default=0)
    hash = fields.CharField(max_length=64, default="")

    class Meta:
        table = "audit_head"
        table_description = "audit_head"
