"""The facilities of a practice: listed, added, changed, archived and restored, each named by its name."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from clinic.organizations.facilities import (
    FacilityChanges,
    archive_facility,
    create_facility,
    restore_facility,
    update_facility,
)
from clinic.organizations.models import Facility
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.values.text import trimmed
from runtime.commands.at_practice import AsJson, Slug, print_json, run_at_practice
from runtime.commands.failures import CommandFailed

Named = Annotated[str, typer.Option("--facility", help="Its name, as it is listed.")]
Name = Annotated[str, typer.Option(help="What patients call it.")]
NewName = Annotated[str | None, typer.Option("--name", help="Its new name.")]
Address = Annotated[str | None, typer.Option(help="Its postal address; \\n begins a new line.")]
Phone = Annotated[str | None, typer.Option(help="Whom patients call there.")]
TimeZone = Annotated[str | None, typer.Option(help="An IANA name, where it differs from the practice's.")]
Work = Callable[[SystemCaller, Services], Awaitable[Facility]]

facility = typer.Typer(help="The facilities of a practice.", no_args_is_help=True)


@facility.command("list")
def list_(organization: Slug, as_json: AsJson = False) -> None:
    """Every facility of the practice, archived ones included."""

    async def work(caller: SystemCaller, _services: Services) -> list[Facility]:
        return await Facility.filter(organization_id=caller.organization_id).order_by("name", "id")

    found = run_at_practice(organization, "facility list", work)
    if as_json:
        print_json({"facilities": [_as_object(one) for one in found]})
        return
    for one in found:
        typer.echo(_as_line(one))


@facility.command("add")
def add(
    organization: Slug,
    name: Name,
    address: Address = None,
    phone: Phone = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Add a facility. One that has this name already stays as it is."""

    async def work(caller: SystemCaller, services: Services) -> Facility:
        return await create_facility(
            caller, name, services, address=_lines(address) or "", phone=phone or "", time_zone=time_zone or ""
        )

    _change(organization, "add", work, as_json=as_json)


@facility.command("change")
def change(
    organization: Slug,
    facility_name: Named,
    name: NewName = None,
    address: Address = None,
    phone: Phone = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Change what is said of a facility. What is not named stays; an empty text empties it."""
    changes = FacilityChanges(name, _lines(address), phone, time_zone)

    async def work(caller: SystemCaller, services: Services) -> Facility:
        return await update_facility(caller, (await _facility(caller, facility_name)).id, changes, services)

    _change(organization, "change", work, as_json=as_json)


@facility.command("archive")
def archive(organization: Slug, facility_name: Named, as_json: AsJson = False) -> None:
    """Offer a facility for nothing new. Episodes and appointments keep it."""

    async def work(caller: SystemCaller, services: Services) -> Facility:
        return await archive_facility(caller, (await _facility(caller, facility_name)).id, services)

    _change(organization, "archive", work, as_json=as_json)


@facility.command("restore")
def restore(organization: Slug, facility_name: Named, as_json: AsJson = False) -> None:
    """Offer an archived facility again."""

    async def work(caller: SystemCaller, services: Services) -> Facility:
        return await restore_facility(caller, (await _facility(caller, facility_name)).id, services)

    _change(organization, "restore", work, as_json=as_json)


async def _facility(caller: SystemCaller, name: str) -> Facility:
    found = await Facility.get_or_none(organization_id=caller.organization_id, name=trimmed(name))
    if found is None:
        raise CommandFailed("the practice has no facility of this name: see vestibule facility list.")
    return found


def _change(organization: str, command: str, work: Work, *, as_json: bool) -> None:
    changed = run_at_practice(organization, f"facility {command}", work)
    if as_json:
        print_json(_as_object(changed))
    else:
        typer.echo(_as_line(changed))


def _lines(address: str | None) -> str | None:
    return None if address is None else address.replace("\\n", "\n")


def _as_line(one: Facility) -> str:
    said = [one.name, ", ".join(one.address.splitlines()), one.phone, one.time_zone]
    return "  ".join(part for part in [*said, "archived" if one.archived_at else ""] if part)


def _as_object(one: Facility) -> dict[str, object]:
    return {
        "id": str(one.id),
        "name": one.name,
        "address": one.address,
        "phone": one.phone,
        "timeZone": one.time_zone or None,
        "archivedAt": one.archived_at.isoformat() if one.archived_at else None,
    }
