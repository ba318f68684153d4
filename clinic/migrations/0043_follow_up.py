"""An index of the documents that the desk must follow up, by what they wait for and how long they have waited."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

# The expressions are those of clinic/charts/follow_up.py: only the same words are found by it.
INDEXES = [
    "CREATE INDEX document_to_follow_up ON document (organization_id, "
    "(CASE WHEN signature_state = 'DECLINED' THEN 'DECLINED' WHEN sharing = 'NOT_SHARED' THEN 'NOT_SENT' "
    "ELSE 'WAITING' END), (COALESCE(shared_at, created_at)), id) "
    "WHERE signature_state IN ('WAITING', 'DECLINED') AND withdrawn_at IS NULL AND superseded_by_id IS NULL",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, INDEXES)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0042_source_status")]

    initial = False

    operations = [ops.RunPython(install)]
