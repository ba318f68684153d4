"""The settings of a practice: listed, shown and changed. `records` has the command that makes a practice."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.logos import redraw_logo
from clinic.organizations.models import Organization
from clinic.organizations.queries import OrganizationView, facilities_of, organization_by_id
from clinic.single_sign_on.queries import own_provider
from clinic.staff.actions import staff_member_by_email
from clinic.values.callers import SystemCaller
from clinic.values.limits import MOST_LOGO_BYTES
from clinic.values.logo import DrawnLogo
from clinic.values.paper import PaperSize
from clinic.values.ports import Services
from runtime.commands.at_practice import AsJson, Slug, print_json, run_at_practice
from runtime.commands.records import organization as organization
from runtime.database import open_database
from runtime.settings import read_settings

NEVER = "never"
FOR_EVER = "forever"

Languages = Annotated[list[str] | None, typer.Option(help="en or es, the usual one first; may be given again.")]
PasswordSignIn = Annotated[
    bool | None, typer.Option(help="Whether staff sign in by password, or at the practice's provider only.")
]
BreakGlass = Annotated[str | None, typer.Option(help="The address of the staff member whose password works always.")]
AllowedOrigin = Annotated[
    list[str] | None,
    typer.Option(help="The origin of another system's pages that may ask the API; may be given again."),
]
SignedRetention = Annotated[
    str | None,
    typer.Option(help="For how many years signed documents are kept, or forever. Nothing is erased by itself."),
]
NoAllowedOrigins = Annotated[
    bool, typer.Option("--no-allowed-origins", help="Pages of no other origin may ask, but the operator's.")
]


@organization.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every practice: its slug and its name."""

    async def work() -> list[Organization]:
        async with open_database(read_settings().database_url):
            return await Organization.all().order_by("slug")

    found = asyncio.run(work())
    if as_json:
        print_json({"organizations": [{"id": str(one.id), "slug": one.slug, "name": one.name} for one in found]})
        return
    for one in found:
        typer.echo(f"{one.slug}  {one.name}")


@organization.command("show")
def show(organization_slug: Slug, as_json: AsJson = False) -> None:
    """Every setting of a practice, with its facilities."""

    async def work(caller: SystemCaller, _services: Services) -> dict[str, object]:
        return await _as_object(caller)

    _say(run_at_practice(organization_slug, "organization show", work), as_json=as_json)


@organization.command("update")
def update(
    organization_slug: Slug,
    name: Annotated[str | None, typer.Option(help="What patients call the practice.")] = None,
    address: Annotated[str | None, typer.Option(help="Its postal address; \\n begins a new line.")] = None,
    phone: Annotated[str | None, typer.Option(help="Whom patients call.")] = None,
    website: Annotated[str | None, typer.Option(help="With https:// before it.")] = None,
    support_email: Annotated[str | None, typer.Option(help="Where answers to letters go.")] = None,
    colour: Annotated[str | None, typer.Option(help="As #rrggbb.")] = None,
    logo: Annotated[Path | None, typer.Option(help="A PNG, JPEG or WebP file.", exists=True, dir_okay=False)] = None,
    no_logo: Annotated[bool, typer.Option("--no-logo", help="Remove the logo.")] = False,
    discreet_name: Annotated[str | None, typer.Option(help="The sender of letters without its name.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="An IANA name, such as America/Boise.")] = None,
    language: Languages = None,
    relatives_end_at_age: Annotated[str | None, typer.Option(help="12, 13, 18 or never.")] = None,
    ageing_warning_days: Annotated[int | None, typer.Option(help="How long before staff are told.")] = None,
    signing_reminders: Annotated[bool | None, typer.Option(help="Whether signers are reminded by letter.")] = None,
    staff_idle_minutes: Annotated[int | None, typer.Option(help="After which staff are signed out.")] = None,
    paper_size: Annotated[PaperSize | None, typer.Option(help="The paper of PDFs made from now on.")] = None,
    signed_retention_years: SignedRetention = None,
    password_sign_in: PasswordSignIn = None,
    break_glass: BreakGlass = None,
    allowed_origin: AllowedOrigin = None,
    no_allowed_origins: NoAllowedOrigins = False,
    as_json: AsJson = False,
) -> None:
    """Change settings of a practice. What is not named stays; an empty text empties a setting that may be empty."""
    if logo and no_logo:
        raise typer.BadParameter("name --logo or --no-logo, not both")
    changes = OrganizationChanges(
        name=name,
        address=None if address is None else address.replace("\\n", "\n"),
        phone=phone,
        website=website,
        support_email=support_email,
        colour=colour,
        remove_logo=no_logo,
        discreet_name=discreet_name,
        time_zone=time_zone,
        languages=tuple(language) if language else None,
        allowed_origins=_origins(allowed_origin, none=no_allowed_origins),
        relatives_end_at_age=_age(relatives_end_at_age),
        never_end_by_age=relatives_end_at_age == NEVER,
        ageing_warning_days=ageing_warning_days,
        signing_reminders=signing_reminders,
        staff_idle_minutes=staff_idle_minutes,
        paper_size=paper_size,
        signed_retention_years=_years(signed_retention_years),
        keep_signed_for_ever=signed_retention_years == FOR_EVER,
        password_sign_in=password_sign_in,
    )

    async def work(caller: SystemCaller, services: Services) -> dict[str, object]:
        drawn = await _drawn(logo, services) if logo else None
        named = await staff_member_by_email(caller, break_glass) if break_glass else None
        more = {"logo": drawn, "break_glass_staff_member_id": named.id if named else None}
        await update_organization(caller, OrganizationChanges(**{**vars(changes), **more}), services)
        return await _as_object(caller)

    _say(run_at_practice(organization_slug, "organization update", work), as_json=as_json)


def _age(text: str | None) -> int | None:
    if text is None or text == NEVER:
        return None
    if not text.isdecimal():
        raise typer.BadParameter("use 12, 13, 18 or never", param_hint="--relatives-end-at-age")
    return int(text)


def _years(text: str | None) -> int | None:
    if text is None or text == FOR_EVER:
        return None
    if not text.isdecimal():
        raise typer.BadParameter("use a number of years or forever", param_hint="--signed-retention-years")
    return int(text)


def _origins(named: list[str] | None, *, none: bool) -> tuple[str, ...] | None:
    if named and none:
        raise typer.BadParameter("name --allowed-origin or --no-allowed-origins, not both")
    return () if none else tuple(named) if named else None


async def _drawn(logo: Path, services: Services) -> DrawnLogo:
    # One byte more than is allowed is enough to refuse the rest.
    with logo.open("rb") as file:
        return await redraw_logo(file.read(MOST_LOGO_BYTES + 1), services)


async def _as_object(caller: SystemCaller) -> dict[str, object]:
    view = await organization_by_id(caller.organization_id)
    places = await facilities_of(caller.organization_id, archived=True)
    provider = await own_provider(caller)
    return {
        **_settings(view),
        "identityProvider": provider.issuer if provider else None,
        "facilities": [
            {
                "name": place.name,
                "address": place.address,
                "phone": place.phone,
                "timeZone": place.time_zone or None,
                "archivedAt": place.archived_at.isoformat() if place.archived_at else None,
            }
            for place in places
        ],
    }


def _settings(view: OrganizationView) -> dict[str, object]:
    return {
        "slug": view.slug,
        "name": view.name,
        "address": view.address,
        "phone": view.phone,
        "website": view.website,
        "supportEmail": view.support_email,
        "colour": view.brand_colour,
        "logoSha256": view.logo_sha256,
        "discreetName": view.discreet_name,
        "timeZone": view.time_zone,
        "languages": list(view.languages),
        "relativesEndAtAge": view.relatives_end_at_age,
        "ageingWarningDays": view.ageing_warning_days,
        "signingReminders": view.signing_reminders,
        "staffIdleMinutes": view.staff_idle_minutes,
        "paperSize": view.paper_size.value,
        "signedRetentionYears": view.signed_retention_years,
        "passwordSignIn": view.password_sign_in,
        "allowedOrigins": list(view.allowed_origins),
    }


def _say(found: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if isinstance(value, list) and name == "facilities":
            for place in value:
                archived = " (archived)" if place["archivedAt"] else ""
                typer.echo(f"facility: {place['name']}{archived}")
        else:
            typer.echo(f"{name}: {_as_text(value)}")


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "--" if value in (None, "") else ", ".join(str(value).splitlines())
