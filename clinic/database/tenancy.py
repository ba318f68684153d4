"""The base of every row that belongs to one organization. No row refers to a row of another organization.

Tortoise has no composite foreign keys, so migrations add them by hand (`clinic.database.guards`): a composite foreign
key on PostgreSQL, triggers on SQLite. A test checks all models, and fails if a reference between two tables of tenants
has no guard.

Each model sets its `table_description`, and each enum field its `description`. Without them Tortoise would use the
docstring or the list of values; then each reworded docstring or new value would need a migration, which rebuilds the
table on SQLite.
"""

from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model


class TenantModel(Model):
    """A row that belongs to one organization."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation["Model"] = fields.ForeignKeyField(
        "clinic.Organization", related_name=False, on_delete=fields.RESTRICT
    )
    organization_id: UUID

    class Meta:
        abstract = True
