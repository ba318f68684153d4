"""Accounts of programs, the sessions in which they act, and the assertions that they have used."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

REFERENCES = [
    ("service_account", "staff_member_id", "staff_member"),
    ("used_assertion", "service_account_id", "service_account"),
    ("staff_session", "program_id", "staff_member"),
]
# Stored names are separated by spaces, and no name is a part of another.
NO_MANAGER = "NOT NEW.machine OR (NEW.permissions NOT LIKE '%MANAGE_STAFF%' AND NEW.permissions NOT LIKE '%MANAGE_INTEGRATIONS%')"


def _refers(model: str, column: str, on_delete: OnDelete = OnDelete.RESTRICT, **more: Any) -> Any:
    return fields.ForeignKeyField(
        f"clinic.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=on_delete,
        **more,
    )


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(editor, REFERENCES, walled=frozenset({"staff_member"}))
    await guards.check(editor, "staff_member", "program_manages_nobody", NO_MANAGER)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0033_last_day")]

    initial = False

    operations = [
        ops.AddField(
            model_name="StaffMember", name="machine", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.AddField(
            model_name="StaffSession",
            name="program",
            field=_refers("StaffMember", "program_id", OnDelete.CASCADE, null=True),
        ),
        ops.CreateModel(
            name="ServiceAccount",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("organization", _refers("Organization", "organization_id")),
                ("staff_member", _refers("StaffMember", "staff_member_id")),
                ("may_act_for_staff", fields.BooleanField(default=False, db_default=False)),
                ("secret_hash", fields.CharField(default="", max_length=64)),
                ("previous_secret_hash", fields.CharField(default="", max_length=64)),
                ("previous_ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("jwks", fields.TextField(default="")),
                ("jwks_url", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "service_account",
                "app": "clinic",
                "unique_together": (("organization", "staff_member"),),
                "pk_attr": "id",
                "table_description": "service_account",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="UsedAssertion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("organization", _refers("Organization", "organization_id")),
                ("service_account", _refers("ServiceAccount", "service_account_id", OnDelete.CASCADE)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("forgotten_after", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "used_assertion",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "used_assertion",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
