"""Endpoints of webhooks and their deliveries, as the schema shows them."""

from datetime import datetime
from functools import partial
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect, encode_id
from api.types import enums as enums
from clinic.webhooks import models
from clinic.webhooks.models import WebhookDeliveryState, WebhookDisabledWhy, WebhookFailure
from clinic.webhooks.queries import count_deliveries, delivery_page

_CURSORS = Cursors("webhook deliveries", (datetime, UUID))


@strawberry.type(description="One event for one endpoint. Kept for 30 days.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(description="For replayWebhook.")
    message_id: str = strawberry.field(description="The header webhook-id, the same at each attempt.")
    event: str = strawberry.field(description="The kind of event, such as document.signed; may gain values.")
    body: str = strawberry.field(description="What is sent: JSON with ids.")
    created_at: datetime = strawberry.field(description="When it happened.")
    state: WebhookDeliveryState = strawberry.field(description="Where it stands.")
    attempts: int = strawberry.field(description="How often it was tried.")
    last_attempt_at: datetime | None = strawberry.field(description="When it was tried last.")
    last_status: int | None = strawberry.field(description="The HTTP status of the last answer; null if none came.")
    failure: WebhookFailure | None = strawberry.field(description="What went wrong last.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried next; null if it is not.")

    @classmethod
    def from_model(cls, model: models.WebhookDelivery) -> "WebhookDelivery":
        waits = model.state is WebhookDeliveryState.WAITING
        return cls(
            id=strawberry.ID(encode_id("WebhookDelivery", model.id)),
            message_id=model.message_id,
            event=model.event.value,
            body=model.body,
            created_at=model.created_at,
            state=model.state,
            attempts=model.attempts,
            last_attempt_at=model.last_attempt_at,
            last_status=model.last_status,
            failure=model.failure,
            next_attempt_at=model.next_attempt_at if waits else None,
        )


@strawberry.type(description="An address that is told of events by Standard Webhooks. Its secret is never shown again.")
class WebhookEndpoint:
    endpoint_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="For the mutations on it.")
    url: str = strawberry.field(description="Where events are posted to.")
    events: list[str] = strawberry.field(description="The kinds of events that it is told of.")
    created_at: datetime = strawberry.field(description="When it was added.")
    disabled_at: datetime | None = strawberry.field(description="Since when it is told of nothing.")
    disabled_why: WebhookDisabledWhy | None = strawberry.field(description="Why it is told of nothing.")
    failing_since: datetime | None = strawberry.field(
        description="The first failure since the last delivery that was taken; null while all goes well."
    )
    old_secret_ends_at: datetime | None = strawberry.field(
        description="Until when the previous secret signs too, after a rotation."
    )

    @classmethod
    def from_model(cls, model: models.WebhookEndpoint) -> "WebhookEndpoint":
        return cls(
            endpoint_id=model.id,
            id=strawberry.ID(encode_id("WebhookEndpoint", model.id)),
            url=model.url,
            events=[event.value for event in model.chosen],
            created_at=model.created_at,
            disabled_at=model.disabled_at,
            disabled_why=model.disabled_why,
            failing_since=model.failing_since,
            old_secret_ends_at=model.previous_ends_at,
        )

    @field("What was delivered and what waits, newest first.")
    async def deliveries(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[WebhookDelivery]:
        caller = info.context.staff
        page = await delivery_page(caller, self.endpoint_id, page_request(_CURSORS, first, after, last, before))
        return connect(
            page,
            [WebhookDelivery.from_model(row) for row in page.rows],
            cursors=_CURSORS,
            sort_key=lambda row: (row.created_at, row.id),
            count=partial(count_deliveries, caller, self.endpoint_id),
        )
