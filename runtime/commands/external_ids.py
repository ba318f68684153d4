"""`vestibule external-id`: what other systems call a contact, a staff member or a facility, for the operator."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import typer

from clinic.organizations.models import Facility
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.errors import ExternalIdTaken
from clinic.records.external_ids import Identifier, external_ids_of, stored_form
from clinic.records.models import Contact, ExternalIdKind
from clinic.staff.actions import staff_member_by_email
from clinic.values.callers import SystemCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.values.text import trimmed
from runtime.commands.at_practice import AsJson, Slug, print_json, run_at_practice
from runtime.commands.failures import CommandFailed
from runtime.commands.whole_record import key_of

FacilityName = Annotated[str | None, typer.Option("--facility", help="A facility, by its name.")]
Email = Annotated[str | None, typer.Option("--staff", help="A staff member, by the address that they sign in with.")]
ContactId = Annotated[str | None, typer.Option("--contact", help="A contact, by the id that the API gives it.")]
System = Annotated[str, typer.Option(help="Whose number it is, as an absolute URI.")]
Value = Annotated[str, typer.Option(help="The record's number there.")]
Named = tuple[str | None, str | None, str | None]
Change = Callable[[list[Identifier]], Sequence[Identifier]]

external_id = typer.Typer(help="What other systems call a record.", no_args_is_help=True)


@external_id.command("list")
def list_(
    organization: Slug,
    facility: FacilityName = None,
    staff: Email = None,
    contact: ContactId = None,
    as_json: AsJson = False,
) -> None:
    """The external ids of one record."""

    async def work(caller: SystemCaller, _services: Services) -> list[Identifier]:
        kind, record_id = await _record(caller, (facility, staff, contact))
        return await _present(caller, kind, record_id)

    _say(run_at_practice(organization, "external-id list", work), as_json=as_json)


@external_id.command("add")
def add(
    organization: Slug,
    system: System,
    value: Value,
    facility: FacilityName = None,
    staff: Email = None,
    contact: ContactId = None,
    as_json: AsJson = False,
) -> None:
    """Give a record an external id. One that it has already stays as it is."""
    given = Identifier(system, value)
    given = stored_form(given) or given
    work = _changing((facility, staff, contact), lambda present: [*present, *({given} - set(present))])
    _say(run_at_practice(organization, "external-id add", work), as_json=as_json)


@external_id.command("remove")
def remove(
    organization: Slug,
    system: System,
    value: Value,
    facility: FacilityName = None,
    staff: Email = None,
    contact: ContactId = None,
    as_json: AsJson = False,
) -> None:
    """Take an external id from a record, such as one that was given to the wrong one."""
    given = stored_form(Identifier(system, value))

    def without(present: list[Identifier]) -> list[Identifier]:
        if given not in present:
            raise CommandFailed("the record has no such external id: see vestibule external-id list.")
        return [each for each in present if each != given]

    work = _changing((facility, staff, contact), without)
    _say(run_at_practice(organization, "external-id remove", work), as_json=as_json)


def _changing(named: Named, change: Change) -> Callable[[SystemCaller, Services], Awaitable[list[Identifier]]]:
    async def work(caller: SystemCaller, services: Services) -> list[Identifier]:
        kind, record_id = await _record(caller, named)
        present = await _present(caller, kind, record_id)
        try:
            await set_external_ids(caller, kind, record_id, change(present), services, shown=present)
        except ExternalIdTaken as taken:
            raise CommandFailed(
                f"another {kind.value.replace('_', ' ').lower()} has this external id ({taken.record_id}): "
                "remove it there first."
            ) from None
        return await _present(caller, kind, record_id)

    return work


async def _present(caller: SystemCaller, kind: ExternalIdKind, record_id: UUID) -> list[Identifier]:
    return (await external_ids_of(caller.organization_id, kind, [record_id])).get(record_id, [])


async def _record(caller: SystemCaller, named: Named) -> tuple[ExternalIdKind, UUID]:
    """The one record that the options name."""
    match named:
        case (str(name), None, None):
            facility = await Facility.get_or_none(organization_id=caller.organization_id, name=trimmed(name))
            if facility is None:
                raise CommandFailed("the practice has no facility of this name: see vestibule facility list.")
            return ExternalIdKind.FACILITY, facility.id
        case (None, str(email), None):
            try:
                return ExternalIdKind.STAFF_MEMBER, (await staff_member_by_email(caller, email)).id
            except NotFound:
                raise CommandFailed("nobody signs in with this address: see vestibule staff list.") from None
        case (None, None, str(given)):
            contact = await Contact.get_or_none(organization_id=caller.organization_id, id=key_of(given, "Contact"))
            if contact is None:
                raise CommandFailed("the practice has no contact with this id.")
            return ExternalIdKind.CONTACT, contact.id
    raise typer.BadParameter("name one record: --facility, --staff or --contact")


def _say(ids: list[Identifier], *, as_json: bool) -> None:
    if as_json:
        print_json({"externalIds": [{"system": each.system, "value": each.value} for each in ids]})
        return
    for each in ids:
        typer.echo(f"{each.system}  {each.value}")
