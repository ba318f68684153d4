"""Forms that were sent, and for a short time what was answered."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("clinic", "0008_one_invitation_token")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AnsweredForm",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("claimed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("answer", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "answered_form",
                "app": "clinic",
                "indexes": [Index(fields=["claimed_at"])],
                "pk_attr": "key",
                "table_description": "answered_form",
            },
            bases=["Model"],
        ),
    ]
