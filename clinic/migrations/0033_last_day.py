"""A staff member's access may have an end. Existing members have none."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0032_external_ids")]

    initial = False

    operations = [
        ops.AddField(
            model_name="StaffMember",
            name="access_ends_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
