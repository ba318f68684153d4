"""Reads external ids: of many records in one statement, and the record that another system calls so."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.models import Model

from clinic.database.rows import as_uuid, fetch
from clinic.organizations.models import Facility
from clinic.records.models import Appointment, Contact, ExternalId, ExternalIdKind, Relationship
from clinic.staff.models import StaffMember
from clinic.values.limits import LONGEST_EXTERNAL_SYSTEM, LONGEST_EXTERNAL_VALUE
from clinic.values.text import UnusableText, clean_line


@dataclass(frozen=True, slots=True)
class Identifier:
    """What another system calls a record. `system` is an absolute URI."""

    system: str
    value: str


RECORDS: dict[ExternalIdKind, type[Model]] = {
    ExternalIdKind.CONTACT: Contact,
    ExternalIdKind.RELATIONSHIP: Relationship,
    ExternalIdKind.APPOINTMENT: Appointment,
    ExternalIdKind.STAFF_MEMBER: StaffMember,
    ExternalIdKind.FACILITY: Facility,
}
COLUMNS = {kind: f"{kind.value.lower()}_id" for kind in ExternalIdKind}


def stored_form(identifier: Identifier) -> Identifier | None:
    """The external id in the form that is stored; None if it can't be one."""
    try:
        return Identifier(
            clean_line(identifier.system, longest=LONGEST_EXTERNAL_SYSTEM),
            clean_line(identifier.value, longest=LONGEST_EXTERNAL_VALUE),
        )
    except UnusableText:
        return None


async def external_ids_of(
    organization_id: UUID, kind: ExternalIdKind, record_ids: Sequence[UUID]
) -> dict[UUID, list[Identifier]]:
    """The external ids of each record that has some, by system and value. One statement."""
    column = COLUMNS[kind]
    sql = (
        f"SELECT {column} AS record_id, system, value FROM external_id "  # noqa: S608 - a column of ours
        f"WHERE {{unindexed organization_id}} = $2 AND {column} {{in_1}}"
    )
    found: dict[UUID, list[Identifier]] = {}
    for row in await fetch(sql, list(record_ids), organization_id):
        found.setdefault(as_uuid(row["record_id"]), []).append(Identifier(row["system"], row["value"]))
    # Sorted here, because the two databases may compare texts differently.
    return {record_id: sorted(each, key=lambda one: (one.system, one.value)) for record_id, each in found.items()}


async def identifiers_of_places(organization_id: UUID) -> set[Identifier]:
    """All external ids of the organization's facilities and staff members, of which there are few."""
    kinds = (ExternalIdKind.FACILITY, ExternalIdKind.STAFF_MEMBER)
    found = await ExternalId.filter(organization_id=organization_id, kind__in=kinds)
    return {Identifier(each.system, each.value) for each in found}


async def record_called(organization_id: UUID, kind: ExternalIdKind, identifier: Identifier) -> UUID | None:
    """The id of the organization's record that has this external id, as typed; None if there is none."""
    return (await records_called(organization_id, kind, [identifier]))[0]


async def records_called(
    organization_id: UUID, kind: ExternalIdKind, identifiers: Sequence[Identifier]
) -> list[UUID | None]:
    """As `record_called`, for several external ids, in their order. One statement."""
    wanted = [stored_form(identifier) for identifier in identifiers]
    rows = await fetch(
        f"SELECT {COLUMNS[kind]} AS record_id, system, value FROM external_id "  # noqa: S608 - a column of ours
        "WHERE organization_id = $1 AND kind = $2 AND system {text_in_3} AND value {text_in_4}",
        organization_id,
        kind,
        list({one.system for one in wanted if one}),
        list({one.value for one in wanted if one}),
    )
    found = {Identifier(row["system"], row["value"]): as_uuid(row["record_id"]) for row in rows}
    return [found.get(one) if one else None for one in wanted]
