"""Records what came of an attempt to deliver: done, tried again later, given up; and what it means for the endpoint."""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_staff_member_letter
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission, SystemCaller
from clinic.values.metrics import WebhookResult
from clinic.values.ports import Services
from clinic.webhooks.actions import disable
from clinic.webhooks.models import (
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookDisabledWhy,
    WebhookEndpoint,
    WebhookFailure,
)
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=4)
# Product §7: retried for three days.
GIVE_UP_AFTER = timedelta(days=3)
# How long a failing endpoint is asked nothing at all.
FIRST_ENDPOINT_PAUSE = timedelta(seconds=5)
LONGEST_ENDPOINT_PAUSE = timedelta(minutes=5)
# The part of a pause by which it is longer or shorter, so that retries don't come all at once.
JITTER = 0.2


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: `failure` is None if the receiver took it. `status` is the answer's, if there was one."""

    failure: WebhookFailure | None
    status: int | None = None


@retry_on_conflict
async def record(delivery: WebhookDelivery, outcome: Outcome, services: Services) -> None:
    """Write the outcome, also if another worker has claimed the delivery meanwhile. What has ended stays as it is."""
    async with unit_of_work(SystemCaller(delivery.organization_id, "worker"), services) as work:
        endpoint = await WebhookEndpoint.filter(id=delivery.endpoint_id).select_for_update(no_key=True).get()
        if outcome.failure is None:
            result = await _delivered(delivery, endpoint, outcome, work)
        else:
            result = await _failed(delivery, endpoint, outcome.failure, outcome.status, work, services)
    _tell(delivery, outcome, result, services)


async def _delivered(
    delivery: WebhookDelivery, endpoint: WebhookEndpoint, outcome: Outcome, work: Work
) -> WebhookResult:
    await _waiting(delivery).update(
        state=WebhookDeliveryState.DELIVERED,
        ended_at=work.now,
        claimed_until=None,
        last_status=outcome.status,
        failure=None,
    )
    if endpoint.failing_since is not None:
        endpoint.failing_since, endpoint.failures_in_row, endpoint.paused_until = None, 0, None
        await endpoint.save(update_fields=["failing_since", "failures_in_row", "paused_until"])
    return WebhookResult.DELIVERED


async def _failed(
    delivery: WebhookDelivery,
    endpoint: WebhookEndpoint,
    failure: WebhookFailure,
    status: int | None,
    work: Work,
    services: Services,
) -> WebhookResult:
    given_up = failure is WebhookFailure.GONE or work.now - delivery.due_since >= GIVE_UP_AFTER
    what = {"claimed_until": None, "last_status": status, "failure": failure}
    if given_up:
        await _waiting(delivery).update(state=WebhookDeliveryState.FAILED, ended_at=work.now, **what)
    else:
        pause = _pause(FIRST_PAUSE, LONGEST_PAUSE, delivery.attempts)
        await _waiting(delivery).update(next_attempt_at=work.now + pause, **what)
    endpoint.failing_since = endpoint.failing_since or work.now
    endpoint.failures_in_row += 1
    endpoint.paused_until = work.now + _pause(FIRST_ENDPOINT_PAUSE, LONGEST_ENDPOINT_PAUSE, endpoint.failures_in_row)
    await endpoint.save(update_fields=["failing_since", "failures_in_row", "paused_until"])
    why = _why_disabled(failure, endpoint.failing_since, work.now, given_up=given_up)
    if why is not None and endpoint.disabled_at is None and endpoint.deleted_at is None:
        await disable(endpoint, why, work)
        await _tell_managers(endpoint, work, services)
    return WebhookResult.FAILED if given_up else WebhookResult.POSTPONED


def _why_disabled(
    failure: WebhookFailure, failing_since: datetime, now: datetime, *, given_up: bool
) -> WebhookDisabledWhy | None:
    if failure is WebhookFailure.GONE:
        return WebhookDisabledWhy.GONE
    # Where a delivery is given up, its last attempt may come a little before three days of failures have passed.
    enough = GIVE_UP_AFTER - LONGEST_PAUSE if given_up else GIVE_UP_AFTER
    return WebhookDisabledWhy.FAILING if now - failing_since >= enough else None


async def _tell_managers(endpoint: WebhookEndpoint, work: Work, services: Services) -> None:
    """A letter to each active staff member who may manage integrations."""
    staff = await StaffMember.filter(organization_id=endpoint.organization_id, disabled_at=None, machine=False)
    for member in sorted(staff, key=lambda each: each.id):
        if member.state is StaffState.ACTIVE and Permission.MANAGE_INTEGRATIONS in member.granted:
            await queue_staff_member_letter(LetterKind.STAFF_WEBHOOK_DISABLED, member, work.now, services)


def _waiting(delivery: WebhookDelivery):  # type: ignore[no-untyped-def]  # Tortoise's query set
    return WebhookDelivery.filter(id=delivery.id, state=WebhookDeliveryState.WAITING)


def _pause(first: timedelta, longest: timedelta, attempts: int) -> timedelta:
    """Exponential backoff with jitter. The exponent is limited, because there may be many attempts."""
    doublings: int = 2 ** min(max(attempts - 1, 0), 12)
    pause = min(first * doublings, longest)
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _tell(delivery: WebhookDelivery, outcome: Outcome, result: WebhookResult, services: Services) -> None:
    """Count the attempt and log one line. Neither holds the address, which may hold a secret."""
    services.metrics.count_webhook(result)
    level = logging.INFO if result is WebhookResult.DELIVERED else logging.WARNING
    log.log(
        level,
        f"webhook.{result.value}",  # noqa: G004 - one of three words
        extra={
            "delivery_id": str(delivery.id),
            "endpoint_id": str(delivery.endpoint_id),
            "kind": delivery.event.value,
            "attempts": delivery.attempts,
            "status": outcome.status,
            "failure": outcome.failure.value if outcome.failure else "",
        },
    )
