"""Deliveries are signed, sent once or again, given up after three days, and hold up no other."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from clinic.letters.delivery import deliver_due_letters
from clinic.upkeep.resuming import resume
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.callers import Permission
from clinic.values.metrics import WebhookResult
from clinic.values.outgoing import OutgoingRefused, OutgoingUnavailable
from clinic.webhooks.actions import OVERLAP, delete_endpoint, replay, rotate_secret
from clinic.webhooks.cleanup import KEPT
from clinic.webhooks.delivery import LEASE, WebhookDeliverer
from clinic.webhooks.models import (
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookDisabledWhy,
    WebhookEndpoint,
    WebhookFailure,
)
from clinic.webhooks.outcome import GIVE_UP_AFTER, LONGEST_PAUSE
from clinic.work.models import AuditEvent, HeldCopy
from tests.clinic.webhooks.listening import URL, deliver, listen
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.metrics import Counted
from tests.factories.receiver import Receiver

OTHER = "https://other.example/hooks"


@pytest.fixture
def clock() -> FixedClock:
    """The library that verifies reads the machine's clock."""
    return FixedClock(datetime.now(UTC))


async def one_due(practice: Practice, url: str = URL) -> WebhookDelivery:
    await listen(practice, "portal_status.changed", url=url)
    await practice.contact(emails=())
    return await WebhookDelivery.get()


async def test_a_delivery_is_signed_and_verified_by_the_library(practice: Practice, receiver: Receiver) -> None:
    made = await listen(practice, "portal_status.changed")
    await practice.contact()

    assert await deliver(practice.services) == 1

    [request] = receiver.sent
    delivery = await WebhookDelivery.get()
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["webhook-id"] == delivery.message_id
    content = Webhook(made.secret).verify(request.body, dict(request.headers))
    assert content == json.loads(delivery.body)
    assert (delivery.state, delivery.attempts, delivery.last_status) == (WebhookDeliveryState.DELIVERED, 1, 204)
    assert await deliver(practice.services) == 0


async def test_without_its_signature_changed_or_replayed_later_it_is_refused(
    practice: Practice, receiver: Receiver, clock: FixedClock
) -> None:
    made = await listen(practice, "portal_status.changed")
    clock.advance(timedelta(minutes=-10))
    await practice.contact()
    await deliver(practice.services)
    [old] = receiver.sent
    clock.advance(timedelta(minutes=10))
    await replay(practice.system, (await WebhookDelivery.get()).id, practice.services)
    await deliver(practice.services)
    _, request = receiver.sent
    library, headers = Webhook(made.secret), dict(request.headers)
    library.verify(request.body, headers)

    stripped = {name: value for name, value in headers.items() if name != "webhook-signature"}
    for body, changed in (
        (request.body, stripped),
        (request.body, {**headers, "webhook-id": "msg_another"}),
        (request.body.replace(b"willow", b"harbor"), headers),
        (old.body, dict(old.headers)),
    ):
        with pytest.raises(WebhookVerificationError):
            library.verify(body, changed)
    assert old.headers["webhook-id"] == headers["webhook-id"]


async def test_after_a_rotation_both_secrets_verify_for_a_day(
    practice: Practice, receiver: Receiver, clock: FixedClock
) -> None:
    first = await listen(practice, "portal_status.changed")
    clock.advance(-OVERLAP)
    second = await rotate_secret(practice.system, first.endpoint.id, practice.services)
    clock.advance(OVERLAP - timedelta(seconds=1))
    await practice.contact(emails=())
    await deliver(practice.services)
    clock.advance(timedelta(seconds=1))
    await practice.contact(emails=())
    await deliver(practice.services)

    during, after = receiver.sent
    for secret in (first.secret, second.secret):
        Webhook(secret).verify(during.body, dict(during.headers))
    Webhook(second.secret).verify(after.body, dict(after.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(first.secret).verify(after.body, dict(after.headers))


@pytest.mark.parametrize(
    ("answer", "failure", "status"),
    [
        (500, WebhookFailure.STATUS, 500),
        (302, WebhookFailure.STATUS, 302),
        (OutgoingUnavailable("no answer in time"), WebhookFailure.UNREACHABLE, None),
        (OutgoingRefused("the address leads into a private network"), WebhookFailure.ADDRESS_REFUSED, None),
        (ValueError("a defect"), WebhookFailure.INTERNAL, None),
    ],
)
async def test_a_failed_attempt_is_marked_and_tried_again_with_the_same_id(
    practice: Practice,
    receiver: Receiver,
    clock: FixedClock,
    answer: int | Exception,
    failure: WebhookFailure,
    status: int | None,
) -> None:
    await one_due(practice)
    receiver.answers[URL] = answer

    await deliver(practice.services)
    failed = await WebhookDelivery.get()
    assert (failed.state, failed.failure, failed.last_status) == (WebhookDeliveryState.WAITING, failure, status)
    assert failed.next_attempt_at > clock.now()
    assert await deliver(practice.services) == 0

    receiver.answers.clear()
    clock.advance(timedelta(minutes=1))
    await deliver(practice.services)
    delivered = await WebhookDelivery.get()
    assert (delivered.state, delivered.attempts, delivered.failure) == (WebhookDeliveryState.DELIVERED, 2, None)
    assert len({request.headers["webhook-id"] for request in receiver.sent}) == 1
    assert (await WebhookEndpoint.get()).failing_since is None


async def test_after_three_days_it_is_given_up_and_the_endpoint_disabled_visibly(
    practice: Practice, receiver: Receiver, clock: FixedClock, mailbox: Mailbox
) -> None:
    await practice.staff(Permission.MANAGE_INTEGRATIONS)
    await practice.staff(Permission.MANAGE_STAFF)
    await one_due(practice)
    receiver.answers[URL] = 503
    begun = clock.now()

    while (await WebhookDelivery.get()).state is WebhookDeliveryState.WAITING:
        await deliver(practice.services)
        clock.advance(LONGEST_PAUSE)
        assert clock.now() - begun < GIVE_UP_AFTER + 3 * LONGEST_PAUSE

    assert clock.now() - begun > GIVE_UP_AFTER
    endpoint = await WebhookEndpoint.get()
    assert endpoint.disabled_why is WebhookDisabledWhy.FAILING
    assert await AuditEvent.filter(action="webhook_endpoint.disabled", subject_id=endpoint.id).count() == 1
    await deliver_due_letters(practice.services, worker_name="w")
    [letter] = mailbox.letters
    assert letter["Subject"] == "Willow Creek Counseling: a webhook was disabled"
    assert "ehr.example" not in letter.as_string()


async def test_who_answers_gone_is_disabled_at_once(practice: Practice, receiver: Receiver) -> None:
    await one_due(practice)
    await practice.contact(emails=())
    receiver.answers[URL] = 410

    assert await deliver(practice.services) == 1

    assert (await WebhookEndpoint.get()).disabled_why is WebhookDisabledWhy.GONE
    rows = await WebhookDelivery.all()
    assert {row.state for row in rows} == {WebhookDeliveryState.FAILED}
    assert {row.failure for row in rows} == {WebhookFailure.GONE, WebhookFailure.ENDPOINT_DISABLED}


async def test_a_slow_endpoint_holds_up_no_other(practice: Practice, receiver: Receiver) -> None:
    await listen(practice, "portal_status.changed")
    await listen(practice, "portal_status.changed", url=OTHER)
    for _ in range(3):
        await practice.contact(emails=())
    asked, released = asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        asked.set()
        await released.wait()
        return 204

    receiver.answers[URL] = slow
    async with WebhookDeliverer(practice.services, worker_name="w") as webhooks:
        tried = 0
        while tried < 3:
            tried += await webhooks.deliver_due()
        await asked.wait()
        assert tried == 3
        assert [request.url for request in receiver.sent].count(OTHER) == 3
        assert [request.url for request in receiver.sent].count(URL) == 1
        released.set()
    assert await WebhookDelivery.filter(state=WebhookDeliveryState.DELIVERED).count() == 6


async def test_a_delivery_is_claimed_by_one_worker_until_its_lease_ends(
    practice: Practice, receiver: Receiver, clock: FixedClock
) -> None:
    await one_due(practice)
    begun = asyncio.Event()

    async def dies() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 204

    receiver.answers[URL] = dies
    async with WebhookDeliverer(practice.services, worker_name="first", drain=timedelta(0)) as killed:
        round_ = asyncio.create_task(killed.deliver_due())
        await begun.wait()
        round_.cancel()
        await asyncio.wait([round_])
    receiver.answers.clear()

    assert await deliver(practice.services, "second") == 0
    clock.advance(LEASE + timedelta(seconds=1))
    assert await deliver(practice.services, "second") == 1
    assert len(receiver.sent) == 2
    assert len({request.headers["webhook-id"] for request in receiver.sent}) == 1


async def test_a_held_copy_sends_nothing_and_gives_up_what_is_older(
    practice: Practice, receiver: Receiver, clock: FixedClock
) -> None:
    await one_due(practice)
    made_at = clock.now()
    clock.advance(timedelta(hours=1))
    await HeldCopy.create(id=1, backup_made_at=made_at, restored_at=clock.now())
    await practice.contact(emails=())

    async with nothing_changes():
        assert await deliver(practice.services) == 0
    assert receiver.sent == []

    done = await resume(practice.services, give_up_older=True)
    assert done is not None
    assert (done.webhooks_waiting, done.webhooks_given_up) == (1, 1)
    assert await deliver(practice.services) == 1
    rows = await WebhookDelivery.all().order_by("created_at")
    assert [row.failure for row in rows] == [WebhookFailure.OLDER_THAN_BACKUP, None]
    event = await AuditEvent.get(action="backup.resumed")
    assert json.loads(event.details)["webhooks_given_up"] == "1"


async def test_the_log_goes_back_thirty_days(practice: Practice, clock: FixedClock) -> None:
    made = await one_due(practice)
    await deliver(practice.services)
    clock.advance(KEPT)
    await run_timed_work(practice.services)
    assert await WebhookDelivery.all().count() == 1
    await delete_endpoint(practice.system, made.endpoint_id, practice.services)
    clock.advance(timedelta(days=1, seconds=1))
    await run_timed_work(practice.services)
    assert (await WebhookDelivery.all().count(), await WebhookEndpoint.all().count()) == (0, 1)
    clock.advance(KEPT)
    await run_timed_work(practice.services)
    assert await WebhookEndpoint.all().count() == 0


async def test_attempts_are_counted_and_no_line_holds_the_address(
    practice: Practice, receiver: Receiver, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    counted = Counted()
    services = replace(practice.services, metrics=counted)
    await one_due(practice)
    receiver.answers[URL] = 500

    with caplog.at_level(logging.INFO):
        await deliver(services)
        receiver.answers.clear()
        clock.advance(timedelta(minutes=1))
        await deliver(services)

    assert counted.webhooks == {WebhookResult.POSTPONED: 1, WebhookResult.DELIVERED: 1}
    lines = [record for record in caplog.records if record.name.startswith("clinic.webhooks")]
    assert [line.getMessage() for line in lines] == ["webhook.postponed", "webhook.delivered"]
    assert all("ehr.example" not in repr(vars(line)) for line in lines)
