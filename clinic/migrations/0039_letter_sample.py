"""A letter that is a sample says what it is a sample of."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0038_paper_size")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Letter", name="sample", field=fields.CharField(default="", db_default="", max_length=120)
        ),
    ]
