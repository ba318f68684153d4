"""Cleans up deliveries, and gives up those that are older than a restored backup."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q, Subquery

from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint, WebhookFailure

# How long the log of deliveries goes back.
KEPT = timedelta(days=30)


async def remove_old_deliveries(now: datetime) -> int:
    """Forget deliveries after `KEPT`, then deleted endpoints that have none any more. Returns how many deliveries."""
    old = now - KEPT
    waiting = Q(state=WebhookDeliveryState.WAITING, due_since__gte=old)
    removed = await WebhookDelivery.filter(~waiting, created_at__lt=old).delete()
    used = WebhookDelivery.all().values("endpoint_id")
    await WebhookEndpoint.filter(~Q(id__in=Subquery(used)), deleted_at__lt=old - timedelta(days=1)).delete()
    return removed


async def give_up_older_deliveries(organization_id: UUID, moment: datetime, now: datetime) -> int:
    """Give up what was waiting at this moment, inside the running transaction. Returns how many deliveries."""
    older = WebhookDelivery.filter(
        organization_id=organization_id, state=WebhookDeliveryState.WAITING, created_at__lte=moment
    )
    return await older.update(
        state=WebhookDeliveryState.FAILED,
        ended_at=now,
        claimed_until=None,
        failure=WebhookFailure.OLDER_THAN_BACKUP,
    )
