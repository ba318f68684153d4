"""Contacts are found by date of birth and by phone number.

Numbers on record get the form by which they are found.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.values.phones import reversed_digits


async def reverse_numbers(_apps: object, editor: BaseSchemaEditor) -> None:
    client: Any = editor.client
    rows = await client.execute_query_dict("SELECT DISTINCT number FROM contact_phone")
    first, second = ("$1", "$2") if client.capabilities.dialect == "postgres" else ("?", "?")
    update = f"UPDATE contact_phone SET reversed_digits = {first} WHERE number = {second}"  # noqa: S608 - no input
    if rows:
        await client.execute_many(update, [[reversed_digits(row["number"]), row["number"]] for row in rows])


class Migration(migrations.Migration):
    dependencies = [("clinic", "0027_portal_state")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ContactPhone",
            name="reversed_digits",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.RunPython(reverse_numbers),
        ops.AddIndex(model_name="ContactPhone", index=Index(fields=["organization_id", "reversed_digits"])),
        ops.AddIndex(model_name="Contact", index=Index(fields=["organization_id", "date_of_birth"])),
    ]
