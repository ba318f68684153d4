"""The word with which the system that an appointment comes from says how it stands. Existing rows have none."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0041_retention")]

    initial = False

    operations = [
        ops.AddField(model_name="Appointment", name="source_status", field=fields.CharField(max_length=60, null=True)),
    ]
