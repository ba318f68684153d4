"""`vestibule setup`: from an empty machine to a practice whose first administrator can choose a password."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.organizations.models import Organization
from clinic.staff.actions import PrintedLink, create_first_administrator, print_password_link
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, SystemCaller
from clinic.values.ports import Services
from runtime.commands.checking import Finding, findings_with, print_findings
from runtime.commands.failures import CommandFailed
from runtime.commands.records import bring_up_to_date
from runtime.commands.signing_key import make_key_file, shortened
from runtime.database import open_database, schema_version_problem
from runtime.database.config import sqlite_path
from runtime.env_file import EnvFileInvalid
from runtime.first_run import OWNER_URL, WrittenSettings, write_settings
from runtime.setting_names import ENV_FILE
from runtime.settings import PREFIX, Settings, given_settings, load_settings
from runtime.wiring import build_services

OWNER_FILE = ".env.owner"
_BY = "vestibule setup"


@dataclass(frozen=True)
class _Practice:
    """Which practice to set up and whose administrator it gets. What is empty is asked for on a terminal."""

    slug: str
    name: str
    facilities: Sequence[str]
    time_zone: str
    support_email: str
    admin_name: str
    admin_email: str
    new_link: bool


@dataclass(frozen=True)
class _Done:
    """What a run did. `link` is None if the administrator was there already and no new link was asked for."""

    organization: Organization
    organization_created: bool
    administrator: str
    link: str | None


def setup(
    organization_name: Annotated[str, typer.Option(help="What patients call the practice.")] = "",
    organization_slug: Annotated[str, typer.Option(help="Its part of portal addresses, such as alder.")] = "",
    facility: Annotated[list[str] | None, typer.Option(help="A place of the practice; may be given again.")] = None,
    time_zone: Annotated[str, typer.Option(help="An IANA name, such as America/Boise.")] = "",
    support_email: Annotated[str, typer.Option(help="Where answers to letters go.")] = "",
    admin_name: Annotated[str, typer.Option(help="The name of the first administrator.")] = "",
    admin_email: Annotated[str, typer.Option(help="The address they sign in with.")] = "",
    owner_database_url: Annotated[
        str, typer.Option(help="PostgreSQL as the owner of the tables. Nothing: SQLite, for one machine.")
    ] = "",
    api_url: Annotated[str, typer.Option(help="The public address of the API and the staff screen.")] = "",
    portal_url: Annotated[str, typer.Option(help="The public address of the portal.")] = "",
    smtp_url: Annotated[str, typer.Option(help="The mail server. Nothing: letters wait.")] = "",
    mail_from: Annotated[str, typer.Option(help="Who letters are from.")] = "",
    env_file: Annotated[Path, typer.Option(help="Where settings are written.")] = ENV_FILE,
    compose: Annotated[
        bool, typer.Option("--compose", help="Only write the settings that docker-compose.yml needs.")
    ] = False,
    new_link: Annotated[
        bool, typer.Option("--new-link", help="Print a new set-password link for --admin-email.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Write settings and keys, migrate, and make the practice and its first administrator. Safe to run twice."""
    ask = _asking(as_json)
    wanted = {
        OWNER_URL: "" if compose else owner_database_url,
        f"{PREFIX}API_URL": api_url,
        f"{PREFIX}PORTAL_URL": portal_url,
        f"{PREFIX}SMTP_URL": smtp_url,
        f"{PREFIX}MAIL_FROM": mail_from,
    }
    if ask and not env_file.exists():
        wanted = _asked_settings(wanted, compose=compose)
    if compose:
        _require({f"--{name}-url": wanted[f"{PREFIX}{name.upper()}_URL"] for name in ("api", "portal")})
    try:
        written = write_settings(env_file, env_file.with_name(OWNER_FILE), wanted, compose=compose)
    except EnvFileInvalid as problem:
        raise CommandFailed(str(problem)) from None
    if not as_json:
        _say_settings(written, env_file)
    if compose:
        if as_json:
            typer.echo(json.dumps({"settings": list(written.added)}))
        return
    slug, name = organization_slug, organization_name
    practice = _Practice(
        slug, name, facility or (), time_zone, support_email, admin_name, admin_email, new_link=new_link
    )
    settings = _settings(env_file)
    done = asyncio.run(_set_up(settings, practice, ask=ask))
    findings = asyncio.run(findings_with(settings))
    if as_json:
        typer.echo(json.dumps(_as_object(written, settings, done, findings), ensure_ascii=False))
    else:
        _say(settings, done, findings)
    if not all(finding.ok or finding.what in _LATER for finding in findings):
        raise typer.Exit(1)


# What a first run may leave for later: a proxy that ends TLS, and a mail server that sends. Both are said.
_LATER = frozenset({"addresses", "mail server"})


def _asking(as_json: bool) -> bool:
    return sys.stdin.isatty() and not as_json


def _asked_settings(wanted: dict[str, str], *, compose: bool) -> dict[str, str]:
    questions = {
        OWNER_URL: "PostgreSQL as the owner of the tables, postgres://user:password@host/name (nothing: SQLite)",
        f"{PREFIX}API_URL": "The public address of the staff screen and the API, such as https://staff.example.org",
        f"{PREFIX}PORTAL_URL": "The public address of the portal, such as https://portal.example.org",
        f"{PREFIX}SMTP_URL": "The mail server, smtp://user:password@host:587?starttls=required (nothing: later)",
    }
    if compose:
        del questions[OWNER_URL]
    asked = {name: wanted[name] or _prompt(words) for name, words in questions.items()}
    return wanted | asked


def _prompt(words: str, default: str = "") -> str:
    return str(typer.prompt(words, default=default, show_default=bool(default))).strip()


def _settings(env_file: Path) -> Settings:
    """The settings, with the owner's database address from its own file if nothing else names one."""
    settings = load_settings(env_file=env_file)
    if settings.migration_database_url is None:
        owner = given_settings(env_file.with_name(OWNER_FILE)).migration_database_url
        settings = settings.model_copy(update={"migration_database_url": owner})
    return settings


async def _set_up(settings: Settings, practice: _Practice, *, ask: bool) -> _Done:
    await _migrate(settings)
    services = build_services(settings)
    async with open_database(settings.database_url):
        organization, created = await _organization(practice, services, ask=ask)
        _make_signing_key(settings, organization.name)
        administrator, link = await _administrator(organization, practice, services, ask=ask)
    return _Done(organization, created, administrator, link)


async def _migrate(settings: Settings) -> None:
    """Migrate. Without the owner's address (with Compose one service has it) a current schema is left alone."""
    owned = settings.migration_database_url is not None or sqlite_path(settings.database_url) is not None
    if not owned:
        async with open_database(settings.database_url):
            if await schema_version_problem() is None:
                return
    await bring_up_to_date(settings)


async def _organization(practice: _Practice, services: Services, *, ask: bool) -> tuple[Organization, bool]:
    there = await Organization.all().order_by("slug").limit(2)
    if practice.slug:
        there = [await Organization.get(slug=practice.slug)] if await _exists(practice.slug) else []
    elif len(there) > 1:
        raise CommandFailed("there are several practices: say which one with --organization-slug")
    if there:
        return there[0], False
    name = practice.name or (_prompt("The name of the practice, as patients know it") if ask else "")
    slug = practice.slug or (_prompt("Its part of portal addresses, such as alder") if ask else "")
    zone = practice.time_zone or (_prompt("Its time zone, an IANA name", "UTC") if ask else "UTC")
    _require({"--organization-name": name, "--organization-slug": slug})
    new = NewOrganization(slug=slug, name=name, time_zone=zone, support_email=practice.support_email)
    made = await create_organization(new, services, by=_BY)
    for place in practice.facilities:
        await create_facility(SystemCaller(made.id, _BY), place, services)
    return made, True


async def _exists(slug: str) -> bool:
    return bool(await Organization.exists(slug=slug))


async def _administrator(
    organization: Organization, practice: _Practice, services: Services, *, ask: bool
) -> tuple[str, str | None]:
    """The administrator's address, and a link if they are new or a new link was asked for."""
    caller = SystemCaller(organization.id, _BY)
    there = [
        member
        for member in await StaffMember.filter(organization_id=organization.id, machine=False).order_by("created_at")
        if Permission.MANAGE_STAFF in member.granted
    ]
    if practice.new_link:
        email = practice.admin_email or (there[0].email if there else "")
        _require({"--admin-email": email})
        printed: PrintedLink | None = await print_password_link(caller, email, services)
        return email, printed.link if printed else None
    if not await StaffMember.exists(organization_id=organization.id, machine=False):
        name = practice.admin_name or (_prompt("The name of the first administrator") if ask else "")
        email = practice.admin_email or (_prompt("Their email address") if ask else "")
        _require({"--admin-name": name, "--admin-email": email})
        printed = await create_first_administrator(caller, name=name, email=email, services=services)
        if printed:
            return printed.member.email, printed.link
    if not there:
        raise CommandFailed("nobody at this practice may manage staff: see vestibule staff recover")
    return there[0].email, None


def _require(values: dict[str, str]) -> None:
    if missing := [name for name, value in values.items() if not value]:
        raise CommandFailed(f"say {' and '.join(missing)}")


def _make_signing_key(settings: Settings, organization_name: str) -> None:
    file = settings.signing_pkcs12
    if file is not None and not file.exists():
        make_key_file(file, shortened(organization_name), settings.signing_password)


def _say_settings(written: WrittenSettings, env_file: Path) -> None:
    if written.added:
        typer.echo(f"Wrote to {env_file}: {', '.join(written.added)}.")
        if OWNER_URL in written.added:
            typer.echo(f"{OWNER_URL} is in {env_file.with_name(OWNER_FILE)}, for vestibule migrate only.")
        typer.echo("Keep a copy of these files apart from the backups of the database.")
    else:
        typer.echo(f"{env_file}: nothing to add.")
    if written.kept:
        typer.echo(f"Left as they are: {', '.join(written.kept)}.")


def _say(settings: Settings, done: _Done, findings: Sequence[Finding]) -> None:
    verb = "Created" if done.organization_created else "There already:"
    typer.echo(f"{verb} {done.organization.name}. Its portal: {settings.portal_url}/{done.organization.slug}/")
    if done.link:
        typer.echo(f"{done.administrator} chooses a password by this link. It works once and is not shown again:")
        typer.echo(done.link)
        if settings.smtp_url:
            typer.echo("The worker mails them the same link.")
    else:
        typer.echo(f"There already: the administrator {done.administrator}. --new-link prints a new link.")
    typer.echo("")
    print_findings(findings)
    typer.echo("")
    if urlsplit(settings.portal_url).scheme != "https" and settings.in_production:
        typer.echo("Still missing: https addresses, by a proxy that ends TLS (docs/operations.md).")
    if settings.smtp_url is None:
        typer.echo(f"Still missing: a mail server, {PREFIX}SMTP_URL. Letters wait until there is one.")
    typer.echo("Now start vestibule api, vestibule portal and vestibule worker.")


def _as_object(
    written: WrittenSettings, settings: Settings, done: _Done, findings: Sequence[Finding]
) -> dict[str, object]:
    return {
        "settings": list(written.added),
        "organization": {
            "id": str(done.organization.id),
            "slug": done.organization.slug,
            "created": done.organization_created,
            "portal": f"{settings.portal_url}/{done.organization.slug}/",
        },
        "administrator": {"email": done.administrator, "link": done.link},
        "findings": [asdict(finding) for finding in findings],
    }
