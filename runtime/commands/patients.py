"""What an operator does for a patient at a practice."""

import asyncio
import json
from typing import Annotated

import typer

from clinic.organizations.models import Organization
from clinic.portal_access.actions import lift_portal_throttle
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.values.text import normal_email_or_none, trimmed
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

patient = typer.Typer(help="The patients of a practice.", no_args_is_help=True)


@patient.callback()
def _group() -> None:
    """Keeps the command's name: a group of one command would answer to its own name alone."""


@patient.command("lift-throttle")
def lift_throttle(
    organization: Annotated[str, typer.Option("--organization", help="The practice's slug.")],
    email: Annotated[str, typer.Option(help="The address of their portal account.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Open signing in and confirming identity again for a patient whom guesses have closed out; three times a day."""
    settings = read_settings()

    async def work() -> str:
        async with open_database(settings.database_url):
            return await _lift(organization, email, build_services(settings))

    contact_id = asyncio.run(work())
    typer.echo(json.dumps({"contact": contact_id}) if as_json else f"Every way is open again for {email}.")


async def _lift(organization: str, email: str, services: Services) -> str:
    practice = await Organization.get_or_none(slug=trimmed(organization))
    if practice is None:
        raise CommandFailed(f"there is no practice {organization}: make it with vestibule organization create.")
    account = await PortalAccount.get_or_none(
        organization_id=practice.id, email_normal=normal_email_or_none(email) or "", withdrawn_at=None
    )
    link = await PortalLink.get_or_none(account_id=account.id, unlinked_at=None) if account else None
    if link is None:
        raise CommandFailed("no account with this address is linked to a record of this practice.")
    caller = SystemCaller(practice.id, "vestibule patient lift-throttle")
    return str((await lift_portal_throttle(caller, link.contact_id, services)).id)
