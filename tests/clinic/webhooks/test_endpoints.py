"""Endpoints are added, changed and removed by those who manage integrations, with addresses outside our network."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.values.callers import Permission
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted
from clinic.values.limits import MOST_WEBHOOK_ENDPOINTS
from clinic.webhooks.actions import (
    OVERLAP,
    EndpointChanges,
    create_endpoint,
    delete_endpoint,
    replay,
    rotate_secret,
    update_endpoint,
)
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint, WebhookFailure
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent
from tests.clinic.webhooks.listening import URL, listen
from tests.clock import FixedClock
from tests.factories import Practice, open_practice
from tests.factories.contents import nothing_changes


async def test_the_secret_is_shown_once_and_is_encrypted_at_rest(practice: Practice) -> None:
    manager = await practice.staff(Permission.MANAGE_INTEGRATIONS)

    made = await create_endpoint(manager, URL, ["document.signed"], practice.services)

    assert made.secret.startswith("whsec_")
    assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 32
    row = await WebhookEndpoint.get(id=made.endpoint.id)
    assert (row.url, row.events) == (URL, "document.signed")
    assert made.secret not in row.secret_encrypted
    assert practice.services.secrets.decrypt(row.secret_encrypted) == made.secret
    event = await AuditEvent.get(subject_id=row.id)
    assert (event.action, event.details) == ("webhook_endpoint.created", '{"events": "document.signed"}')


@pytest.mark.parametrize(
    "url",
    [
        "http://ehr.example/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.8/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[fd00::1]/hook",
        "https://user:password@ehr.example/hook",
        "ftp://ehr.example/hook",
        "ehr.example/hook",
    ],
)
async def test_an_address_of_our_own_network_is_refused(practice: Practice, url: str) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput, match=r"^INVALID_INPUT url:ADDRESS_NOT_ALLOWED$"):
            await create_endpoint(practice.system, url, ["document.signed"], practice.services)

    there = await listen(practice)
    with pytest.raises(InvalidInput, match=r"^INVALID_INPUT url:ADDRESS_NOT_ALLOWED$"):
        await update_endpoint(practice.system, there.endpoint.id, EndpointChanges(url=url), practice.services)


@pytest.mark.parametrize(
    ("events", "path"), [((), "events"), (("document.signed", "contact.viewed"), "events.1"), (("",), "events.0")]
)
async def test_events_are_chosen_of_the_known_ones(practice: Practice, events: tuple[str, ...], path: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^INVALID_INPUT {path}:NO_WEBHOOK_EVENT$"):
        await create_endpoint(practice.system, URL, events, practice.services)


async def test_a_practice_has_so_many_endpoints_at_most(practice: Practice) -> None:
    made = [await listen(practice) for _ in range(MOST_WEBHOOK_ENDPOINTS)]

    with pytest.raises(InvalidInput, match="url:TOO_MANY_ENDPOINTS"):
        await listen(practice)
    await delete_endpoint(practice.system, made[0].endpoint.id, practice.services)
    await listen(practice)


async def test_it_needs_the_permission(practice: Practice) -> None:
    made = await listen(practice)
    await practice.contact()
    delivery = await WebhookDelivery.first()
    assert delivery is not None
    desk = await practice.staff(Permission.MANAGE_ORGANIZATION, Permission.MANAGE_STAFF)
    services, changes = practice.services, EndpointChanges(enabled=False)

    async with nothing_changes():
        for refused in (
            create_endpoint(desk, URL, ["document.signed"], services),
            update_endpoint(desk, made.endpoint.id, changes, services),
            delete_endpoint(desk, made.endpoint.id, services),
            rotate_secret(desk, made.endpoint.id, services),
            replay(desk, delivery.id, services),
        ):
            with pytest.raises(NotPermitted, match="MANAGE_INTEGRATIONS"):
                await refused


async def test_another_practices_endpoint_is_not_there(practice: Practice) -> None:
    other = await open_practice(practice.services, "harbor-house")
    made = await listen(other)
    await other.contact()
    delivery = await WebhookDelivery.get()
    manager = await practice.staff(Permission.MANAGE_INTEGRATIONS)
    services, changes = practice.services, EndpointChanges(enabled=False)

    async with nothing_changes():
        for refused in (
            update_endpoint(manager, made.endpoint.id, changes, services),
            delete_endpoint(manager, made.endpoint.id, services),
            rotate_secret(manager, made.endpoint.id, services),
            replay(manager, delivery.id, services),
            replay(manager, uuid4(), services),
            rotate_secret(manager, None, services),
        ):
            with pytest.raises(NotFound):
                await refused


async def test_what_shows_a_secret_and_a_new_address_need_a_fresh_sign_in(
    practice: Practice, clock: FixedClock
) -> None:
    made = await listen(practice)
    manager = await practice.staff(Permission.MANAGE_INTEGRATIONS)
    clock.advance(FRESH_FOR)
    moved = EndpointChanges(url="https://elsewhere.example/hook")

    async with nothing_changes():
        for refused in (
            create_endpoint(manager, URL, ["document.signed"], practice.services),
            rotate_secret(manager, made.endpoint.id, practice.services),
            update_endpoint(manager, made.endpoint.id, moved, practice.services),
        ):
            with pytest.raises(FreshSignInNeeded):
                await refused
    changes = EndpointChanges(events=["document.declined"])
    changed = await update_endpoint(manager, made.endpoint.id, changes, practice.services)
    assert changed.events == "document.declined"


async def test_disabling_gives_up_what_waits_and_enabling_starts_anew(practice: Practice) -> None:
    made = await listen(practice)
    await practice.contact()

    await update_endpoint(practice.system, made.endpoint.id, EndpointChanges(enabled=False), practice.services)
    [given_up] = await WebhookDelivery.all()
    assert (given_up.state, given_up.failure) == (WebhookDeliveryState.FAILED, WebhookFailure.ENDPOINT_DISABLED)
    with pytest.raises(InvalidInput, match="deliveryId:WEBHOOK_DISABLED"):
        await replay(practice.system, given_up.id, practice.services)

    enabled = await update_endpoint(practice.system, made.endpoint.id, EndpointChanges(enabled=True), practice.services)
    assert (enabled.disabled_at, enabled.disabled_why) == (None, None)
    assert (await replay(practice.system, given_up.id, practice.services)).state is WebhookDeliveryState.WAITING
    events = await AuditEvent.filter(action__startswith="webhook_").order_by("sequence")
    assert [event.action for event in events] == [
        "webhook_endpoint.created",
        "webhook_endpoint.disabled",
        "webhook_endpoint.enabled",
        "webhook_delivery.replayed",
    ]


async def test_a_deleted_endpoint_keeps_neither_address_nor_secret(practice: Practice) -> None:
    made = await listen(practice)

    await delete_endpoint(practice.system, made.endpoint.id, practice.services)

    row = await WebhookEndpoint.get(id=made.endpoint.id)
    assert (row.url, row.secret_encrypted, row.previous_secret_encrypted) == ("", "", "")
    with pytest.raises(NotFound):
        await delete_endpoint(practice.system, made.endpoint.id, practice.services)


async def test_a_second_rotation_in_the_overlap_must_end_the_old_secrets(practice: Practice, clock: FixedClock) -> None:
    made = await listen(practice)
    second = await rotate_secret(practice.system, made.endpoint.id, practice.services)
    assert second.secret != made.secret
    assert second.endpoint.previous_ends_at == clock.now() + OVERLAP

    clock.advance(OVERLAP - timedelta(seconds=1))
    with pytest.raises(InvalidInput, match="endOldNow:ROTATED_LATELY"):
        await rotate_secret(practice.system, made.endpoint.id, practice.services)
    third = await rotate_secret(practice.system, made.endpoint.id, practice.services, end_old_now=True)
    assert (third.endpoint.previous_secret_encrypted, third.endpoint.previous_ends_at) == ("", None)
    await rotate_secret(practice.system, made.endpoint.id, practice.services)
