"""Rows that actions write beside their own: audit events, announced changes, and what was already done or answered.

The database refuses to change or delete an audit event.
"""

from datetime import datetime
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from clinic.database.tenancy import FastModelMeta, TenantModel
from clinic.values.change import ChangeKind


class AuditEvent(TenantModel):
    """Who did what to which record, when, from where and why.

    `hash` covers all columns before it, and the previous hash among them. `mac` proves that the program wrote the hash.
    It is empty in an event that is older than MACs; for those there is an `AuditVoucher`.
    """

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
    mac = fields.CharField(max_length=100, default="", db_default="")

    class Meta:
        table = "audit_event"
        table_description = "audit_event"
        unique_together = (("organization", "sequence"),)
        indexes = (("organization_id", "subject_id", "sequence"),)


class AuditHead(Model, metaclass=FastModelMeta):
    """The end of one organization's chain. Updating the row locks the chain, so that it never branches.

    `mac` proves that the program wrote this number and hash. It stays empty after somebody else changed the row.
    """

    organization_id: UUID = fields.UUIDField(primary_key=True)
    sequence = fields.BigIntField(default=0)
    hash = fields.CharField(max_length=64, default="")
    mac = fields.CharField(max_length=100, default="", db_default="")

    class Meta:
        table = "audit_head"
        table_description = "audit_head"


class AuditVoucher(Model, metaclass=FastModelMeta):
    """States that the program found one organization's chain unbroken when MACs were introduced, at `vouched_at`.

    It stands for the MACs of the events up to `sequence`, whose hash is `hash`. There is at most one, ever.
    """

    organization_id: UUID = fields.UUIDField(primary_key=True)
    sequence = fields.BigIntField()
    hash = fields.CharField(max_length=64)
    vouched_at: datetime = fields.DatetimeField()
    mac = fields.CharField(max_length=100)

    class Meta:
        table = "audit_voucher"
        table_description = "audit_voucher"


class ChangeRow(Model, metaclass=FastModelMeta):
    """One announced change. PostgreSQL notifies listeners of it at the commit (migration 0005_changes).

    On SQLite the numbers are in the order of the commits. On PostgreSQL a higher number may become visible first.
    """

    number = fields.BigIntField(primary_key=True)
    organization_id: UUID = fields.UUIDField()
    contact_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(ChangeKind, description="ChangeKind", max_length=20)
    at: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        table = "change"
        table_description = "change"


class RequestOnce(Model, metaclass=FastModelMeta):
    """A request with an idempotency key, and the id of the record that it made."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization_id: UUID = fields.UUIDField()
    caller = fields.CharField(max_length=60)
    mutation = fields.CharField(max_length=60)
    key = fields.CharField(max_length=100)
    body_hash = fields.CharField(max_length=64)
    result_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "request_once"
        table_description = "request_once"
        unique_together = (("caller", "mutation", "key"),)
        indexes = (("created_at",),)


class AnsweredForm(Model, metaclass=FastModelMeta):
    """A form that was sent, and for a short time what was answered.

    `key` is a keyed digest of the form, its content and the secret of the browser that sent it. `answer` is encrypted,
    and empty until the request has succeeded.
    """

    key = fields.CharField(max_length=64, primary_key=True)
    claimed_at: datetime = fields.DatetimeField()
    answer = fields.TextField(default="")

    class Meta:
        table = "answered_form"
        table_description = "answered_form"
        indexes = (("claimed_at",),)


class HeldCopy(Model, metaclass=FastModelMeta):
    """States that this database was restored from a backup made at `backup_made_at`. There is one row at most: id 1.

    Until `resumed_at` is set, nothing is sent. `gave_up`: what was due when the backup was made is not sent later.
    """

    id = fields.SmallIntField(primary_key=True, generated=False)
    backup_made_at: datetime = fields.DatetimeField()
    restored_at: datetime = fields.DatetimeField()
    resumed_at: datetime | None = fields.DatetimeField(null=True)
    gave_up = fields.BooleanField(default=False)

    class Meta:
        table = "held_copy"
        table_description = "held_copy"
