"""Sign-in at the practice's own provider; whether passwords sign staff in, and whose always does."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

SAME_ORGANIZATION = [
    ("staff_identity", "provider_id", "identity_provider"),
    ("staff_identity", "staff_member_id", "staff_member"),
    ("provider_sign_in", "provider_id", "identity_provider"),
]
# Guarded from its own side by 0002.
WALLED = frozenset({"staff_member"})

ONE_BREAK_GLASS = "CREATE UNIQUE INDEX one_break_glass_member ON staff_member (organization_id) WHERE break_glass"


def _points_to(model: str, column: str, on_delete: OnDelete) -> Any:
    return fields.ForeignKeyField(
        f"clinic.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=on_delete,
    )


def _own() -> list[tuple[str, fields.Field[Any]]]:
    return [
        ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
        ("organization", _points_to("Organization", "organization_id", OnDelete.RESTRICT)),
    ]


def _instant(*, indexed: bool = False) -> fields.DatetimeField[Any]:
    return fields.DatetimeField(auto_now=False, auto_now_add=False, db_index=indexed)


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(editor, SAME_ORGANIZATION, walled=WALLED)
    await guards.run(editor, [ONE_BREAK_GLASS])


class Migration(migrations.Migration):
    dependencies = [("clinic", "0021_held")]

    initial = False

    operations = [
        ops.CreateModel(
            name="IdentityProvider",
            fields=[
                *_own(),
                ("issuer", fields.CharField(max_length=300)),
                ("client_id", fields.CharField(max_length=300)),
                ("client_secret_encrypted", fields.TextField(unique=False)),
                ("verified_domains", fields.TextField(default="", unique=False)),
                ("created_at", _instant()),
                ("changed_at", _instant()),
            ],
            options={
                "table": "identity_provider",
                "app": "clinic",
                "unique_together": (("organization",),),
                "pk_attr": "id",
                "table_description": "identity_provider",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="StaffIdentity",
            fields=[
                *_own(),
                ("provider", _points_to("IdentityProvider", "provider_id", OnDelete.CASCADE)),
                ("staff_member", _points_to("StaffMember", "staff_member_id", OnDelete.CASCADE)),
                ("subject", fields.CharField(max_length=255)),
                ("created_at", _instant()),
                ("last_signed_in_at", _instant()),
            ],
            options={
                "table": "staff_identity",
                "app": "clinic",
                "unique_together": (("provider", "subject"), ("provider", "staff_member")),
                "pk_attr": "id",
                "table_description": "staff_identity",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="ProviderSignIn",
            fields=[
                *_own(),
                ("provider", _points_to("IdentityProvider", "provider_id", OnDelete.CASCADE)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("nonce_hash", fields.CharField(unique=True, max_length=64)),
                ("challenge", fields.CharField(max_length=64)),
                ("subject", fields.CharField(max_length=255)),
                ("email_normal", fields.CharField(default="", max_length=300)),
                ("proven_at", _instant()),
                ("created_at", _instant(indexed=True)),
                ("expires_at", _instant()),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "provider_sign_in",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "provider_sign_in",
            },
            bases=["TenantModel"],
        ),
        ops.AddField(
            model_name="Organization",
            name="password_sign_in",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name="StaffMember",
            name="break_glass",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.RunPython(install),
    ]
