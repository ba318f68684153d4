"""What other systems call contacts, relationships, appointments, staff members and facilities."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.records.models import ExternalIdKind

RECORDS = {
    "contact": "Contact",
    "relationship": "Relationship",
    "appointment": "Appointment",
    "staff_member": "StaffMember",
    "facility": "Facility",
}
# Guarded from their own side by 0002.
WALLED = frozenset({"contact", "staff_member", "facility"})
ITS_OWN_RECORD = " AND ".join(f"(NEW.kind = '{record.upper()}') = (NEW.{record}_id IS NOT NULL)" for record in RECORDS)


def _record(name: str, model: str) -> Any:
    return fields.ForeignKeyField(
        f"clinic.{model}",
        source_field=f"{name}_id",
        null=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.CASCADE,
    )


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    references = [("external_id", f"{record}_id", record) for record in RECORDS]
    await guards.stay_in_organization(editor, references, walled=WALLED)
    await guards.check(editor, "external_id", "external_id_of_one_record", ITS_OWN_RECORD)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0030_integrations")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ExternalId",
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
                    "kind",
                    fields.CharEnumField(description="ExternalIdKind", enum_type=ExternalIdKind, max_length=12),
                ),
                ("system", fields.CharField(max_length=200)),
                ("value", fields.CharField(max_length=200)),
                *((name, _record(name, model)) for name, model in RECORDS.items()),
            ],
            options={
                "table": "external_id",
                "app": "clinic",
                "unique_together": (("organization", "kind", "system", "value"),),
                "indexes": [Index(fields=[f"{name}_id"]) for name in RECORDS],
                "pk_attr": "id",
                "table_description": "external_id",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
