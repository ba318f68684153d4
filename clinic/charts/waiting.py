"""The waiting list: contacts with an open invitation, the longest waiting first."""

from dataclasses import dataclass
from datetime import datetime

from clinic.charts.conditions import Where, keyset
from clinic.charts.contact_rows import ContactRow
from clinic.charts.contacts import MAX_SEARCH_WORDS, ContactSearch, contacts_by_id, contacts_where
from clinic.charts.in_time import fetch_in_time
from clinic.charts.numbers_searched import found_by_numbers, read_numbers
from clinic.charts.state_lists import is_in_states
from clinic.charts.text_search import conditions_of_each, frequency_of
from clinic.database.rows import as_datetime, as_uuid, on_postgres
from clinic.values.callers import StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.values.ports import Services
from clinic.values.text import search_words


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A contact with an open invitation, and the time of the invitation."""

    contact: ContactRow
    invited_at: datetime


def _waiting() -> str:
    """Open invitations in the order of an index, each with its live link and contact, found by id.

    SQLite always joins in this order if it is told so. PostgreSQL needs LATERAL and LIMIT for it; otherwise it may read
    whole tables.
    """
    link = "portal_link w WHERE w.account_id = v.account_id AND w.unlinked_at IS NULL"
    contact = "contact c WHERE c.id = w.contact_id AND c.organization_id = v.organization_id"
    if on_postgres():
        return (
            f"invitation v JOIN LATERAL (SELECT * FROM {link} LIMIT 1) w ON TRUE "
            f"JOIN LATERAL (SELECT * FROM {contact} LIMIT 1) c ON TRUE"
        )
    return f"invitation v CROSS JOIN {link.replace('WHERE', 'ON')} CROSS JOIN {contact.replace('WHERE', 'ON')}"


async def waiting_page(
    caller: StaffCaller,
    search: ContactSearch,
    request: PageRequest,
    now: datetime,
    *,
    services: Services | None = None,
) -> Page[WaitingRow]:
    """A page of the contacts with an open invitation, the oldest invitation first.

    Three statements; four with words. Raises `SearchTooBroad`.
    """
    where = await _waiting_where(caller, search)
    order = keyset(where, "v.created_at", "c.id", request)
    limit = where.value(request.fetch)
    rows = await fetch_in_time(
        f"SELECT c.id, v.created_at FROM {_waiting()} WHERE {where} ORDER BY {order} LIMIT {limit}", *where.values
    )
    waiting = [(as_uuid(row["id"]), as_datetime(row["created_at"])) for row in rows]
    contacts = await contacts_by_id(caller, [contact_id for contact_id, _ in waiting], now, services=services)
    return Page.of([WaitingRow(contacts[contact_id], since) for contact_id, since in waiting], request)


async def count_waiting(caller: StaffCaller, search: ContactSearch) -> int:
    """How many contacts with an open invitation the search finds. One statement; two with words."""
    where = await _waiting_where(caller, search)
    [row] = await fetch_in_time(f"SELECT count(*) AS number FROM {_waiting()} WHERE {where}", *where.values)
    return int(row["number"])


async def _waiting_where(caller: StaffCaller, search: ContactSearch) -> Where:
    where, numbers = contacts_where(caller, search), read_numbers(search.text)
    words = search_words(numbers.words, MAX_SEARCH_WORDS)
    if numbers.some:
        where.add(found_by_numbers(numbers, where.value))
    where.add("v.organization_id = $1 AND v.closed_at IS NULL")
    if words:
        for condition in conditions_of_each(words, await frequency_of(caller.organization_id, words), where.value):
            where.add(condition)
    if search.states is not None:
        where.add(is_in_states(search.states, where.value))
    return where
