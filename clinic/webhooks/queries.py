"""Lists a practice's endpoints and what was delivered to them, for those who manage integrations."""

from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from clinic.values.paging import Page, PageRequest
from clinic.webhooks.access import Manager, require_manager
from clinic.webhooks.models import WebhookDelivery, WebhookEndpoint


async def endpoints_of(caller: Manager) -> list[WebhookEndpoint]:
    """The endpoints, in the order in which they were added. Raises `NotPermitted`. One statement."""
    require_manager(caller)
    there = WebhookEndpoint.filter(organization_id=caller.organization_id, deleted_at=None)
    return await there.order_by("created_at", "id")


async def delivery_page(caller: Manager, endpoint_id: UUID, request: PageRequest) -> Page[WebhookDelivery]:
    """A page of an endpoint's deliveries, newest first. Raises `NotPermitted`. One statement."""
    found = _deliveries(caller, endpoint_id)
    if request.after:
        at, key = request.after
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=key))
    if request.before:
        at, key = request.before
        found = found.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=key))
    order = ("created_at", "id") if request.backwards else ("-created_at", "-id")
    return Page.of(await found.order_by(*order).limit(request.fetch), request)


async def count_deliveries(caller: Manager, endpoint_id: UUID) -> int:
    """The number of deliveries in the whole list. Raises `NotPermitted`."""
    return await _deliveries(caller, endpoint_id).count()


def _deliveries(caller: Manager, endpoint_id: UUID) -> QuerySet[WebhookDelivery]:
    require_manager(caller)
    return WebhookDelivery.filter(organization_id=caller.organization_id, endpoint_id=endpoint_id)
