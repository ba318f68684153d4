"""MACs of audit events, of each chain's end and of the evidence of signatures.

Existing rows get none here, because a migration has no keys. `clinic.upkeep.vouching` does it afterwards.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.documents.models import EvidenceMacKind


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(
        editor, [("evidence_mac", "signature_id", "signature")], walled=frozenset({"signature"})
    )
    for table in ("evidence_mac", "audit_voucher"):
        await guards.append_only(editor, table)
        await guards.no_truncate(editor, table)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0009_answered_forms")]

    initial = False

    operations = [
        ops.AddField(
            model_name="AuditEvent",
            name="mac",
            field=fields.CharField(default="", db_default="", max_length=100),
        ),
        ops.AddField(
            model_name="AuditHead",
            name="mac",
            field=fields.CharField(default="", db_default="", max_length=100),
        ),
        ops.CreateModel(
            name="AuditVoucher",
            fields=[
                ("organization_id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("sequence", fields.BigIntField()),
                ("hash", fields.CharField(max_length=64)),
                ("vouched_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("mac", fields.CharField(max_length=100)),
            ],
            options={
                "table": "audit_voucher",
                "app": "clinic",
                "pk_attr": "organization_id",
                "table_description": "audit_voucher",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EvidenceMac",
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
                    "signature",
                    fields.ForeignKeyField(
                        "clinic.Signature",
                        source_field="signature_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharEnumField(description="EvidenceMacKind", enum_type=EvidenceMacKind, max_length=10)),
                ("mac", fields.CharField(max_length=100)),
            ],
            options={
                "table": "evidence_mac",
                "app": "clinic",
                "unique_together": (("signature",),),
                "pk_attr": "id",
                "table_description": "evidence_mac",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
