"""Webhooks: who is told, and what is sent again."""

from clinic.values.callers import Permission
from tests.api.operation import asking, doing

_INTEGRATIONS = Permission.MANAGE_INTEGRATIONS

WEBHOOK_QUERIES = [
    asking(
        "webhookEndpoints",
        "{ webhookEndpoints { totalCount nodes { id url events deliveries { totalCount nodes { id state } } } } }",
        needs=(_INTEGRATIONS,),
    ),
]
WEBHOOK_MUTATIONS = [
    doing(
        "createWebhookEndpoint",
        lambda _: {"url": "https://ehr.example/hooks", "events": ["document.signed"]},
        "webhookEndpoint { id events } secret",
        _INTEGRATIONS,
    ),
    doing(
        "updateWebhookEndpoint",
        lambda r: {"webhookEndpointId": r.webhook_endpoint, "events": ["document.completed"]},
        "webhookEndpoint { id events }",
        _INTEGRATIONS,
    ),
    doing(
        "rotateWebhookSecret",
        lambda r: {"webhookEndpointId": r.webhook_endpoint},
        "webhookEndpoint { id oldSecretEndsAt } secret",
        _INTEGRATIONS,
    ),
    doing("replayWebhook", lambda r: {"deliveryId": r.delivery}, "delivery { id state }", _INTEGRATIONS),
    doing(
        "deleteWebhookEndpoint",
        lambda r: {"webhookEndpointId": r.webhook_endpoint},
        "webhookEndpointId",
        _INTEGRATIONS,
    ),
]
