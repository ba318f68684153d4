from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Shelf",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(db_index=True, max_length=40)),
                ("books_taken", fields.IntField(default=0)),
            ],
            options={"table": "shelf", "app": "toy", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Book",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "shelf",
                    fields.ForeignKeyField(
                        "toy.Shelf",
                        source_field="shelf_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("title", fields.CharField(db_index=True, max_length=40)),
            ],
            options={"table": "book", "app": "toy", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
