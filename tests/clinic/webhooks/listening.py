"""Endpoints that listen, for tests."""

import json
from dataclasses import replace
from typing import Any

from clinic.values.ports import Services
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.actions import EndpointWithSecret, create_endpoint
from clinic.webhooks.models import WebhookDelivery
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.receiver import Receiver
from tests.factories.sealing import WaxSealer

URL = "https://ehr.example/hooks/vestibule"
EVERY_EVENT = tuple(event.value for event in WebhookEvent)


def services_with(clock: FixedClock, mailbox: Mailbox, receiver: Receiver) -> Services:
    return replace(make_services(clock, mailbox), outgoing=receiver, sealer=WaxSealer())


async def listen(practice: Practice, *events: str, url: str = URL) -> EndpointWithSecret:
    """An endpoint for these events, or for all."""
    return await create_endpoint(practice.system, url, events or EVERY_EVENT, practice.services)


async def told(practice: Practice) -> list[tuple[str, dict[str, Any]]]:
    """What is queued for the practice: kinds of events with their data, sorted."""
    rows = await WebhookDelivery.filter(organization_id=practice.organization.id)
    return sorted(((row.event.value, json.loads(row.body)["data"]) for row in rows), key=repr)
