"""Reads relationships, episodes, links and appointments of many contacts, each kind in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.database.rows import as_uuid, fetch, fetch_as, fetch_numbers
from clinic.records.models import Relationship
from clinic.values.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class RelationshipRow:
    """A relationship, for lists of the client and of the relative."""

    id: UUID
    client_id: UUID
    relative_id: UUID
    kind: str
    portal_access: bool
    ends_on: date | None
    version: int

    @classmethod
    def of(cls, model: Relationship) -> "RelationshipRow":
        return cls(
            model.id,
            model.client_id,
            model.relative_id,
            model.kind,
            model.portal_access,
            model.ends_on,
            model.version,
        )


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """A period of care. No facility is shown as "--"."""

    id: UUID
    contact_id: UUID
    facility_id: UUID | None
    facility_name: str | None
    started_at: datetime
    ended_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link in a contact's history of links to accounts."""

    id: UUID
    contact_id: UUID
    email: str
    linked_at: datetime
    linked_how: str
    unlinked_at: datetime | None
    unlink_reason: str


@dataclass(frozen=True, slots=True)
class ContactAppointmentRow:
    """An appointment of a contact that the caller has already loaded."""

    id: UUID
    contact_id: UUID
    starts_at: datetime
    ends_at: datetime
    facility_id: UUID | None
    facility_name: str | None
    staff_member_id: UUID | None
    cancelled_at: datetime | None
    source_status: str | None
    version: int


async def relationships_of(organization_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, list[RelationshipRow]]:
    """For each contact, the relationships in which it is the client or the relative. One statement."""
    wanted = set(contact_ids)
    found: dict[UUID, list[RelationshipRow]] = {contact_id: [] for contact_id in contact_ids}
    where = "{unindexed organization_id} = $2 AND (client_id {in_1} OR relative_id {in_1})"
    for item in await _relationships(where, list(contact_ids), organization_id):
        for side in {item.client_id, item.relative_id} & wanted:
            found[side].append(item)
    return found


async def relationships_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[RelationshipRow]:
    """The relationships with these ids that belong to the organization. One statement."""
    where = "{unindexed organization_id} = $2 AND id {in_1}"
    return await _relationships(where, list(ids), organization_id)


async def _relationships(where: str, *values: object) -> list[RelationshipRow]:
    sql = (
        "SELECT id, client_id, relative_id, kind, portal_access, ends_on, version FROM relationship "
        f"WHERE {where} ORDER BY kind, id"
    )
    return await fetch_as(RelationshipRow, sql, *values)


async def phones_of(organization_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The phone numbers of each contact, the one to call first at the beginning. One statement."""
    sql = (
        "SELECT contact_id, number FROM contact_phone "
        "WHERE {unindexed organization_id} = $2 AND contact_id {in_1} ORDER BY contact_id, position"
    )
    found: dict[UUID, list[str]] = {}
    for row in await fetch(sql, list(contact_ids), organization_id):
        found.setdefault(as_uuid(row["contact_id"]), []).append(row["number"])
    return found


async def current_episodes_of(
    organization_id: UUID, contact_ids: Sequence[UUID], now: datetime
) -> dict[UUID, EpisodeRow]:
    """The current episode of each contact that has one. One statement."""
    where = "e.organization_id = $2 AND e.contact_id {in_1} AND e.ended_at IS NULL AND e.started_at <= $3"
    episodes = await _episodes(where, list(contact_ids), organization_id, now)
    return {episode.contact_id: episode for episode in episodes}


async def episodes_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[EpisodeRow]:
    """The episodes with these ids that belong to the organization. One statement."""
    where = "{unindexed e.organization_id} = $2 AND e.id {in_1}"
    return await _episodes(where, list(ids), organization_id)


async def _episodes(where: str, *values: object) -> list[EpisodeRow]:
    sql = (
        "SELECT e.id, e.contact_id, e.facility_id, f.name AS facility_name, e.started_at, e.ended_at, e.version "
        "FROM episode e "
        f"LEFT JOIN facility f ON f.id = e.facility_id WHERE {where}"
    )
    return await fetch_as(EpisodeRow, sql, *values)


async def link_pages(contact_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[LinkRow]]:
    """A page of each contact's link history, newest first. One statement for all contacts."""
    sql, values = _pages("portal_link", _LINK, "linked_at", contact_ids, request, newest_first=True)
    links = await fetch_as(LinkRow, sql, *values)
    return {key: Page.of([link for link in links if link.contact_id == key], request) for key in contact_ids}


async def appointment_pages(
    contact_ids: Sequence[UUID], request: PageRequest, *, with_cancelled: bool = False
) -> dict[UUID, Page[ContactAppointmentRow]]:
    """A page of each contact's appointments, sorted by start. One statement for all contacts."""
    table = "appointment" if with_cancelled else _KEPT
    sql, values = _pages(table, _APPOINTMENT, "starts_at", contact_ids, request, newest_first=False)
    entries = await fetch_as(ContactAppointmentRow, sql, *values)
    return {key: Page.of([entry for entry in entries if entry.contact_id == key], request) for key in contact_ids}


async def links_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[LinkRow]:
    """The links with these ids that belong to the organization. One statement."""
    sql = f"SELECT {_LINK} FROM portal_link WHERE organization_id = $2 AND id {{in_1}}"
    return await fetch_as(LinkRow, sql, list(ids), organization_id)


async def appointments_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[ContactAppointmentRow]:
    """The appointments with these ids that belong to the organization. One statement."""
    sql = f"SELECT {_APPOINTMENT} FROM appointment WHERE organization_id = $2 AND id {{in_1}}"
    return await fetch_as(ContactAppointmentRow, sql, list(ids), organization_id)


# Appointments that are not cancelled, as a table.
_KEPT = "(SELECT * FROM appointment WHERE cancelled_at IS NULL) AS appointment"
_LINK = "id, contact_id, email, linked_at, linked_how, unlinked_at, unlink_reason"
_APPOINTMENT = (
    "id, contact_id, starts_at, ends_at, facility_id, "
    "(SELECT name FROM facility f WHERE f.id = facility_id) AS facility_name, staff_member_id, cancelled_at, "
    "source_status, version"
)


def _pages(
    table: str, columns: str, sort: str, contact_ids: Sequence[UUID], request: PageRequest, *, newest_first: bool
) -> tuple[str, list[object]]:
    """The statement for one keyset page per contact, and its values.

    It numbers the rows of each contact and leaves out those after the page.
    """
    descending = newest_first != request.backwards
    order = f"{sort} DESC, id DESC" if descending else f"{sort}, id"
    beyond, short_of = ("<", ">") if newest_first else (">", "<")
    values: list[object] = [list(contact_ids)]
    where = "contact_id {in_1}"
    for bound, comparison in ((request.after, beyond), (request.before, short_of)):
        if bound:
            values.extend(bound)
            where += f" AND ({sort}, id) {comparison} (${len(values) - 1}, ${len(values)})"
    values.append(request.fetch)
    sql = (
        f"SELECT * FROM (SELECT {columns}, row_number() OVER (PARTITION BY contact_id ORDER BY {order}) AS place "
        f"FROM {table} WHERE {where}) numbered WHERE place <= ${len(values)} ORDER BY place"
    )
    return sql, values


async def link_counts(contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many links each contact has ever had. One statement."""
    return await _count_per_contact("portal_link", contact_ids)


async def appointment_counts(contact_ids: Sequence[UUID], *, with_cancelled: bool = False) -> dict[UUID, int]:
    """How many appointments each contact has. One statement."""
    return await _count_per_contact("appointment" if with_cancelled else _KEPT, contact_ids)


async def _count_per_contact(table: str, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    return await fetch_numbers(
        f"SELECT contact_id AS key, count(*) AS number FROM {table} WHERE contact_id {{in_1}} GROUP BY contact_id",
        list(contact_ids),
    )
