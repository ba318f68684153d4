"""The practice's rule for how long signed documents are kept, and evidence that may be deleted once it has passed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

STATEMENTS = [
    "UPDATE document SET last_signed_at = "
    "(SELECT max(s.signed_at) FROM signature s WHERE s.document_id = document.id AND s.signed_at IS NOT NULL) "
    "WHERE id IN (SELECT s.document_id FROM signature s WHERE s.signed_at IS NOT NULL)",
    "CREATE INDEX document_by_last_signature ON document (organization_id, last_signed_at, id) "
    "WHERE last_signed_at IS NOT NULL",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.check(
        editor,
        "organization",
        "signed_retention_is_years",
        "NEW.signed_retention_years IS NULL OR NEW.signed_retention_years BETWEEN 1 AND 100",
    )
    await guards.run(editor, STATEMENTS)
    for table in ("signature_evidence", "evidence_mac"):
        await guards.deleted_after_retention(editor, table)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0040_ending_access")]

    initial = False

    operations = [
        ops.AddField(model_name="Organization", name="signed_retention_years", field=fields.SmallIntField(null=True)),
        ops.AddField(
            model_name="Document",
            name="last_signed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunPython(install),
    ]
