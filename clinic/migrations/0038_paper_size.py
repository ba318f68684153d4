"""A practice says on which paper its PDFs are. Those from before go on with A4."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from clinic.values.paper import PaperSize


class Migration(migrations.Migration):
    dependencies = [("clinic", "0037_allowed_origins")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organization",
            name="paper_size",
            field=fields.CharEnumField(
                default=PaperSize.A4, db_default="a4", description="PaperSize", enum_type=PaperSize, max_length=6
            ),
        ),
    ]
