"""The endpoints of webhooks, for those who manage integrations."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect
from api.types.webhooks import WebhookEndpoint
from clinic.values.paging import page_in_memory
from clinic.webhooks import models
from clinic.webhooks.queries import endpoints_of

_CURSORS = Cursors("webhook endpoints", (datetime, UUID))


@strawberry.type
class WebhookQueries:
    @field("Who is told of events by webhooks, in the order in which they were added; needs MANAGE_INTEGRATIONS.")
    async def webhook_endpoints(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[WebhookEndpoint]:
        found = await endpoints_of(info.context.staff)
        page = page_in_memory(found, page_request(_CURSORS, first, after, last, before), _key)

        async def count() -> int:
            return len(found)

        nodes = [WebhookEndpoint.from_model(row) for row in page.rows]
        return connect(page, nodes, cursors=_CURSORS, sort_key=_key, count=count)


def _key(row: models.WebhookEndpoint) -> tuple[datetime, UUID]:
    return row.created_at, row.id
