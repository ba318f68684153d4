"""Rows that keep repeated requests from doing harm: counted attempts, and keys of requests already done."""

from datetime import datetime
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model


class AttemptWindow(Model):
    """How often something was tried within a window. `key` is a digest: it tells nobody who."""

    key = fields.CharField(max_length=64, primary_key=True)
    attempts = fields.IntField()
    ends_at: datetime = fields.DatetimeField()

    class Meta:
        table = "attempt_window"
        table_description = "attempt_window"
        indexes = (("ends_at",),)


class RequestOnce(Model):
    """A request that carried an idempotency key, and the record it made."""

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
