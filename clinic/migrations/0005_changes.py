"""Announcements of changes; PostgreSQL tells its listeners of each at the commit."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.values.change import ChangeKind

# The channel's name and the text's form are read by adapters/events/postgres.py.
NOTIFYING = [
    "CREATE FUNCTION change_is_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "PERFORM pg_notify('vestibule_change', NEW.organization_id || ' ' || NEW.contact_id || ' ' || NEW.kind); "
    "RETURN NULL; END $$",
    "CREATE TRIGGER change_told AFTER INSERT ON change FOR EACH ROW EXECUTE FUNCTION change_is_told()",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await guards.run(editor, NOTIFYING)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0004_documents")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ChangeRow",
            fields=[
                ("number", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("organization_id", fields.UUIDField()),
                ("contact_id", fields.UUIDField()),
                ("kind", fields.CharEnumField(ChangeKind, description="ChangeKind", max_length=20)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "change",
                "app": "clinic",
                "pk_attr": "number",
                "table_description": "change",
            },
            bases=["Model"],
        ),
        ops.RunPython(install),
    ]
