"""The stored portal state of each contact, with the indexes by which lists and counts find it.

`vestibule migrate` fills it for existing contacts after this step, by the rule in Python
(`clinic.upkeep.state_verification`), so that this migration needs no copy of the rule.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

INDEXES = [
    "CREATE INDEX contact_by_portal_state ON contact_portal_state (organization_id, state, archived, sort_key, id)",
    "CREATE INDEX invitation_waiting ON invitation (organization_id, created_at, account_id) WHERE closed_at IS NULL",
]


# The row goes with its contact, also when a release deletes the contact that knows nothing of the row.
ON_POSTGRES = [
    "ALTER TABLE contact_portal_state ADD CONSTRAINT same_organization_contact_portal_state_id "
    "FOREIGN KEY (organization_id, id) REFERENCES contact (organization_id, id) ON DELETE CASCADE "
    "DEFERRABLE INITIALLY IMMEDIATE",
]
ON_SQLITE = [
    "CREATE TRIGGER contact_portal_state_gone AFTER DELETE ON contact "
    "BEGIN DELETE FROM contact_portal_state WHERE id = OLD.id; END",
]


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.compare_by_bytes(editor, [("contact_portal_state", "sort_key", 900)])
    await guards.run(editor, INDEXES)
    if editor.client.capabilities.dialect == "postgres":
        await guards.run(editor, ON_POSTGRES)
        return
    references = [("contact_portal_state", "id", "contact")]
    await guards.stay_in_organization(editor, references, walled=frozenset({"contact"}))
    await guards.run(editor, ON_SQLITE)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0025_webhooks")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ContactPortalState",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "clinic.Organization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("state", fields.CharField(max_length=20)),
                ("sort_key", fields.CharField(max_length=900)),
                ("archived", fields.BooleanField(default=False)),
            ],
            options={
                "table": "contact_portal_state",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "contact_portal_state",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
