"""The mark of a restored copy, which sends nothing until an operator lets it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0020_transfers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="HeldCopy",
            fields=[
                ("id", fields.SmallIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("backup_made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("restored_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("resumed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("gave_up", fields.BooleanField(default=False)),
            ],
            options={"table": "held_copy", "app": "clinic", "pk_attr": "id", "table_description": "held_copy"},
            bases=["Model"],
        ),
    ]
