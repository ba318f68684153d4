"""Lists contacts and appointments at a fixed cost: a page of any length takes two statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.charts.appointment_rows import AppointmentRow, appointments_with
from clinic.charts.conditions import Where, keyset
from clinic.charts.contact_rows import CONTACT_COLUMNS, ContactRow, contacts_with_status
from clinic.charts.in_time import fetch_in_time
from clinic.charts.numbers_searched import NumbersSearched, found_by_numbers, read_numbers
from clinic.charts.state_lists import (
    COUNT_STATES,
    STORED_STATE,
    count_in_states,
    is_in_states,
    pages_of_states,
)
from clinic.charts.text_search import conditions_of_each, frequency_of, ways_to_find
from clinic.database.rows import Row, fetch, fetch_number, in_subquery
from clinic.portal_access.status import PortalState
from clinic.portal_access.stored_state import mend_states
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.values.ports import Services
from clinic.values.text import SearchWord, search_words

# More words than these are left out.
MAX_SEARCH_WORDS = 5


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


async def contact_page(
    caller: StaffCaller,
    search: ContactSearch,
    request: PageRequest,
    now: datetime,
    *,
    services: Services | None = None,
) -> Page[ContactRow]:
    """A page of the organization's contacts, sorted by family and given name. Two statements; three with words.

    With `services`, stored states that prove wrong are mended. Raises `SearchTooBroad`.
    """
    where, numbers = contacts_where(caller, search), read_numbers(search.text)
    words = search_words(numbers.words, MAX_SEARCH_WORDS)
    if numbers.some:
        ids = await _found_by_numbers(caller.organization_id, where, numbers, words, search, request)
    elif words:
        ids = await _found_by_words(caller.organization_id, where, words, search, request)
    elif search.states is not None:
        ids = _found_by_state(where, search.states, search, request)
    else:
        ids = _first_in_order(where, request)
    order = f"sort_key{' DESC' if request.backwards else ''}, id{' DESC' if request.backwards else ''}"
    page = f"SELECT id FROM ({ids}) found ORDER BY {order} LIMIT {where.value(request.fetch)}"
    rows = await fetch_in_time(
        f"SELECT {CONTACT_COLUMNS}, {STORED_STATE} AS stored_state FROM contact c "
        f"WHERE {{unindexed c.organization_id}} = $1 AND c.id {in_subquery(page)} ORDER BY {order}",
        *where.values,
    )
    return Page.of(await _shown(caller, rows, now, services), request)


def _first_in_order(where: Where, request: PageRequest) -> str:
    order = keyset(where, "c.sort_key", "c.id", request)
    limit = where.value(request.fetch)
    return f"SELECT c.id, c.sort_key FROM contact c WHERE {where} ORDER BY {order} LIMIT {limit}"


async def _found_by_words(
    organization_id: UUID,
    where: Where,
    words: Sequence[SearchWord],
    search: ContactSearch,
    request: PageRequest | None,
) -> str:
    """A SELECT of the contacts with these words, as `id` and `sort_key`: those of a page, or all."""
    frequency = await frequency_of(organization_id, words)
    found = ways_to_find(words, frequency, where.value, for_a_page=request is not None)
    for condition in found.besides:
        where.add(condition)
    ending = _in_states_and_page(where, search, request)
    # One contact may be found in two ways.
    return " UNION ".join(
        f"SELECT id, sort_key FROM (SELECT c.id, c.sort_key FROM contact c WHERE {where} AND {way}{ending}) way_{place}"
        for place, way in enumerate(found.ways)
    )


def _in_states_and_page(where: Where, search: ContactSearch, request: PageRequest | None) -> str:
    """Add the states that are asked for and the bounds of the page; the end of the SELECT. None: all, in no order."""
    if search.states is not None:
        where.add(is_in_states(search.states, where.value))
    if request is None:
        return ""
    return f" ORDER BY {keyset(where, 'c.sort_key', 'c.id', request)} LIMIT {where.value(request.fetch)}"


async def _found_by_numbers(
    organization_id: UUID,
    where: Where,
    numbers: NumbersSearched,
    words: Sequence[SearchWord],
    search: ContactSearch,
    request: PageRequest | None,
) -> str:
    """A SELECT of the contacts with these numbers and words, as `id` and `sort_key`: those of a page, or all."""
    where.add(found_by_numbers(numbers, where.value))
    if words:
        for condition in conditions_of_each(words, await frequency_of(organization_id, words), where.value):
            where.add(condition)
    ending = _in_states_and_page(where, search, request)
    return f"SELECT c.id, c.sort_key FROM contact c WHERE {where}{ending}"


def _found_by_state(where: Where, states: Sequence[PortalState], search: ContactSearch, request: PageRequest) -> str:
    about_states = Where()
    about_states.values = where.values
    order = keyset(about_states, "s.sort_key", "s.id", request)
    return pages_of_states(
        states,
        about_states.conditions,
        order=order,
        limit=where.value(request.fetch),
        archived_too=search.with_archived,
        value=where.value,
    )


async def count_contacts(caller: StaffCaller, search: ContactSearch) -> int:
    """How many contacts the search finds. One statement; two with words. Raises `SearchTooBroad`."""
    where, numbers = contacts_where(caller, search), read_numbers(search.text)
    words = search_words(numbers.words, MAX_SEARCH_WORDS)
    if numbers.some or words:
        if numbers.some:
            ids = await _found_by_numbers(caller.organization_id, where, numbers, words, search, None)
        else:
            ids = await _found_by_words(caller.organization_id, where, words, search, None)
        sql = f"SELECT count(*) AS number FROM ({ids}) found"
    else:
        states = tuple(PortalState) if search.states is None else search.states
        sql = count_in_states(states, archived_too=search.with_archived, value=where.value)
    [row] = await fetch_in_time(sql, *where.values)
    return int(row["number"])


async def count_states(caller: StaffCaller) -> dict[PortalState, int]:
    """How many of the organization's contacts are in each state; needs VIEW_CONTACTS. One statement."""
    caller.require(Permission.VIEW_CONTACTS)
    rows = await fetch_in_time(COUNT_STATES, caller.organization_id)
    found = {PortalState(row["state"]): int(row["number"]) for row in rows}
    return {state: found.get(state, 0) for state in PortalState}


async def contacts_by_id(
    caller: StaffCaller | PatientCaller, ids: Sequence[UUID], now: datetime, *, services: Services | None = None
) -> dict[UUID, ContactRow]:
    """The contacts with these ids that the caller may see, by id. Two statements.

    Staff see the contacts of their organization. A patient sees the contact to which their account is linked, after
    they have confirmed their identity.
    """
    sql = (
        f"SELECT {CONTACT_COLUMNS}, {STORED_STATE} AS stored_state FROM contact c "
        f"WHERE c.id {{in_1}} AND {{unindexed c.organization_id}} = $2"
    )
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
    return {row.id: row for row in await _shown(caller, rows, now, services)}


def contacts_where(caller: StaffCaller, search: ContactSearch) -> Where:
    """What holds for every contact that is listed. Words and states are added by each list in its own way."""
    caller.require(Permission.VIEW_CONTACTS)
    where = Where(caller.organization_id)
    where.add("c.organization_id = $1")
    if not search.with_archived:
        where.add("c.archived_at IS NULL")
    return where


async def appointment_page(
    caller: StaffCaller, search: AppointmentSearch, request: PageRequest, now: datetime
) -> Page[AppointmentRow]:
    """A page of appointments, sorted by start, each with its contact and portal status. Two statements."""
    where = _appointments_where(caller, search)
    order = keyset(where, "p.starts_at", "p.id", request)
    limit = where.value(request.fetch)
    rows = await fetch(
        f"SELECT {CONTACT_COLUMNS}, p.id, p.starts_at, p.ends_at, p.facility_id, f.name AS facility_name, "
        f"p.staff_member_id, p.cancelled_at, p.source_status, p.version "
        f"FROM appointment p JOIN contact c ON c.id = p.contact_id LEFT JOIN facility f ON f.id = p.facility_id "
        f"WHERE {where} ORDER BY {order} LIMIT {limit}",
        *where.values,
    )
    contacts = await contacts_with_status(caller, rows, now)
    return Page.of(appointments_with(rows, contacts), request)


async def count_appointments(caller: StaffCaller, search: AppointmentSearch) -> int:
    """How many appointments the search finds. One statement."""
    where = _appointments_where(caller, search)
    return await fetch_number(f"SELECT count(*) AS number FROM appointment p WHERE {where}", *where.values)


def _appointments_where(caller: StaffCaller, search: AppointmentSearch) -> Where:
    caller.require(Permission.VIEW_CONTACTS)
    where = Where(caller.organization_id)
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


async def _shown(
    caller: StaffCaller | PatientCaller, rows: Sequence[Row], now: datetime, services: Services | None
) -> list[ContactRow]:
    """The contact of each row. Rows whose column `stored_state` is not what is shown are mended (decision 0067)."""
    contacts = await contacts_with_status(caller, rows, now)
    if services is not None and isinstance(caller, StaffCaller):
        pairs = zip(rows, contacts, strict=True)
        wrong = [contact.id for row, contact in pairs if row["stored_state"] != contact.portal_status.state.value]
        if wrong:
            await mend_states(caller.organization_id, wrong, services)
    return contacts
