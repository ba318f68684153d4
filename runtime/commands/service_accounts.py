"""`vestibule service-account`: programs that sign in to a practice by themselves, for the operator."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

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
from runtime.commands.at_practice import NO_PRACTICE, AsJson, Slug, run_at_practice
from runtime.commands.failures import CommandFailed

R = TypeVar("R")


KeySet = Annotated[
    Path | None, typer.Option("--jwks", help="A file with its public keys, a JWK Set.", exists=True, dir_okay=False)
]
KeySetAddress = Annotated[str, typer.Option("--jwks-url", help="Where its public keys are read instead.")]

service_account = typer.Typer(help="Programs that sign in to a practice by themselves.", no_args_is_help=True)


@service_account.command("create")
def create(
    organization: Slug,
    name: Annotated[str, typer.Option(help="What the audit calls the program.")],
    permission: Annotated[list[Permission] | None, typer.Option(help="None unless named; may be repeated.")] = None,
    jwks: KeySet = None,
    jwks_url: KeySetAddress = "",
    acts_for_staff: Annotated[
        bool, typer.Option("--acts-for-staff", help="It may get a token for a staff member; needs keys.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a program's account. Without keys it gets a secret, which is shown this once."""
    keys = _read(jwks)
    new = NewAccount(name, frozenset(permission or ()), acts_for_staff, keys, jwks_url)

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        made = await create_service_account(caller, new, services)
        return {**_as_object(made.account), "clientSecret": made.secret}

    made = _run(organization, "create", work)
    if as_json:
        typer.echo(json.dumps(made))
        return
    typer.echo(f"client id      {made['clientId']}")
    if made["clientSecret"] is None:
        typer.echo("The program signs in at /oauth/token by its keys.")
        return
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
    jwks: KeySet = None,
    jwks_url: KeySetAddress = "",
    as_json: AsJson = False,
) -> None:
    """Give an account another secret, which is shown this once, or other keys. An old secret works for 24 hours."""
    keys = _read(jwks)
    secret = not keys and not jwks_url
    changes = AccountChanges(jwks=keys, jwks_url=jwks_url, new_secret=secret, end_old_now=end_old_now)

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        try:
            made = await update_service_account(caller, _key(client_id), changes, services)
        except NotFound:
            raise CommandFailed("there is no such account: see vestibule service-account list.") from None
        return {**_as_object(made.account), "clientSecret": made.secret}

    made = _run(organization, "rotate", work)
    if as_json:
        typer.echo(json.dumps(made))
    else:
        secret_now = made["clientSecret"]
        typer.echo(f"client secret  {secret_now}" if secret_now else f"{made['clientId']} has other keys.")


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


def _read(jwks: Path | None) -> str:
    try:
        return jwks.read_text(encoding="utf-8") if jwks else ""
    except (OSError, ValueError):
        raise CommandFailed(f"{jwks} can't be read as a JWK Set.") from None


def _as_object(account: Account) -> dict[str, object]:
    return {
        "clientId": account.row.client_id,
        "name": account.member.name,
        "permissions": sorted(permission.value for permission in account.member.granted),
        "state": account.member.state.value,
        "signsInBy": "keys" if account.row.has_keys else "secret",
        "actsForStaff": account.row.may_act_for_staff,
    }


def _run(organization: str, command: str, work: Callable[[SystemCaller, Services], Awaitable[R]]) -> R:
    return run_at_practice(organization, f"service-account {command}", work, absent=NO_PRACTICE)


def _key(client_id: str) -> UUID | None:
    try:
        return UUID(trimmed(client_id).removeprefix("sa_"))
    except ValueError:
        return None
