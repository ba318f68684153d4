"""Files of erased records, which the worker deletes from the file store."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0016_versions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ErasedFile",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sha256", fields.CharField(max_length=64)),
                ("erased_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "erased_file",
                "app": "clinic",
                "unique_together": (("organization", "sha256"),),
                "pk_attr": "id",
                "table_description": "erased_file",
            },
            bases=["TenantModel"],
        ),
    ]
