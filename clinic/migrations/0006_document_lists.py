"""An index in the order in which people read their documents, so that a page costs a page."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

# The expression is that of clinic/documents/queries.py: only the same words are found by it. The columns behind the
# order decide who sees a document, so that counting reads no document whole.
INDEXES = [
    "CREATE INDEX document_in_reading_order ON document (contact_id, (COALESCE(shared_at, created_at)), id, "
    "sharing, withdrawn_at, superseded_by_id, completed_at)",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, INDEXES)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0005_changes")]

    initial = False

    operations = [ops.RunPython(install)]
