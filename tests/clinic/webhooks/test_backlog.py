"""What an operator's metrics say of webhooks that wait: due, put off, or not to be sent at all."""

from datetime import timedelta

from clinic.upkeep.backlog import WebhooksBacklog, webhooks_backlog
from clinic.values.outgoing import OutgoingUnavailable
from clinic.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.clinic.webhooks.listening import URL, deliver, listen
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.receiver import Receiver


async def test_due_put_off_and_delivered_webhooks(practice: Practice, receiver: Receiver, clock: FixedClock) -> None:
    assert await webhooks_backlog() == WebhooksBacklog(0, 0, None, None)
    await listen(practice, "portal_status.changed")
    await practice.contact(emails=())
    began = clock.now()
    assert await webhooks_backlog() == WebhooksBacklog(1, 0, began, began)

    receiver.answers[URL] = OutgoingUnavailable("no answer")
    await deliver(practice.services)
    later = await webhooks_backlog()
    delivery, endpoint = await WebhookDelivery.get(), await WebhookEndpoint.get()
    assert endpoint.paused_until is not None
    due = max(delivery.next_attempt_at, endpoint.paused_until)
    assert later == WebhooksBacklog(1, 1, due, began)
    assert due > clock.now()
    # A long pause of the endpoint puts off what would be due before.
    await WebhookEndpoint.all().update(paused_until=due + timedelta(hours=1))
    assert (await webhooks_backlog()).first_due == due + timedelta(hours=1)

    receiver.answers.clear()
    clock.advance(timedelta(hours=2))
    assert await deliver(practice.services) == 1
    assert await webhooks_backlog() == WebhooksBacklog(0, 0, None, None)


async def test_what_waits_for_a_disabled_endpoint_does_not_count(practice: Practice, clock: FixedClock) -> None:
    await listen(practice, "portal_status.changed")
    await practice.contact(emails=())
    await WebhookEndpoint.all().update(disabled_at=clock.now())
    assert await webhooks_backlog() == WebhooksBacklog(0, 0, None, None)
