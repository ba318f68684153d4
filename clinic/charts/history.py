"""Reads the audit: for patients, who looked at their record; for staff, all events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from clinic.charts.conditions import Where
from clinic.database.rows import as_uuid, fetch, fetch_as, fetch_number, in_subquery, on_postgres
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.work.models import AuditEvent


@dataclass(frozen=True)
class AccessEntry:
    """One thing that somebody did with a person's record or with one of its documents.

    `who` is the name of a staff member or a relative, or None for the practice's own programs. `document` is the title
    of the document that was dealt with, empty for the record itself. `action` is the code in
    the audit; each face has the words for it. `sequence` is the sort key.
    """

    sequence: int
    at: datetime
    who: str | None
    action: str
    document: str = field(default="", repr=False)


@dataclass(frozen=True)
class _AccessRow:
    sequence: int
    at: datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    title: str


# Includes what relatives read and signed. Leaves out what the record's own person did: events of an account that was
# linked to the record at that time.
_ACCESSES = """
SELECT e.sequence, e.at, e.action, e.actor_kind, e.actor_id, '' AS title FROM audit_event e
WHERE e.organization_id = $1 AND e.subject_kind = 'Contact' AND e.subject_id IN (
    SELECT id FROM contact WHERE organization_id = $1 AND (id = $2 OR merged_into_id = $2))
  AND e.actor_kind IN ('staff', 'system') AND {bounds}
UNION ALL
SELECT e.sequence, e.at, e.action, e.actor_kind, e.actor_id, d.title
FROM document d JOIN audit_event e ON e.organization_id = $1 AND e.subject_kind = 'Document' AND e.subject_id = d.id
WHERE d.contact_id = $2 AND d.organization_id = $1 AND {bounds} AND (e.actor_kind IN ('staff', 'system')
  OR (e.actor_kind = 'patient' AND NOT EXISTS (SELECT 1 FROM portal_link l WHERE l.account_id = e.actor_id
    AND l.contact_id = $2 AND l.linked_at <= e.at AND (l.unlinked_at IS NULL OR l.unlinked_at > e.at))))
ORDER BY 1 {way} LIMIT $3
"""


async def access_history(organization_id: UUID, contact_id: UUID, request: PageRequest) -> Page[AccessEntry]:
    """The audit events of a record and its documents, newest first, without those of the record's own person.

    For the record's own person, after they have confirmed their identity. When a staff member opens a record, that is
    an event, at most once an hour (`clinic.records.actions.views`); opening a document is one, too. Showing a record in
    a list is none, because a calendar shows fifty of them. Three statements at most.
    """
    values: list[object] = [organization_id, contact_id, request.fetch]
    bounds = "TRUE"
    for bound, comparison in ((request.after, "<"), (request.before, ">")):
        if bound:
            values.append(bound[0])
            bounds += f" AND e.sequence {comparison} ${len(values)}"
    sql = _ACCESSES.replace("{bounds}", bounds).replace("{way}", "" if request.backwards else "DESC")
    read = await fetch_as(_AccessRow, sql, *values)
    names = await _names({look.actor_id for look in read if look.actor_id and look.actor_kind == "staff"})
    names |= await _names_of_people({look.actor_id for look in read if look.actor_id and look.actor_kind == "patient"})
    return Page.of(
        [AccessEntry(look.sequence, look.at, names.get(look.actor_id), look.action, look.title) for look in read],
        request,
    )


async def _names_of_people(account_ids: set[UUID]) -> dict[UUID | None, str]:
    """The names of the contacts to which these accounts are or were last linked, by account id."""
    links = PortalLink.filter(account_id__in=account_ids).order_by("linked_at").select_related("contact")
    return {link.account_id: link.contact.display_name for link in await links} if account_ids else {}


async def _names(staff_ids: set[UUID]) -> dict[UUID | None, str]:
    return {member.id: member.name for member in await StaffMember.filter(id__in=staff_ids)} if staff_ids else {}


@dataclass(frozen=True)
class EventRow:
    """One event of the audit chain, for callers with VIEW_AUDIT. `sequence` is the sort key.

    `via` is the name of the program that acted for the actor.
    """

    id: UUID
    sequence: int
    at: datetime
    action: str
    actor: str
    via: str | None
    subject_kind: str
    subject_id: UUID
    reason: str
    hash: str
    previous_hash: str


@dataclass(frozen=True)
class EventFilter:
    """Which events to read: all of the organization, or those of one record.

    `with_related` adds those of its documents, episodes and relationships, of records that were merged into it, and of
    all accounts it was ever linked to.
    """

    subject_id: UUID | None = None
    with_related: bool = False


async def event_page(caller: StaffCaller, about: EventFilter, request: PageRequest) -> Page[EventRow]:
    """A page of events, newest first; needs VIEW_AUDIT. Four statements."""
    where = _events(caller, about)
    # As a sum, where the subjects are many: else all events of the practice would be read in the order of this number.
    number = "e.sequence + 0" if about.with_related else "e.sequence"
    for bound, comparison in ((request.after, "<"), (request.before, ">")):
        if bound:
            where.add(f"{number} {comparison} {where.value(bound[0])}")
    way = "" if request.backwards else " DESC"
    sql = f"SELECT e.id FROM audit_event e WHERE {where} ORDER BY {number}{way} LIMIT {where.value(request.fetch)}"  # noqa: S608 - our own words
    found = [as_uuid(row["id"]) for row in await fetch(sql, *where.values)]
    read = AuditEvent.filter(id__in=found).order_by("sequence" if request.backwards else "-sequence")
    return Page.of(await _rows(await read) if found else [], request)


async def count_events(caller: StaffCaller, about: EventFilter) -> int:
    """The number of events in the whole list; needs VIEW_AUDIT. One statement."""
    where = _events(caller, about)
    # The chain counts from 1 without a gap, so its last number is how many there are.
    number = "count(*)" if about.subject_id else "COALESCE(max(e.sequence), 0)"
    sql = f"SELECT {number} AS number FROM audit_event e WHERE {where}"  # noqa: S608 - our own words
    return await fetch_number(sql, *where.values)


async def events_by_id(caller: StaffCaller, ids: Sequence[UUID]) -> list[EventRow]:
    """The events with these ids in the caller's organization; none without VIEW_AUDIT."""
    if not caller.may(Permission.VIEW_AUDIT):
        return []
    return await _rows(await AuditEvent.filter(organization_id=caller.organization_id, id__in=list(ids)))


# Only a contact has related records. For any other subject these find nothing. They are one list, so that the events
# are found by index, and not among all events of the practice.
_RELATED = """
SELECT id FROM contact WHERE organization_id = $1 AND merged_into_id = $2
UNION ALL SELECT account_id FROM portal_link WHERE organization_id = $1 AND contact_id = $2
UNION ALL SELECT id FROM document WHERE organization_id = $1 AND contact_id = $2
UNION ALL SELECT id FROM episode WHERE organization_id = $1 AND contact_id = $2
UNION ALL SELECT id FROM relationship WHERE organization_id = $1 AND client_id = $2
"""


def _events(caller: StaffCaller, about: EventFilter) -> Where:
    """What holds for each event `e` of the list."""
    caller.require(Permission.VIEW_AUDIT)
    where = Where(caller.organization_id)
    where.add("e.organization_id = $1")
    if about.subject_id is not None:
        subject = where.value(about.subject_id)
        itself = f"{subject}::uuid" if on_postgres() else subject
        where.add(
            f"e.subject_id {in_subquery(f'SELECT {itself} UNION ALL {_RELATED}')}"
            if about.with_related
            else f"e.subject_id = {subject}"
        )
    return where


async def _rows(events: Sequence[AuditEvent]) -> list[EventRow]:
    """The events with their actors: the name of a staff member or program, or the address of a portal account."""
    actors = {event.actor_id for event in events if event.actor_id}
    programs = {event.id: UUID(via) for event in events if (via := json.loads(event.details).get("via"))}
    names = await _names({*actors, *programs.values()})
    accounts = PortalAccount.filter(id__in=actors - set(names)) if actors - set(names) else None
    names |= {account.id: account.email for account in await accounts} if accounts else {}
    return [
        EventRow(
            id=event.id,
            sequence=event.sequence,
            at=event.at,
            action=event.action,
            actor=names.get(event.actor_id) or event.actor_name or event.actor_kind,
            via=names.get(programs.get(event.id)),
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            reason=event.reason,
            hash=event.hash,
            previous_hash=event.previous_hash,
        )
        for event in events
    ]
