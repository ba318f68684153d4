"""Indexes for the lists of letters: of a practice by time, of an account, of a token, of a document."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

INDEXES = [
    "CREATE INDEX letter_by_time ON letter (organization_id, created_at, id)",
    "CREATE INDEX letter_of_account ON letter (account_id)",
    "CREATE INDEX letter_of_token ON letter (account_token_id)",
    "CREATE INDEX letter_of_document ON letter (document_id)",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, INDEXES)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0028_desk")]

    initial = False

    operations = [ops.RunPython(install)]
