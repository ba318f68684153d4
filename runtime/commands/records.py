"""One-off commands that change the database: schema and tenants."""

import asyncio
import json
from typing import Annotated

import typer

from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.organizations.models import Organization
from clinic.portal_access.stored_state import BATCH
from clinic.upkeep.state_verification import store_missing_states
from clinic.upkeep.vouching import Vouched, vouch_for_older_rows
from clinic.values.callers import SystemCaller
from clinic.values.paper import PaperSize
from clinic.values.ports import FileStoreUnavailable
from runtime import database
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]

organization = typer.Typer(help="Practices: the tenants.", no_args_is_help=True)


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the current schema. Safe to run twice, and from several processes at once.

    How far it is stands on standard error, a line for each migration and for each ten thousand contacts.
    """
    done, vouched, stored, role = asyncio.run(bring_up_to_date(read_settings()))
    if as_json:
        print_json(
            {
                "applied": done,
                "vouched": [_vouched_object(one) for one in vouched],
                "portal_states_stored": stored,
                "role": role,
            }
        )
    else:
        for name in done:
            typer.echo(f"applied {name}")
        for one in vouched:
            typer.echo(_vouched_text(one))
        if stored:
            typer.echo(f"stored the portal states of {stored} contacts")
        if role:
            typer.echo(f"The role {role} may read and write, and owns nothing.")
        if not done and not vouched and not stored:
            typer.echo("The database is up to date.")
    if any(one.broken for one in vouched):
        raise typer.Exit(1)


async def bring_up_to_date(settings: Settings) -> tuple[list[str], list[Vouched], int, str | None]:
    """Migrate, vouch for older rows, store missing portal states, and grant the program's role its rights.

    Returns what was done in each step.
    """
    done = await database.migrate(settings.owner_database_url, beginning=_tell_migration)
    vouched = await _vouch(settings)
    stored = await _store_states(settings)
    role = await database.grant_to_program(settings.owner_database_url, settings.database_url)
    return done, vouched, stored, role


async def _store_states(settings: Settings) -> int:
    async with database.migration_lock(settings.owner_database_url), open_database(settings.owner_database_url):
        return await store_missing_states(_tell_states)


# So many contacts are stored between two lines about them.
_CONTACTS_A_LINE = 10_000


def _tell_migration(name: str, number: int, of: int) -> None:
    typer.echo(f"migration {number} of {of}: {name}", err=True)


def _tell_states(stored: int) -> None:
    if stored % _CONTACTS_A_LINE < BATCH <= stored:
        typer.echo(f"portal states: {stored} contacts so far", err=True)


async def _vouch(settings: Settings) -> list[Vouched]:
    services = build_services(settings)
    try:
        async with database.migration_lock(settings.owner_database_url), open_database(settings.owner_database_url):
            return await vouch_for_older_rows(services)
    except FileStoreUnavailable as problem:
        raise CommandFailed(
            f"the schema is current, but nobody vouched for older audit events, because the file store failed: "
            f"{problem}. Run vestibule migrate again."
        ) from None


def _vouched_text(one: Vouched) -> str:
    if one.broken:
        return f"{one.slug}: NOT vouched for, because the audit chain is broken. See vestibule audit verify."
    return f"{one.slug}: vouched for {one.events} events and {one.signatures} signatures that are older than MACs"


def _vouched_object(one: Vouched) -> dict[str, object]:
    return {
        "organization": one.slug,
        "events": one.events,
        "signatures": one.signatures,
        "broken": one.broken.fault.value if one.broken else None,
    }


@organization.command("create")
def create_organization_command(
    slug: Annotated[str, typer.Option(help="Its part of portal addresses: small letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="What patients call the practice.")],
    facility: Annotated[list[str] | None, typer.Option(help="A place of the practice; may be given again.")] = None,
    time_zone: Annotated[str, typer.Option(help="An IANA name, such as America/Boise.")] = "UTC",
    support_email: Annotated[str, typer.Option(help="Where answers to letters go.")] = "",
    paper_size: Annotated[
        PaperSize | None, typer.Option(help="The paper of its PDFs. Without it: that of the time zone's country.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a practice, with its facilities."""
    settings = read_settings()

    async def work() -> Organization:
        services = build_services(settings)
        async with open_database(settings.database_url):
            new = NewOrganization(
                slug=slug, name=name, time_zone=time_zone, support_email=support_email, paper_size=paper_size
            )
            made = await create_organization(new, services, by="vestibule organization create")
            caller = SystemCaller(made.id, "vestibule organization create")
            for place in facility or ():
                await create_facility(caller, place, services)
            return made

    made = asyncio.run(work())
    portal = f"{settings.portal_url}/{made.slug}/"
    if as_json:
        print_json({"id": str(made.id), "slug": made.slug, "portal": portal})
    else:
        typer.echo(f"Created {made.name}. Its portal: {portal}")


def print_json(answer: object) -> None:
    """Answer as one JSON object."""
    typer.echo(json.dumps(answer, ensure_ascii=False))
