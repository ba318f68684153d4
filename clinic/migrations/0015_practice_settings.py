"""Settings of a practice: facilities with a time zone, archived ones; the logo in three sizes; the idle limit."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

# Guarded from its own side by 0002.
WALLED = frozenset({"facility"})


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(editor, [("invitation", "facility_id", "facility")], walled=WALLED)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0014_second_factors")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organization",
            name="staff_idle_minutes",
            field=fields.SmallIntField(default=15, db_default=15),
        ),
        ops.AddField(
            model_name="Facility",
            name="time_zone",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="Facility",
            name="archived_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name="OrganizationLogo", name="print_png", field=fields.BinaryField(null=True)),
        ops.AddField(model_name="OrganizationLogo", name="icon_png", field=fields.BinaryField(null=True)),
        ops.AddField(
            model_name="Invitation",
            name="facility",
            field=fields.ForeignKeyField(
                "clinic.Facility",
                source_field="facility_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.CreateModel(
            name="LogoUpload",
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
                ("png", fields.BinaryField()),
                ("print_png", fields.BinaryField()),
                ("icon_png", fields.BinaryField()),
                ("sha256", fields.CharField(max_length=64)),
                ("uploaded_by", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "logo_upload", "app": "clinic", "pk_attr": "id", "table_description": "logo_upload"},
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
