"""Counters of attempts."""

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from clinic.database.tenancy import FastModelMeta


class AttemptWindow(Model, metaclass=FastModelMeta):
    """The number of attempts within a time window. `key` is a digest, so that the row identifies no person."""

    key = fields.CharField(max_length=64, primary_key=True)
    attempts = fields.IntField()
    ends_at: datetime = fields.DatetimeField()

    class Meta:
        table = "attempt_window"
        table_description = "attempt_window"
        indexes = (("ends_at",),)
