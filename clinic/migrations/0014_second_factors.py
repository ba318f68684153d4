"""Second factors of staff and patients, recovery codes, challenges; when a session was proven again."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.factors.models import ChallengePurpose

TABLES = ("passkey", "totp", "recovery_code", "factor_challenge")
SAME_ORGANIZATION = [
    (table, column, target)
    for table in TABLES
    for column, target in (("staff_member_id", "staff_member"), ("account_id", "portal_account"))
]
# Guarded from their own side by 0002.
WALLED = frozenset({"staff_member", "portal_account"})
ONE_PERSON = (
    "(NEW.staff_member_id IS NOT NULL AND NEW.account_id IS NULL) OR "
    "(NEW.staff_member_id IS NULL AND NEW.account_id IS NOT NULL)"
)


def _owner(model: str, column: str) -> Any:
    return fields.ForeignKeyField(
        f"clinic.{model}",
        source_field=column,
        null=True,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.CASCADE,
    )


def whose() -> list[tuple[str, fields.Field[Any]]]:
    """The columns that each of the tables begins with."""
    return [
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
        ("staff_member", _owner("StaffMember", "staff_member_id")),
        ("account", _owner("PortalAccount", "account_id")),
        ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
    ]


def instant() -> fields.DatetimeField[Any]:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(editor, SAME_ORGANIZATION, walled=WALLED)
    for table in TABLES:
        await guards.check(editor, table, f"{table}_of_one_person", ONE_PERSON)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0013_staff_life")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Passkey",
            fields=[
                *whose(),
                ("credential_id", fields.CharField(unique=True, max_length=1400)),
                ("public_key", fields.BinaryField()),
                ("sign_count", fields.BigIntField()),
                ("name", fields.CharField(max_length=60)),
                ("may_stand_alone", fields.BooleanField(default=False)),
                ("last_used_at", instant()),
            ],
            options={
                "table": "passkey",
                "app": "clinic",
                "indexes": [Index(fields=["staff_member_id"]), Index(fields=["account_id"])],
                "pk_attr": "id",
                "table_description": "passkey",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="Totp",
            fields=[
                *whose(),
                ("secret_encrypted", fields.TextField(unique=False)),
                ("last_step", fields.BigIntField()),
                ("last_used_at", instant()),
            ],
            options={
                "table": "totp",
                "app": "clinic",
                "unique_together": (("staff_member",), ("account",)),
                "pk_attr": "id",
                "table_description": "totp",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                *whose(),
                ("code_hash", fields.CharField(unique=True, max_length=64)),
                ("expires_at", instant()),
                ("used_at", instant()),
            ],
            options={
                "table": "recovery_code",
                "app": "clinic",
                "indexes": [Index(fields=["staff_member_id"]), Index(fields=["account_id"])],
                "pk_attr": "id",
                "table_description": "recovery_code",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="FactorChallenge",
            fields=[
                *whose(),
                (
                    "purpose",
                    fields.CharEnumField(description="ChallengePurpose", enum_type=ChallengePurpose, max_length=20),
                ),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("nonce", fields.CharField(max_length=64)),
                ("session_id", fields.UUIDField(null=True, unique=False)),
                ("password_digest", fields.CharField(default="", max_length=64)),
                ("secret_encrypted", fields.TextField(default="", unique=False)),
                ("session_kind", fields.CharField(default="", max_length=10)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("used_at", instant()),
            ],
            options={
                "table": "factor_challenge",
                "app": "clinic",
                "pk_attr": "id",
                "table_description": "factor_challenge",
            },
            bases=["TenantModel"],
        ),
        ops.AddField(model_name="StaffSession", name="reauthenticated_at", field=instant()),
        ops.AddField(model_name="PatientSession", name="reauthenticated_at", field=instant()),
        ops.AddField(
            model_name="StaffMember",
            name="must_add_factor",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="StaffMember",
            name="short_password",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="PortalAccount",
            name="short_password",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Organization",
            name="require_staff_second_factor",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.RunPython(install),
    ]
