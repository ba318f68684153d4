"""Staff members are invited, disabled and enabled; links by which they choose a password; VIEW_CONTACTS."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.staff.models import StaffTokenPurpose
from clinic.values.tokens import TokenClosed

SAME_ORGANIZATION = [
    ("staff_token", "staff_member_id", "staff_member"),
    ("letter", "staff_token_id", "staff_token"),
    ("letter", "staff_member_id", "staff_member"),
]
# Guarded from its own side by 0002.
WALLED = frozenset({"staff_member"})

ONE_OPEN = (
    "CREATE UNIQUE INDEX one_open_staff_token_per_purpose ON staff_token (staff_member_id, purpose) "
    "WHERE closed_at IS NULL"
)
# Everybody who works here could read contacts until now. Stored names are in alphabetical order, and only WEB_PORTAL
# comes after VIEW_CONTACTS.
GRANT = """
UPDATE staff_member SET permissions = CASE
  WHEN permissions = '' THEN 'VIEW_CONTACTS'
  WHEN permissions = 'WEB_PORTAL' THEN 'VIEW_CONTACTS WEB_PORTAL'
  WHEN permissions LIKE '% WEB_PORTAL'
    THEN substr(permissions, 1, length(permissions) - length('WEB_PORTAL')) || 'VIEW_CONTACTS WEB_PORTAL'
  ELSE permissions || ' VIEW_CONTACTS' END
WHERE disabled_at IS NULL AND permissions NOT LIKE '%VIEW_CONTACTS%'
"""


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, [ONE_OPEN, GRANT])
    await guards.stay_in_organization(editor, SAME_ORGANIZATION, walled=WALLED)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0012_sheet_sessions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="StaffToken",
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
                    "staff_member",
                    fields.ForeignKeyField(
                        "clinic.StaffMember",
                        source_field="staff_member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "purpose",
                    fields.CharEnumField(description="StaffTokenPurpose", enum_type=StaffTokenPurpose, max_length=20),
                ),
                ("email", fields.CharField(max_length=254)),
                ("token_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "closed_why",
                    fields.CharEnumField(description="TokenClosed", null=True, enum_type=TokenClosed, max_length=12),
                ),
            ],
            options={"table": "staff_token", "app": "clinic", "pk_attr": "id", "table_description": "staff_token"},
            bases=["TenantModel"],
        ),
        ops.AddField(
            model_name="StaffMember",
            name="last_signed_in_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="StaffMember",
            name="disabled_reason",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="Letter",
            name="staff_token",
            field=fields.ForeignKeyField(
                "clinic.StaffToken",
                source_field="staff_token_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Letter",
            name="staff_member",
            field=fields.ForeignKeyField(
                "clinic.StaffMember",
                source_field="staff_member_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.RunPython(install),
    ]
