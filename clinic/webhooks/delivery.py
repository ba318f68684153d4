"""Delivers webhooks. Any number of workers may run: a worker claims a delivery by one conditional update.

docs/decisions/0064-webhooks-are-delivered-side-by-side.md
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from uuid import UUID

from tortoise.exceptions import BaseORMException
from tortoise.expressions import F, Q

from clinic.database.faults import is_unavailable
from clinic.database.rows import fetch_as
from clinic.values.outgoing import OutgoingRefused, OutgoingRequest, OutgoingUnavailable
from clinic.values.ports import Services
from clinic.webhooks.models import (
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEndpoint,
    WebhookFailure,
)
from clinic.webhooks.outcome import Outcome, record
from clinic.work.held import is_held

log = logging.getLogger(__name__)

# An answer may take ten seconds (`values.outgoing`). If a worker dies, others take its deliveries after the lease.
LEASE = timedelta(minutes=2)
# So many endpoints are sent to side by side by one worker, and so many deliveries to one of them in one turn.
MOST_ENDPOINTS = 20
MOST_IN_TURN = 20
# A round ends after this time at the latest, so that other endpoints need not wait for a slow one.
LONGEST_ROUND = timedelta(seconds=1)

_DUE = f"""
SELECT e.id, min(d.next_attempt_at) AS due FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
WHERE d.state = '{WebhookDeliveryState.WAITING.value}' AND d.next_attempt_at <= $1
  AND (d.claimed_until IS NULL OR d.claimed_until < $1 OR d.claimed_by = $2)
  AND e.disabled_at IS NULL AND e.deleted_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= $1)
GROUP BY e.id ORDER BY due LIMIT {2 * MOST_ENDPOINTS}
"""  # noqa: S608 - made of the constants above


@dataclass(frozen=True)
class _Due:
    id: UUID
    due: datetime


class WebhookDeliverer:
    """Sends what is due, to several endpoints side by side, and to each of them one delivery after the other.

    Leaving its context waits for what is under way, for `drain` at most; then it is cancelled and keeps its claim.
    """

    def __init__(self, services: Services, *, worker_name: str, drain: timedelta = timedelta(seconds=7)) -> None:
        self._services = services
        self._worker = worker_name
        self._drain = drain
        self._turns: dict[UUID, asyncio.Task[int]] = {}

    async def __aenter__(self) -> "WebhookDeliverer":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._turns:
            return
        _, late = await asyncio.wait(self._turns.values(), timeout=self._drain.total_seconds())
        for turn in late:
            turn.cancel()
        await asyncio.gather(*self._turns.values(), return_exceptions=True)

    async def deliver_due(self) -> int:
        """Begin turns for endpoints that have something due. Returns how many deliveries were tried in ended turns.

        Nothing is sent in a restored copy that is held. Raises the database's exceptions in an outage.
        """
        now = self._services.clock.now()
        due = [each.id for each in await fetch_as(_Due, _DUE, now, self._worker) if each.id not in self._turns]
        if due and not await is_held():
            for endpoint_id in due[: MOST_ENDPOINTS - len(self._turns)]:
                turn = _turn(endpoint_id, self._worker, self._services)
                self._turns[endpoint_id] = asyncio.create_task(turn)
        if self._turns:
            seconds = LONGEST_ROUND.total_seconds()
            await asyncio.wait(self._turns.values(), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        ended = [endpoint_id for endpoint_id, turn in self._turns.items() if turn.done()]
        turns = [self._turns.pop(endpoint_id) for endpoint_id in ended]
        return sum([turn.result() for turn in turns])


async def _turn(endpoint_id: UUID, worker_name: str, services: Services) -> int:
    """Send what is due to one endpoint, until one attempt fails. Returns how many deliveries were tried."""
    for tried in range(MOST_IN_TURN):
        endpoint = await WebhookEndpoint.get(id=endpoint_id)
        if endpoint.disabled_at or endpoint.deleted_at or await is_held():
            return tried
        delivery = await _claim_next(endpoint_id, worker_name, services.clock.now())
        if delivery is None:
            return tried
        outcome = await _attempt(delivery, endpoint, services)
        await record(delivery, outcome, services)
        if outcome.failure is not None:
            return tried + 1
    return MOST_IN_TURN


async def _claim_next(endpoint_id: UUID, worker_name: str, now: datetime) -> WebhookDelivery | None:
    """The next delivery, claimed. What this worker has claimed is free: an endpoint has one turn at a time."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_by=worker_name)
    waiting = Q(endpoint_id=endpoint_id, state=WebhookDeliveryState.WAITING, next_attempt_at__lte=now) & unclaimed
    while (found := await WebhookDelivery.filter(waiting).order_by("next_attempt_at", "id").first()) is not None:
        claimed = await WebhookDelivery.filter(waiting, id=found.id).update(
            claimed_until=now + LEASE, claimed_by=worker_name, attempts=F("attempts") + 1, last_attempt_at=now
        )
        if claimed:
            return await WebhookDelivery.get(id=found.id)
    return None


async def _attempt(delivery: WebhookDelivery, endpoint: WebhookEndpoint, services: Services) -> Outcome:
    try:
        answer = await services.outgoing.send(_signed_request(delivery, endpoint, services))
    except OutgoingRefused:
        return Outcome(WebhookFailure.ADDRESS_REFUSED)
    except OutgoingUnavailable:
        return Outcome(WebhookFailure.UNREACHABLE)
    except Exception as defect:
        if isinstance(defect, BaseORMException) and is_unavailable(defect):
            raise
        # A broad except, because one faulty delivery must not block the others. It is retried until it is given up.
        log.exception("webhook could not be sent", extra={"delivery_id": str(delivery.id)})
        return Outcome(WebhookFailure.INTERNAL)
    if 200 <= answer.status < 300:
        return Outcome(None, answer.status)
    return Outcome(WebhookFailure.GONE if answer.status == 410 else WebhookFailure.STATUS, answer.status)


def _signed_request(delivery: WebhookDelivery, endpoint: WebhookEndpoint, services: Services) -> OutgoingRequest:
    """The request of Standard Webhooks. After a rotation, both secrets sign for a while."""
    now = services.clock.now()
    encrypted = [endpoint.secret_encrypted]
    if endpoint.previous_ends_at is not None and endpoint.previous_ends_at > now:
        encrypted.append(endpoint.previous_secret_encrypted)
    message_id, sign = delivery.message_id, services.webhook_signer.sign
    signatures = [sign(services.secrets.decrypt(secret), message_id, now, delivery.body) for secret in encrypted]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Vestibule-Webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return OutgoingRequest("POST", endpoint.url, headers, delivery.body.encode())
