"""Indexes for lists that read more than they show: access that ends, requests that wait, what hangs on one record."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

INDEXES = [
    "CREATE INDEX merge_waiting ON contact_merge (organization_id, asked_at, id) WHERE decided_at IS NULL",
    "CREATE INDEX transfer_waiting ON transfer_request (organization_id, asked_at, id) WHERE decided_at IS NULL",
    "CREATE INDEX contact_merged ON contact (merged_into_id) WHERE merged_into_id IS NOT NULL",
    "CREATE INDEX episode_of_contact ON episode (contact_id)",
    "CREATE INDEX invitation_of_contact ON invitation (contact_id)",
    "CREATE INDEX link_of_account ON portal_link (account_id, linked_at)",
    "CREATE INDEX letter_by_status ON letter (organization_id, status, created_at, id)",
    "CREATE INDEX token_of_account ON account_token (account_id)",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, INDEXES)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0039_letter_sample")]

    initial = False

    operations = [
        ops.AddIndex(model_name="Relationship", index=Index(fields=["organization_id", "portal_access", "client_id"])),
        ops.RunPython(install),
    ]
