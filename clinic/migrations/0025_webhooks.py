"""Webhooks: the addresses that are told of events, and what is delivered to them."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.models import WebhookDeliveryState, WebhookDisabledWhy, WebhookFailure


def _refers(model: str, column: str) -> Any:
    return fields.ForeignKeyField(
        f"clinic.{model}",
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


def _instant(**more: Any) -> Any:
    return fields.DatetimeField(**{"null": True, "auto_now": False, "auto_now_add": False, **more})


def _id() -> Any:
    return fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)


async def install(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.stay_in_organization(editor, [("webhook_delivery", "endpoint_id", "webhook_endpoint")])
    await guards.run(
        editor,
        ["CREATE INDEX webhook_waiting ON webhook_delivery (endpoint_id, next_attempt_at) WHERE state = 'WAITING'"],
    )


class Migration(migrations.Migration):
    dependencies = [("clinic", "0023_identity_providers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", _id()),
                ("organization", _refers("Organization", "organization_id")),
                ("url", fields.CharField(max_length=500)),
                ("events", fields.CharField(max_length=300)),
                ("secret_encrypted", fields.TextField(unique=False)),
                ("previous_secret_encrypted", fields.TextField(default="", unique=False)),
                ("previous_ends_at", _instant()),
                ("created_at", _instant(null=False)),
                ("disabled_at", _instant()),
                (
                    "disabled_why",
                    fields.CharEnumField(
                        null=True, description="WebhookDisabledWhy", enum_type=WebhookDisabledWhy, max_length=20
                    ),
                ),
                ("deleted_at", _instant()),
                ("failing_since", _instant()),
                ("failures_in_row", fields.IntField(default=0)),
                ("paused_until", _instant()),
            ],
            options={
                "table": "webhook_endpoint",
                "app": "clinic",
                "indexes": [Index(fields=["organization_id", "deleted_at"])],
                "pk_attr": "id",
                "table_description": "webhook_endpoint",
            },
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", _id()),
                ("organization", _refers("Organization", "organization_id")),
                ("endpoint", _refers("WebhookEndpoint", "endpoint_id")),
                ("event", fields.CharEnumField(description="WebhookEvent", enum_type=WebhookEvent, max_length=40)),
                ("body", fields.TextField(unique=False)),
                ("created_at", _instant(null=False, db_index=True)),
                (
                    "state",
                    fields.CharEnumField(
                        default=WebhookDeliveryState.WAITING,
                        description="WebhookDeliveryState",
                        enum_type=WebhookDeliveryState,
                        max_length=12,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("next_attempt_at", _instant(null=False)),
                ("due_since", _instant(null=False)),
                ("claimed_until", _instant()),
                ("claimed_by", fields.CharField(default="", max_length=80)),
                ("last_attempt_at", _instant()),
                ("last_status", fields.SmallIntField(null=True)),
                (
                    "failure",
                    fields.CharEnumField(
                        null=True, description="WebhookFailure", enum_type=WebhookFailure, max_length=20
                    ),
                ),
                ("ended_at", _instant()),
            ],
            options={
                "table": "webhook_delivery",
                "app": "clinic",
                "indexes": [
                    Index(fields=["state", "next_attempt_at"]),
                    Index(fields=["endpoint_id", "created_at"]),
                ],
                "pk_attr": "id",
                "table_description": "webhook_delivery",
            },
            bases=["TenantModel"],
        ),
        ops.RunPython(install),
    ]
