"""The base of every row that belongs to one organization. No row refers to a row of another organization.

Tortoise has no composite foreign keys, so migrations add them by hand (`clinic.database.guards`): a composite foreign
key on PostgreSQL, triggers on SQLite. A test checks all models, and fails if a reference between two tables of tenants
has no guard.

Each model sets its `table_description`, and each enum field its `description`. Without them Tortoise would use the
docstring or the list of values; then each reworded docstring or new value would need a migration, which rebuilds the
table on SQLite.
"""

from typing import Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model, ModelMeta


class FastModelMeta(ModelMeta):
    """Makes a model class without reading its source code.

    Tortoise reads and parses the source of each model to find comments that begin with `#:`. We write none, and for all
    models together that took almost half of the time in which `vestibule bounce` starts.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {**attrs, "_no_comments": True})


class TenantModel(Model, metaclass=FastModelMeta):
    """A row that belongs to one organization."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    organization: fields.ForeignKeyRelation["Model"] = fields.ForeignKeyField(
        "clinic.Organization", related_name=False, on_delete=fields.RESTRICT
    )
    organization_id: UUID

    class Meta:
        abstract = True
