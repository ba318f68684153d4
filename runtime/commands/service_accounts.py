"""`vestibule service-account`: programs that sign in to a practice by themselves, for the operator."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from clinic.organizations.models import Organization
from clinic.service_accounts.access import Account
from clinic.service_accounts.actions import (
    AccountChanges,
    NewAccount,
    create_service_account,
    disable_service_account,
    update_service_account,
)
from clinic.service_accounts.queries import service_accounts_of
from clinic.values.callers import Permission, SystemCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.values.text import trimmed
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]
Slug = Annotated[str, typer.Option("--organization", help="The practice's slug.")]

service_account = typer.Typer(help="Programs that sign in to a practice by themselves.", no_args_is_help=True)


@service_account.command("create")
def create(
    organization: Slug,
    name: Annotated[str, typer.Option(help="What the audit calls the program.")],
    permission: Annotated[list[Permission] | None, typer.Option(help="None unless named; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a program's account. Its secret is shown this once."""

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        made = await create_service_account(caller, NewAccount(name, frozenset(permission or ())), services)
        return {**_as_object(made.account), "clientSecret": made.secret}

    made = _run(organization, "create", work)
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"client id      {made['clientId']}")
    typer.echo(f"client secret  {made['clientSecret']}")
    typer.echo("The secret is shown this once. The program sends both to /oauth/token by HTTP Basic.")


@service_account.command("list")
def list_(organization: Slug, as_json: AsJson = False) -> None:
    """The practice's service accounts, disabled ones included, with their permissions."""

    async def work(caller: SystemCaller, _services: Services) -> list[dict[str, object]]:
        return [_as_object(account) for account in await service_accounts_of(caller)]

    found = _run(organization, "list", work)
    if as_json:
        typer.echo(json.dumps({"serviceAccounts": found}))
        return
    for each in found:
        typer.echo(f"{each['clientId']}  {each['state']}  {each['name']}")


@service_account.command("rotate")
def rotate(
    organization: Slug,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Such as sa_….")],
    end_old_now: Annotated[
        bool, typer.Option(help="End the old secret and all tokens at once, as after a leak.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give an account another secret, which is shown this once. The old one works for 24 hours more."""
    changes = AccountChanges(new_secret=True, end_old_now=end_old_now)

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        try:
            made = await update_service_account(caller, _key(client_id), changes, services)
        except NotFound:
            raise CommandFailed("there is no such account: see vestibule service-account list.") from None
        return {**_as_object(made.account), "clientSecret": made.secret}

    made = _run(organization, "rotate", work)
    typer.echo(json.dumps(made) if as_json else f"client secret  {made['clientSecret']}")


@service_account.command("disable")
def disable(
    organization: Slug,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Such as sa_….")],
    as_json: AsJson = False,
) -> None:
    """End an account for good, with its tokens."""

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        try:
            return _as_object(await disable_service_account(caller, _key(client_id), services))
        except NotFound:
            raise CommandFailed("there is no such account: see vestibule service-account list.") from None

    ended = _run(organization, "disable", work)
    typer.echo(json.dumps(ended) if as_json else f"{ended['clientId']} is disabled.")


def _as_object(account: Account) -> dict[str, object]:
    return {
        "clientId": account.row.client_id,
        "name": account.member.name,
        "permissions": sorted(permission.value for permission in account.member.granted),
        "state": account.member.state.value,
    }


def _run(organization: str, command: str, work: Callable[[SystemCaller, Services], Awaitable[R]]) -> R:
    settings = read_settings()

    async def with_database() -> R:
        async with open_database(settings.database_url):
            practice = await Organization.get_or_none(slug=trimmed(organization))
            if practice is None:
                raise CommandFailed(f"there is no practice {organization}: make it with vestibule organization create.")
            caller = SystemCaller(practice.id, f"vestibule service-account {command}")
            return await work(caller, build_services(settings))

    return asyncio.run(with_database())


def _key(client_id: str) -> UUID | None:
    try:
        return UUID(trimmed(client_id).removeprefix("sa_"))
    except ValueError:
        return None
