"""Addresses that a practice's own programs listen at, and the deliveries to them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from clinic.database.tenancy import TenantModel
from clinic.values.webhooks import WebhookEvent


class WebhookDisabledWhy(StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_STAFF = "BY_STAFF"
    GONE = "GONE"
    FAILING = "FAILING"


class WebhookDeliveryState(StrEnum):
    """Where a delivery stands. FAILED: it was given up; it can be sent again by hand."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookFailure(StrEnum):
    """What went wrong with a delivery, at its last attempt or for good."""

    STATUS = "STATUS"
    GONE = "GONE"
    UNREACHABLE = "UNREACHABLE"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    ENDPOINT_DISABLED = "ENDPOINT_DISABLED"
    OLDER_THAN_BACKUP = "OLDER_THAN_BACKUP"
    INTERNAL = "INTERNAL"


class WebhookEndpoint(TenantModel):
    """An address that is told of events. Secrets are encrypted with the deployment's key.

    Until `previous_ends_at` the previous secret signs too. `failing_since` is when the first attempt failed after the
    last one that succeeded; `failures_in_row` and `paused_until` keep a failing endpoint from being asked too often.
    A deleted endpoint keeps its row until its deliveries are cleaned up, without address and secrets.
    """

    url = fields.CharField(max_length=500)
    events = fields.CharField(max_length=300)
    secret_encrypted = fields.TextField()
    previous_secret_encrypted = fields.TextField(default="")
    previous_ends_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    disabled_at: datetime | None = fields.DatetimeField(null=True)
    disabled_why: WebhookDisabledWhy | None = fields.CharEnumField(  # type: ignore[assignment]  # its null is not typed
        WebhookDisabledWhy, description="WebhookDisabledWhy", max_length=20, null=True
    )
    deleted_at: datetime | None = fields.DatetimeField(null=True)
    failing_since: datetime | None = fields.DatetimeField(null=True)
    failures_in_row = fields.IntField(default=0)
    paused_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_endpoint"
        table_description = "webhook_endpoint"
        indexes = (("organization_id", "deleted_at"),)

    @property
    def chosen(self) -> tuple[WebhookEvent, ...]:
        """The events that it is told of, in the order in which they are listed."""
        names = set(self.events.split())
        return tuple(event for event in WebhookEvent if event.value in names)


class WebhookDelivery(TenantModel):
    """One event for one endpoint, committed with the change that it tells of.

    `body` is what is sent: ids, the kind of event and its time. `claimed_until` is a lease, as for letters.
    """

    endpoint: fields.ForeignKeyRelation[WebhookEndpoint] = fields.ForeignKeyField(
        "clinic.WebhookEndpoint", related_name=False, on_delete=fields.RESTRICT
    )
    endpoint_id: UUID
    event = fields.CharEnumField(WebhookEvent, description="WebhookEvent", max_length=40)
    body = fields.TextField()
    created_at: datetime = fields.DatetimeField(db_index=True)
    state = fields.CharEnumField(
        WebhookDeliveryState,
        description="WebhookDeliveryState",
        max_length=12,
        default=WebhookDeliveryState.WAITING,
    )
    attempts = fields.IntField(default=0)
    next_attempt_at: datetime = fields.DatetimeField()
    # Retries end three days after this: the event, or the last replay.
    due_since: datetime = fields.DatetimeField()
    claimed_until: datetime | None = fields.DatetimeField(null=True)
    claimed_by = fields.CharField(max_length=80, default="")
    last_attempt_at: datetime | None = fields.DatetimeField(null=True)
    last_status: int | None = fields.SmallIntField(null=True)
    failure: WebhookFailure | None = fields.CharEnumField(  # type: ignore[assignment]  # its null is not typed
        WebhookFailure, description="WebhookFailure", max_length=20, null=True
    )
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_delivery"
        table_description = "webhook_delivery"
        indexes = (("state", "next_attempt_at"), ("endpoint_id", "created_at"))

    @property
    def message_id(self) -> str:
        """The `webhook-id`: the same at each attempt, so that a receiver can tell a repetition."""
        return f"msg_{self.id.hex}"
