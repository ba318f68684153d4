"""Lists contacts and appointments at a fixed cost: a page of any length takes two statements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.charts.numbers_searched import found_by_numbers, read_numbers
from clinic.database.rows import Row, as_datetime, as_uuid, columns_of, fetch, fetch_number, in_subquery
from clinic.portal_access.facts import status_facts
from clinic.portal_access.filter import PORTAL_STATE, portal_state_in
from clinic.portal_access.status import (
    PortalState,
    PortalStatus,
    Viewer,
    portal_status,
    status_for_its_person,
)
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.values.text import SearchWord, search_words

_LAST_CHARACTER = "\U0010ffff"
_MAX_SEARCH_WORDS = 5


@dataclass(frozen=True, slots=True, repr=False)
class ContactRow:
    """A contact in a list, with its addresses and its portal status.

    The class has no repr of its own, so that no log contains personal data.
    """

    id: UUID
    kind: str
    given_name: str
    family_name: str
    sort_key: str
    date_of_birth: date | None
    language: str
    pin_encrypted: str
    version: int
    archived_at: datetime | None
    emails: tuple[str, ...]
    portal_status: PortalStatus


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A contact with an open invitation, and the time of the invitation."""

    contact: ContactRow
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment in the calendar. Instants are in UTC."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    facility_id: UUID | None
    facility_name: str | None
    staff_member_id: UUID | None
    cancelled_at: datetime | None
    version: int
    contact: ContactRow


@dataclass(frozen=True)
class ContactSearch:
    """Which contacts to find.

    A date of birth and a phone number in `text` are found however they are typed (`clinic.charts.numbers_searched`). Of
    the other words the first must begin a name or an address. Each later word may also begin a later word of a name.
    `states` limits the result to these states; an empty tuple finds none, None finds all. Archived ones are found only
    `with_archived`.
    """

    text: str = ""
    states: tuple[PortalState, ...] | None = None
    with_archived: bool = False


@dataclass(frozen=True)
class AppointmentSearch:
    """Which appointments to find: by start in [from_, to), facility, staff member and contact. None does not limit.

    Cancelled ones are found only `with_cancelled`.
    """

    from_: datetime | None = None
    to: datetime | None = None
    facility_id: UUID | None = None
    staff_member_id: UUID | None = None
    contact_id: UUID | None = None
    with_cancelled: bool = False


_CONTACT = (
    "c.id AS contact_id, c.kind AS contact_kind, c.given_name AS contact_given_name, "
    "c.family_name AS contact_family_name, c.sort_key AS contact_sort_key, c.date_of_birth AS contact_date_of_birth, "
    "c.language AS contact_language, c.pin_encrypted AS contact_pin_encrypted, "
    "c.version AS contact_version, c.archived_at AS contact_archived_at"
)


def viewer_of(caller: StaffCaller, now: datetime) -> Viewer:
    """What this staff member may see and do at the icon, and the language and time zone of its words."""
    return Viewer(
        may_act=caller.may(Permission.WEB_PORTAL),
        may_see_other_records=caller.may(Permission.MANAGE_CONTACTS),
        now=now,
        zone=ZoneInfo(caller.time_zone),
        language=caller.origin.language,
    )


class _Where:
    """SQL conditions joined by AND, with numbered parameters."""

    def __init__(self, *values: object) -> None:
        self.conditions: list[str] = []
        self.values: list[object] = list(values)

    def value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "TRUE"


async def contact_page(
    caller: StaffCaller, search: ContactSearch, request: PageRequest, now: datetime
) -> Page[ContactRow]:
    """A page of the organization's contacts, sorted by family and given name. Two statements."""
    where = _contacts_where(caller, search)
    order = _keyset(where, "c.sort_key", "c.id", request)
    limit = where.value(request.fetch)
    rows = await fetch(f"SELECT {_CONTACT} FROM contact c WHERE {where} ORDER BY {order} LIMIT {limit}", *where.values)
    return Page.of(await _with_status(caller, rows, now), request)


async def count_contacts(caller: StaffCaller, search: ContactSearch) -> int:
    """How many contacts the search finds. One statement."""
    where = _contacts_where(caller, search)
    return await fetch_number(f"SELECT count(*) AS number FROM contact c WHERE {where}", *where.values)


async def count_states(caller: StaffCaller) -> dict[PortalState, int]:
    """How many of the organization's contacts are in each state; needs VIEW_CONTACTS. One statement."""
    caller.require(Permission.VIEW_CONTACTS)
    rows = await fetch(
        f"SELECT s.state, count(*) AS number "
        f"FROM (SELECT {PORTAL_STATE} AS state FROM contact c "
        f"WHERE c.organization_id = $1 AND c.archived_at IS NULL) s GROUP BY s.state",
        caller.organization_id,
    )
    found = {PortalState(row["state"]): int(row["number"]) for row in rows}
    return {state: found.get(state, 0) for state in PortalState}


# Contacts whose linked account has an open invitation.
_WAITING = (
    "contact c JOIN portal_link w ON w.contact_id = c.id AND w.unlinked_at IS NULL "
    "JOIN invitation v ON v.account_id = w.account_id AND v.closed_at IS NULL"
)


async def waiting_page(
    caller: StaffCaller, search: ContactSearch, request: PageRequest, now: datetime
) -> Page[WaitingRow]:
    """A page of the contacts with an open invitation, the oldest invitation first. Three statements."""
    where = _contacts_where(caller, search)
    order = _keyset(where, "v.created_at", "c.id", request)
    limit = where.value(request.fetch)
    rows = await fetch(
        f"SELECT c.id, v.created_at FROM {_WAITING} WHERE {where} ORDER BY {order} LIMIT {limit}", *where.values
    )
    waiting = [(as_uuid(row["id"]), as_datetime(row["created_at"])) for row in rows]
    contacts = await contacts_by_id(caller, [contact_id for contact_id, _ in waiting], now)
    return Page.of([WaitingRow(contacts[contact_id], since) for contact_id, since in waiting], request)


async def count_waiting(caller: StaffCaller, search: ContactSearch) -> int:
    """How many contacts with an open invitation the search finds. One statement."""
    where = _contacts_where(caller, search)
    return await fetch_number(f"SELECT count(*) AS number FROM {_WAITING} WHERE {where}", *where.values)


async def contacts_by_id(
    caller: StaffCaller | PatientCaller, ids: Sequence[UUID], now: datetime
) -> dict[UUID, ContactRow]:
    """The contacts with these ids that the caller may see, by id. Two statements.

    Staff see the contacts of their organization. A patient sees the contact to which their account is linked, after
    they have confirmed their identity.
    """
    sql = f"SELECT {_CONTACT} FROM contact c WHERE c.id {{in_1}} AND c.organization_id = $2"
    if isinstance(caller, StaffCaller) and not caller.may(Permission.VIEW_CONTACTS):
        return {}
    values: list[object] = [list(ids), caller.organization_id]
    if isinstance(caller, PatientCaller):
        sql += (
            " AND EXISTS (SELECT 1 FROM portal_link l WHERE l.contact_id = c.id AND l.account_id = $3"
            " AND l.unlinked_at IS NULL AND l.identity_confirmed_at IS NOT NULL)"
        )
        values.append(caller.account_id)
    rows = await fetch(sql, *values)
    return {row.id: row for row in await _with_status(caller, rows, now)}


def _contacts_where(caller: StaffCaller, search: ContactSearch) -> _Where:
    caller.require(Permission.VIEW_CONTACTS)
    where = _Where(caller.organization_id)
    where.add("c.organization_id = $1")
    if not search.with_archived:
        where.add("c.archived_at IS NULL")
    numbers = read_numbers(search.text)
    if numbers.born or numbers.phone:
        where.add(found_by_numbers(numbers, where.value, lambda text: _beginning_with(where, text)))
    for place, word in enumerate(search_words(numbers.words, _MAX_SEARCH_WORDS)):
        begins = _begins_with(where, word)
        # "garcia marquez" and "de la cruz" are one name each, so each later search word may match a later word of it.
        where.add(f"({begins} OR {_begins_later_word(where, word.name)})" if place else begins)
    if search.states is not None:
        states = ", ".join(where.value(state.value) for state in search.states) or "NULL"
        where.add(portal_state_in(states))
    return where


def _begins_with(where: _Where, word: SearchWord) -> str:
    """The condition that a word begins a name or an address. It uses three index ranges instead of a scan."""
    parts = _beginning_with(where, word.name, word.address)
    if word.whole_address:
        parts.append(f"{_EMAILS} address_normal = {where.value(word.whole_address)}")
    return f"c.id {in_subquery(' UNION '.join(parts))}"


_EMAILS = "SELECT contact_id FROM contact_email WHERE organization_id = $1 AND"


def _beginning_with(where: _Where, name: str, address: str | None = None) -> list[str]:
    """The SELECTs of the contacts with a name or an address that begins so."""
    named, addressed = _range(where, name), _range(where, address or name)
    contact = "SELECT id FROM contact WHERE organization_id = $1 AND"
    return [
        f"{contact} {named.format('family_key')}",
        f"{contact} {named.format('given_key')}",
        f"{_EMAILS} {addressed.format('address_normal')}",
    ]


def _range(where: _Where, beginning: str) -> str:
    low, high = where.value(beginning), where.value(beginning + _LAST_CHARACTER)
    return f"{{0}} >= {low} AND {{0}} < {high}"


def _begins_later_word(where: _Where, word: str) -> str:
    """The condition that a word begins the second or a later word of a name.

    No index helps here; other conditions must limit the rows first.
    """
    escaped = re.sub(r"([!%_])", r"!\1", word)
    pattern = where.value(f"% {escaped}%")
    return f"c.family_key LIKE {pattern} ESCAPE '!' OR c.given_key LIKE {pattern} ESCAPE '!'"


def _keyset(where: _Where, sort: str, tie: str, request: PageRequest) -> str:
    """Add the bounds of a keyset page, and return the ORDER BY terms."""
    # PostgreSQL needs equal types on both sides of a row comparison; it takes those of the values from the columns.
    if request.after:
        where.add(f"({sort}, {tie}) > ({where.value(request.after[0])}, {where.value(request.after[1])})")
    if request.before:
        where.add(f"({sort}, {tie}) < ({where.value(request.before[0])}, {where.value(request.before[1])})")
    return f"{sort} DESC, {tie} DESC" if request.backwards else f"{sort}, {tie}"


async def appointment_page(
    caller: StaffCaller, search: AppointmentSearch, request: PageRequest, now: datetime
) -> Page[AppointmentRow]:
    """A page of appointments, sorted by start, each with its contact and portal status. Two statements."""
    where = _appointments_where(caller, search)
    order = _keyset(where, "p.starts_at", "p.id", request)
    limit = where.value(request.fetch)
    rows = await fetch(
        f"SELECT {_CONTACT}, p.id, p.starts_at, p.ends_at, p.facility_id, f.name AS facility_name, p.staff_member_id, "
        f"p.cancelled_at, p.version "
        f"FROM appointment p JOIN contact c ON c.id = p.contact_id LEFT JOIN facility f ON f.id = p.facility_id "
        f"WHERE {where} ORDER BY {order} LIMIT {limit}",
        *where.values,
    )
    own = columns_of(AppointmentRow, rows, without=("contact",))
    contacts = await _with_status(caller, rows, now)
    pairs = zip(rows, contacts, strict=True)
    return Page.of([AppointmentRow(*(*own(row), contact)) for row, contact in pairs], request)


async def count_appointments(caller: StaffCaller, search: AppointmentSearch) -> int:
    """How many appointments the search finds. One statement."""
    where = _appointments_where(caller, search)
    return await fetch_number(f"SELECT count(*) AS number FROM appointment p WHERE {where}", *where.values)


def _appointments_where(caller: StaffCaller, search: AppointmentSearch) -> _Where:
    caller.require(Permission.VIEW_CONTACTS)
    where = _Where(caller.organization_id)
    where.add("p.organization_id = $1")
    if search.from_ is not None:
        where.add(f"p.starts_at >= {where.value(search.from_)}")
    if search.to is not None:
        where.add(f"p.starts_at < {where.value(search.to)}")
    if not search.with_cancelled:
        where.add("p.cancelled_at IS NULL")
    for column in ("facility_id", "staff_member_id", "contact_id"):
        wanted = getattr(search, column)
        if wanted is not None:
            where.add(f"p.{column} = {where.value(wanted)}")
    return where


async def _with_status(caller: StaffCaller | PatientCaller, rows: Sequence[Row], now: datetime) -> list[ContactRow]:
    """The contact of each row, with its portal status, in the order of the rows."""
    viewer = viewer_of(caller, now) if isinstance(caller, StaffCaller) else None
    values_of = columns_of(ContactRow, rows, prefix="contact_", without=("emails", "portal_status"))
    read = [values_of(row) for row in rows]
    facts = await status_facts(list({values[0]: None for values in read}))

    def contact(values: Sequence[Any]) -> ContactRow:
        found = facts[values[0]]
        status = portal_status(found, viewer) if viewer else status_for_its_person(found, caller.origin.language)
        emails = tuple(address.address for address in found.addresses)
        return ContactRow(*(*values, emails, status))

    return [contact(values) for values in read]
