"""The base of every row that belongs to one organization, and the promise that no row points into another.

Tortoise has no composite foreign keys, so migrations add them by hand (`clinic.database.guards`): a composite foreign
key on PostgreSQL, triggers on SQLite. A test walks all models and fails when a reference between two tenant-owned
tables has no guard.

Each model names its `table_description`, and each enum field its `description`: left out, Tortoise would take the
docstring or the list of values, and a reworded docstring or a new value would ask for a migration, which on SQLite
rebuilds the table.
"""

from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model


class TenantModel(Model):
    """A row of one organization."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation["Model"] = fields.ForeignKeyField(
        "clinic.Organization", related_name=False, on_delete=fields.RESTRICT
    )
    organization_id: UUID

    class Meta:
        abstract = True
