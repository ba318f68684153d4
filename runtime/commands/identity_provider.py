"""The provider at which a practice's staff sign in: shown, set and removed by an operator."""

import sys
from typing import Annotated

import typer

from clinic.organizations.queries import organization_by_id
from clinic.single_sign_on.actions import ProviderFacts, remove_identity_provider, set_identity_provider
from clinic.single_sign_on.queries import callback_address, own_provider
from clinic.values.callers import SystemCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from runtime.commands.at_practice import AsJson, Slug, print_json, run_at_practice
from runtime.commands.failures import CommandFailed

Facts = dict[str, object]

identity_provider = typer.Typer(help="The provider at which a practice's staff sign in.", no_args_is_help=True)


@identity_provider.command("show")
def show(organization: Slug, as_json: AsJson = False) -> None:
    """Which provider it is, and the address to register there."""
    _say(run_at_practice(organization, "identity-provider show", _as_object), as_json=as_json)


@identity_provider.command("set")
def set_(
    organization: Slug,
    issuer: Annotated[str, typer.Option(help="Its issuer, beginning with https://; its document is read now.")],
    client_id: Annotated[str, typer.Option(help="What it calls us.")],
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the secret from standard input; else the stored one.")
    ] = False,
    verified_domain: Annotated[
        list[str] | None,
        typer.Option(help="A domain whose addresses are verified there; may be given again. None unless named."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the staff sign in at this OpenID Connect provider. With another issuer nobody is known there yet."""
    secret = sys.stdin.readline().rstrip("\r\n") if client_secret_stdin else None

    async def work(caller: SystemCaller, services: Services) -> Facts:
        facts = ProviderFacts(issuer, client_id, secret, tuple(verified_domain or ()))
        await set_identity_provider(caller, facts, services)
        return await _as_object(caller, services)

    _say(run_at_practice(organization, "identity-provider set", work), as_json=as_json)


@identity_provider.command("remove")
def remove(organization: Slug, as_json: AsJson = False) -> None:
    """Let nobody sign in at the provider any more. Sessions go on. Refused while passwords are turned off."""

    async def work(caller: SystemCaller, services: Services) -> Facts:
        try:
            await remove_identity_provider(caller, services)
        except NotFound:
            raise CommandFailed("the practice has no sign-in provider.") from None
        return await _as_object(caller, services)

    _say(run_at_practice(organization, "identity-provider remove", work), as_json=as_json)


async def _as_object(caller: SystemCaller, services: Services) -> Facts:
    provider = await own_provider(caller)
    practice = await organization_by_id(caller.organization_id)
    return {
        "issuer": provider.issuer if provider else None,
        "clientId": provider.client_id if provider else None,
        "verifiedDomains": list(provider.domains) if provider else [],
        "callbackUrl": callback_address(practice.slug, services.addresses),
    }


def _say(found: Facts, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name}: {(' '.join(value) if isinstance(value, list) else value) or '--'}")
