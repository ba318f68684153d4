"""Webhooks over the API: the secret is shown once, refusals name their field, and the list of deliveries has pages."""

import base64
import json
from datetime import timedelta

import pytest

from clinic.values.callers import Permission
from clinic.webhooks.delivery import WebhookDeliverer
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import Practice

ENDPOINT = "webhookEndpoint { id url events disabledAt disabledWhy failingSince oldSecretEndsAt }"
LIST = """query Q($first: Int, $after: String) { webhookEndpoints { totalCount nodes { id url events
  deliveries(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id messageId event body state attempts lastStatus failure nextAttemptAt } } } } }"""
GIVEN = {"url": "https://ehr.example/hooks", "events": ["portal_status.changed", "document.signed"]}


@pytest.fixture
async def manager(practice: Practice, stranger: Client) -> Client:
    _, session = await practice.signed_in(Permission.MANAGE_INTEGRATIONS)
    return stranger.holding(session.access_token)


async def test_from_the_endpoint_to_a_replayed_delivery(manager: Client, practice: Practice, clock: FixedClock) -> None:
    made = await manager.mutate("createWebhookEndpoint", GIVEN, f"{ENDPOINT} secret")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    endpoint = made["webhookEndpoint"]
    assert (endpoint["url"], endpoint["events"]) == (GIVEN["url"], GIVEN["events"])
    await practice.contact(emails=())
    clock.advance(timedelta(minutes=1))
    await practice.contact(emails=())
    async with WebhookDeliverer(practice.services, worker_name="w") as webhooks:
        assert await webhooks.deliver_due() == 2

    [listed] = (await manager.run(LIST, first=1))["webhookEndpoints"]["nodes"]
    assert "whsec" not in json.dumps(listed)
    page = listed["deliveries"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    [newest] = page["nodes"]
    assert (newest["event"], newest["state"], newest["attempts"], newest["lastStatus"]) == (
        "portal_status.changed",
        "DELIVERED",
        1,
        204,
    )
    assert newest["nextAttemptAt"] is None
    [listed] = (await manager.run(LIST, first=1, after=page["pageInfo"]["endCursor"]))["webhookEndpoints"]["nodes"]
    [older] = listed["deliveries"]["nodes"]
    assert listed["deliveries"]["pageInfo"]["hasNextPage"] is False
    assert older["id"] != newest["id"]

    again = await manager.mutate("replayWebhook", {"deliveryId": older["id"]}, "delivery { messageId state }")
    assert again["delivery"] == {"messageId": older["messageId"], "state": "WAITING"}


async def test_refusals_name_the_field_and_the_remedy(manager: Client) -> None:
    given = {"url": "https://10.0.0.8/hooks", "events": ["contact.viewed"]}
    answer = await manager.mutate("createWebhookEndpoint", given, "secret")

    assert (answer["__typename"], [problem["path"] for problem in answer["fields"]]) == (
        "InvalidInput",
        ["url", "events.0"],
    )
    assert answer["fields"][0]["message"] == (
        "Use an address that begins with https:// and can be reached from the internet, without a user name in it."
    )


async def test_the_same_request_again_makes_one_endpoint_and_shows_its_secret(manager: Client) -> None:
    keyed = {**GIVEN, "idempotencyKey": "one"}

    first = await manager.mutate("createWebhookEndpoint", keyed, f"{ENDPOINT} secret")
    assert await manager.mutate("createWebhookEndpoint", keyed, f"{ENDPOINT} secret") == first

    assert (await manager.run(LIST))["webhookEndpoints"]["totalCount"] == 1
