"""Adds and changes the endpoints of a practice's webhooks, and sends a delivery again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from clinic.organizations.models import Organization
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_WEBHOOK_URL, MOST_WEBHOOK_ENDPOINTS
from clinic.values.outgoing import OutgoingRefused
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.access import Manager, delivery_for_change, endpoint_for_change, require_manager
from clinic.webhooks.models import (
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookDisabledWhy,
    WebhookEndpoint,
    WebhookFailure,
)
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# So long the previous secret signs too, for the receiver to learn the new one.
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class EndpointWithSecret:
    """An endpoint and its secret, which is shown once."""

    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


@retry_on_conflict
async def create_endpoint(
    caller: Manager,
    url: str,
    events: Sequence[str],
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> EndpointWithSecret:
    """Tell an address of events from now on. Needs MANAGE_INTEGRATIONS and a fresh sign-in.

    The same request again, by its key, answers the same secret. Raises `NotPermitted`, `FreshSignInNeeded` and
    `InvalidInput`, also beyond `MOST_WEBHOOK_ENDPOINTS`.
    """
    require_manager(caller)
    problems = Problems()
    url = _checked_url(problems, url, services)
    chosen = _checked_events(problems, events)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        await require_fresh(caller, work.now)
        if work.earlier_result is not None:
            made = await endpoint_for_change(caller, work.earlier_result)
            return EndpointWithSecret(made, services.secrets.decrypt(made.secret_encrypted))
        await Organization.filter(id=caller.organization_id).select_for_update(no_key=True).first()
        there = await WebhookEndpoint.filter(organization_id=caller.organization_id, deleted_at=None).count()
        if there >= MOST_WEBHOOK_ENDPOINTS:
            raise InvalidInput.one("url", Problem.TOO_MANY_ENDPOINTS, most=MOST_WEBHOOK_ENDPOINTS)
        secret = services.webhook_signer.new_secret()
        endpoint = await WebhookEndpoint.create(
            id=uuid4(),
            organization_id=caller.organization_id,
            url=url,
            events=chosen,
            secret_encrypted=services.secrets.encrypt(secret),
            created_at=work.now,
        )
        work.result_id = endpoint.id
        work.audit("webhook_endpoint.created", endpoint, events=chosen)
    return EndpointWithSecret(endpoint, secret)


@dataclass(frozen=True)
class EndpointChanges:
    """What changes; None leaves a field as it is."""

    url: str | None = None
    events: Sequence[str] | None = None
    enabled: bool | None = None


@retry_on_conflict
async def update_endpoint(
    caller: Manager, endpoint_id: UUID | None, changes: EndpointChanges, services: Services
) -> WebhookEndpoint:
    """Change an endpoint's address or events, disable it or enable it again. Raises as `create_endpoint` does.

    A new address needs a fresh sign-in, since it decides who is told. Disabling gives up what waits.
    """
    require_manager(caller)
    problems = Problems()
    url = None if changes.url is None else _checked_url(problems, changes.url, services)
    chosen = None if changes.events is None else _checked_events(problems, changes.events)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        endpoint = await endpoint_for_change(caller, endpoint_id)
        changed = []
        if url is not None and url != endpoint.url:
            await require_fresh(caller, work.now)
            endpoint.url, endpoint.failing_since, endpoint.failures_in_row, endpoint.paused_until = url, None, 0, None
            changed.append("url")
        if chosen is not None and chosen != endpoint.events:
            endpoint.events = chosen
            changed.append("events")
        if changed:
            await endpoint.save()
            work.audit("webhook_endpoint.updated", endpoint, fields=" ".join(changed), events=endpoint.events)
        if changes.enabled is False and endpoint.disabled_at is None:
            await disable(endpoint, WebhookDisabledWhy.BY_STAFF, work)
        if changes.enabled is True and endpoint.disabled_at is not None:
            await _enable(endpoint, work)
    return endpoint


async def disable(endpoint: WebhookEndpoint, why: WebhookDisabledWhy, work: Work) -> None:
    """Send nothing more to the endpoint, inside a transaction that has locked it. What waits is given up."""
    endpoint.disabled_at, endpoint.disabled_why = work.now, why
    await endpoint.save(update_fields=["disabled_at", "disabled_why"])
    given_up = await _give_up(endpoint, work)
    work.audit("webhook_endpoint.disabled", endpoint, why=why.value, given_up=given_up)


async def _give_up(endpoint: WebhookEndpoint, work: Work) -> int:
    waiting = WebhookDelivery.filter(endpoint_id=endpoint.id, state=WebhookDeliveryState.WAITING)
    return await waiting.update(
        state=WebhookDeliveryState.FAILED,
        failure=WebhookFailure.ENDPOINT_DISABLED,
        ended_at=work.now,
        claimed_until=None,
    )


async def _enable(endpoint: WebhookEndpoint, work: Work) -> None:
    endpoint.disabled_at = endpoint.disabled_why = endpoint.failing_since = endpoint.paused_until = None
    endpoint.failures_in_row = 0
    await endpoint.save()
    work.audit("webhook_endpoint.enabled", endpoint)


@retry_on_conflict
async def delete_endpoint(caller: Manager, endpoint_id: UUID | None, services: Services) -> UUID:
    """Forget an endpoint, its address and its secrets. Returns its id. Raises `NotPermitted`, `NotFound`."""
    async with unit_of_work(caller, services) as work:
        endpoint = await endpoint_for_change(caller, endpoint_id)
        endpoint.deleted_at = work.now
        endpoint.url = endpoint.secret_encrypted = endpoint.previous_secret_encrypted = ""
        endpoint.previous_ends_at = None
        await endpoint.save()
        await _give_up(endpoint, work)
        work.audit("webhook_endpoint.deleted", endpoint)
    return endpoint.id


@retry_on_conflict
async def rotate_secret(
    caller: Manager, endpoint_id: UUID | None, services: Services, *, end_old_now: bool = False
) -> EndpointWithSecret:
    """Give an endpoint a new secret. The old one signs too for `OVERLAP`, unless `end_old_now`.

    Needs a fresh sign-in. A second rotation during the overlap would cut off the receiver, so it is refused unless the
    old secrets are to end at once. Raises `NotPermitted`, `NotFound`, `FreshSignInNeeded`, `InvalidInput`.
    """
    require_manager(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        endpoint = await endpoint_for_change(caller, endpoint_id)
        if not end_old_now and endpoint.previous_ends_at and endpoint.previous_ends_at > work.now:
            hours = int(OVERLAP.total_seconds() // 3600)
            raise InvalidInput.one("endOldNow", Problem.ROTATED_LATELY, hours=hours)
        secret = services.webhook_signer.new_secret()
        endpoint.previous_secret_encrypted = "" if end_old_now else endpoint.secret_encrypted
        endpoint.previous_ends_at = None if end_old_now else work.now + OVERLAP
        endpoint.secret_encrypted = services.secrets.encrypt(secret)
        await endpoint.save()
        work.audit("webhook_endpoint.secret_rotated", endpoint, end_old_now=end_old_now)
    return EndpointWithSecret(endpoint, secret)


@retry_on_conflict
async def replay(caller: Manager, delivery_id: UUID | None, services: Services) -> WebhookDelivery:
    """Send a delivery again, under the same id. Raises `NotPermitted`, `NotFound`, `InvalidInput`.

    One that still waits is tried at once.
    """
    async with unit_of_work(caller, services) as work:
        delivery, endpoint = await delivery_for_change(caller, delivery_id)
        if endpoint.disabled_at is not None:
            raise InvalidInput.one("deliveryId", Problem.WEBHOOK_DISABLED)
        delivery.next_attempt_at = work.now
        if delivery.state is not WebhookDeliveryState.WAITING:
            delivery.state, delivery.due_since = WebhookDeliveryState.WAITING, work.now
            delivery.ended_at, delivery.claimed_until = None, None
        await delivery.save(update_fields=["next_attempt_at", "state", "due_since", "ended_at", "claimed_until"])
        if endpoint.paused_until is not None:
            await WebhookEndpoint.filter(id=endpoint.id).update(paused_until=None)
        work.audit("webhook_delivery.replayed", delivery, endpoint=endpoint.id)
    return delivery


def _checked_url(problems: Problems, url: str, services: Services) -> str:
    cleaned = problems.line("url", url, longest=LONGEST_WEBHOOK_URL)
    if cleaned:
        try:
            services.outgoing.check(cleaned)
        except OutgoingRefused:
            problems.add("url", Problem.ADDRESS_NOT_ALLOWED)
    return cleaned


def _checked_events(problems: Problems, events: Sequence[str]) -> str:
    """The chosen events as they are stored."""
    known = {event.value for event in WebhookEvent}
    offered = ", ".join(event.value for event in WebhookEvent)
    if not events:
        problems.add("events", Problem.NO_WEBHOOK_EVENT, offered=offered)
    for place, name in enumerate(events[: len(known) * 2]):
        if name not in known:
            problems.add(f"events.{place}", Problem.NO_WEBHOOK_EVENT, offered=offered)
    return " ".join(event.value for event in WebhookEvent if event.value in set(events))
