"""The origins of other systems' pages that may ask the API for a practice."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0035_merge")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organization", name="allowed_origins", field=fields.TextField(default="", db_default="")
        ),
    ]
