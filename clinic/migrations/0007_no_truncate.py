"""PostgreSQL's TRUNCATE fires no row's trigger: what is append-only, and the chain's end, refuse it by their own."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    for table in ("audit_event", "audit_head", "signature_evidence"):
        await guards.no_truncate(editor, table)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0006_document_lists")]

    operations = [ops.RunPython(install)]
