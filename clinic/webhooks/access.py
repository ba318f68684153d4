"""Fetches an endpoint or a delivery for a caller who manages integrations."""

from uuid import UUID

from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import NotFound
from clinic.webhooks.models import WebhookDelivery, WebhookEndpoint

Manager = StaffCaller | SystemCaller


def require_manager(caller: Manager) -> None:
    """Raise `NotPermitted` for staff without MANAGE_INTEGRATIONS."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_INTEGRATIONS)


async def endpoint_for_change(caller: Manager, endpoint_id: UUID | None) -> WebhookEndpoint:
    """The endpoint, locked until the transaction ends. Raises `NotPermitted`, `NotFound`."""
    require_manager(caller)
    there = WebhookEndpoint.filter(organization_id=caller.organization_id, id=endpoint_id, deleted_at=None)
    endpoint = await there.select_for_update(no_key=True).first() if endpoint_id else None
    if endpoint is None:
        raise NotFound("webhookEndpointId")
    return endpoint


async def delivery_for_change(caller: Manager, delivery_id: UUID | None) -> tuple[WebhookDelivery, WebhookEndpoint]:
    """The delivery and its endpoint, both locked, the endpoint first. Raises `NotPermitted`, `NotFound`."""
    require_manager(caller)
    theirs = WebhookDelivery.filter(organization_id=caller.organization_id, id=delivery_id)
    found = await theirs.first() if delivery_id else None
    if found is None:
        raise NotFound("deliveryId")
    endpoint = (
        await WebhookEndpoint.filter(id=found.endpoint_id, deleted_at=None).select_for_update(no_key=True).first()
    )
    delivery = await theirs.select_for_update().first()
    if endpoint is None or delivery is None:
        raise NotFound("deliveryId")
    return delivery, endpoint
