"""Webhooks never lead into our own network: not by a name that leads elsewhere later, and not by a redirect."""

from dataclasses import replace

from adapters.outgoing import OutgoingClient
from clinic.webhooks.delivery import WebhookDeliverer
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState, WebhookFailure
from tests.adapters.test_outgoing import Names, Recording, server
from tests.clinic.webhooks.listening import listen
from tests.factories import Practice


async def deliver(practice: Practice, client: OutgoingClient) -> WebhookDelivery:
    services = replace(practice.services, outgoing=client)
    async with WebhookDeliverer(services, worker_name="w") as webhooks:
        assert await webhooks.deliver_due() == 1
    return await WebhookDelivery.get()


async def test_a_name_that_leads_into_our_network_after_a_dns_change_is_refused_and_marked(practice: Practice) -> None:
    await listen(practice, "portal_status.changed")
    await practice.contact(emails=())
    network = Recording()

    delivery = await deliver(practice, OutgoingClient(resolve=Names(["169.254.169.254"]), network=network))

    assert (delivery.state, delivery.failure) == (WebhookDeliveryState.WAITING, WebhookFailure.ADDRESS_REFUSED)
    assert network.connected == []


async def test_a_redirect_is_not_followed(practice: Practice) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /secret-place\r\nContent-Length: 6\r\n\r\nsecret"
    async with server(answer) as (url, received):
        client = OutgoingClient(loopback=True)
        local = replace(practice, services=replace(practice.services, outgoing=client))
        await listen(local, "portal_status.changed", url=f"{url}/hooks")
        await practice.contact(emails=())

        delivery = await deliver(practice, client)

    assert (delivery.failure, delivery.last_status) == (WebhookFailure.STATUS, 302)
    [head] = received
    assert head.startswith(b"POST /hooks HTTP/1.1\r\n")
    assert f"webhook-id: {delivery.message_id}".encode() in head.lower()
