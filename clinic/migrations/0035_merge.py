"""Records that turn out to be one person's are merged, by one staff member's request and another's decision.

Documents and signatures may move from a record to the one that it was merged into, and only there (decision 0070).
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

SAME_ORGANIZATION = [
    ("contact", "merged_into_id", "contact"),
    ("document", "moved_from_id", "contact"),
    ("signature", "moved_from_id", "contact"),
    ("contact_merge", "kept_id", "contact"),
    ("contact_merge", "duplicate_id", "contact"),
    ("contact_merge", "asked_by_id", "staff_member"),
    ("contact_merge", "decided_by_id", "staff_member"),
]
# Guarded from their own side by 0002.
WALLED = frozenset({"contact", "staff_member"})
ONE_OPEN = "CREATE UNIQUE INDEX one_open_merge_per_duplicate ON contact_merge (duplicate_id) WHERE decided_at IS NULL"

# As 0004 has them, but for the column that names the person.
DOCUMENT = (
    *("sha256", "byte_count", "page_count", "text", "title", "kind", "language", "in_sequence"),
    *("created_at", "created_by_id", "completed_at", "superseded_by_id", "superseded_at", "withdrawn_at"),
)
SIGNATURE = ("document_id", "position", "signed_at", "declined_at")


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, [ONE_OPEN])
    await guards.stay_in_organization(editor, SAME_ORGANIZATION, walled=WALLED)
    await guards.check(
        editor, "contact", "merged_is_archived", "NEW.merged_into_id IS NULL OR NEW.archived_at IS NOT NULL"
    )
    await guards.check(editor, "contact", "merged_into_another", "NEW.merged_into_id <> NEW.id")
    await guards.check(editor, "contact_merge", "merge_of_two_records", "NEW.kept_id <> NEW.duplicate_id")
    await guards.check(
        editor,
        "contact_merge",
        "merge_decided_by_another",
        "NEW.decided_by_id IS NULL OR NEW.decided_by_id <> NEW.asked_by_id",
    )
    await guards.moves_with_merge(editor, "document", "contact_id", DOCUMENT)
    await guards.moves_with_merge(editor, "signature", "signer_id", SIGNATURE)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0034_service_accounts")]

    initial = False

    operations = [
        ops.AddField(model_name="Contact", name="merged_into_id", field=fields.UUIDField(null=True, db_index=True)),
        ops.AddField(model_name="Document", name="moved_from_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Signature", name="moved_from_id", field=fields.UUIDField(null=True)),
        ops.CreateModel(
            name="ContactMerge",
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
                (
                    "kept",
                    fields.ForeignKeyField(
                        "clinic.Contact",
                        source_field="kept_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "duplicate",
                    fields.ForeignKeyField(
                        "clinic.Contact",
                        source_field="duplicate_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.CharField(max_length=300)),
                (
                    "asked_by",
                    fields.ForeignKeyField(
                        "clinic.StaffMember",
                        source_field="asked_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "clinic.StaffMember",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("approved", fields.BooleanField(null=True)),
            ],
            options={
                "table": "contact_merge",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "contact_merge",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
