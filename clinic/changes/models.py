"""The announcements, written with the changes they tell of and forgotten within the hour."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from clinic.changes.change import ChangeKind


class ChangeRow(Model):
    """One announcement. On PostgreSQL the database notifies listeners of each when it commits (0005_changes).

    On SQLite numbers are in the order of the commits; on PostgreSQL a later number may be visible first.
    """

    number = fields.BigIntField(primary_key=True)
    organization_id: UUID = fields.UUIDField()
    contact_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(ChangeKind, description="ChangeKind", max_length=20)
    at: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        table = "change"
        table_description = "change"
