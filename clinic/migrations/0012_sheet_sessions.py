"""A printed sheet's address belongs to the session that made it. Addresses of earlier releases end with the upgrade."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0011_macs")]

    initial = False

    operations = [
        ops.AddField(model_name="PrintedSheet", name="session_id", field=fields.UUIDField(null=True, unique=False)),
    ]
