"""`vestibule webhook`: who is told of events, and what is sent again, for the operator."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import typer

from clinic.values.callers import SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.ports import Services
from clinic.webhooks.actions import replay
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint
from clinic.webhooks.queries import endpoints_of
from runtime.commands.at_practice import NO_PRACTICE, AsJson, Slug, run_at_practice
from runtime.commands.failures import CommandFailed

R = TypeVar("R")


webhook = typer.Typer(help="Programs that a practice tells of events.", no_args_is_help=True)


@webhook.command("list")
def list_(organization: Slug, as_json: AsJson = False) -> None:
    """The practice's endpoints, with their state and how much waits or was given up. Addresses without their paths."""

    async def work(caller: SystemCaller, _services: Services) -> list[dict[str, object]]:
        return [await _as_object(endpoint) for endpoint in await endpoints_of(caller)]

    found = _run(organization, "list", work)
    if as_json:
        typer.echo(json.dumps({"endpoints": found}))
        return
    for each in found:
        typer.echo(f"{each['id']}  {each['host']}  {each['state']}  waiting {each['waiting']}, failed {each['failed']}")


@webhook.command("replay")
def replay_command(
    organization: Slug,
    delivery: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Webhook ids, such as msg_….")] = None,
    failed_of: Annotated[
        str | None, typer.Option("--failed-of", metavar="ENDPOINT", help="All that were given up for this endpoint.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send deliveries again, with the same webhook-id: those named, or all that were given up for an endpoint."""
    if bool(delivery) == bool(failed_of):
        raise typer.BadParameter("name deliveries, or an endpoint with --failed-of")

    async def work(caller: SystemCaller, services: Services) -> list[str]:
        ids = [_key(each) for each in delivery or ()] or await _failed_of(caller, _key(failed_of or ""))
        return [(await _replay(caller, each, services)).message_id for each in ids]

    sent = _run(organization, "replay", work)
    if as_json:
        typer.echo(json.dumps({"replayed": sent}))
    else:
        typer.echo(f"{len(sent)} deliveries are sent again by the worker.")


async def _failed_of(caller: SystemCaller, endpoint_id: UUID) -> list[UUID]:
    if endpoint_id not in {endpoint.id for endpoint in await endpoints_of(caller)}:
        raise CommandFailed("there is no such endpoint: see vestibule webhook list.")
    failed = WebhookDelivery.filter(
        organization_id=caller.organization_id, endpoint_id=endpoint_id, state=WebhookDeliveryState.FAILED
    )
    return [row.id for row in await failed.order_by("created_at", "id")]


async def _replay(caller: SystemCaller, delivery_id: UUID, services: Services) -> WebhookDelivery:
    try:
        return await replay(caller, delivery_id, services)
    except NotFound:
        raise CommandFailed("there is no such delivery: the list of deliveries is on the staff screen.") from None
    except InvalidInput:
        raise CommandFailed("this endpoint is disabled: enable it on the staff screen first.") from None


async def _as_object(endpoint: WebhookEndpoint) -> dict[str, object]:
    theirs = WebhookDelivery.filter(endpoint_id=endpoint.id)
    return {
        "id": str(endpoint.id),
        "host": urlsplit(endpoint.url).hostname or "",
        "events": [event.value for event in endpoint.chosen],
        "state": endpoint.disabled_why.value if endpoint.disabled_why else "ENABLED",
        "waiting": await theirs.filter(state=WebhookDeliveryState.WAITING).count(),
        "failed": await theirs.filter(state=WebhookDeliveryState.FAILED).count(),
    }


def _run(organization: str, command: str, work: Callable[[SystemCaller, Services], Awaitable[R]]) -> R:
    return run_at_practice(organization, f"webhook {command}", work, absent=NO_PRACTICE)


def _key(value: str) -> UUID:
    """The key in a webhook-id, or in a plain UUID."""
    try:
        return UUID(value.removeprefix("msg_"))
    except ValueError:
        raise CommandFailed(f"{value} is no webhook id.") from None
