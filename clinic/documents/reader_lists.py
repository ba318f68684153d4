"""The readers' lists of documents: those that await the reader's signature first, then the newest.

The cost of a page does not depend on the number of documents: at most one page of each person's documents is read, by
the index `document_in_reading_order`. Each function takes one statement, also for the lists of several readers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.database.rows import Row, as_uuid, fetch, fetch_numbers, in_subquery
from clinic.documents.queries import COLUMNS, CURRENT, SHARED, DocumentRow, awaiting, document_rows
from clinic.documents.visibility import (
    Reader,
    about_accessible_contacts,
    own_and_accessible_contacts,
    shared_with,
    visible_to,
)
from clinic.values.callers import StaffCaller
from clinic.values.paging import Page, PageRequest, SortKey

# The readers of accounts, as in `visibility.reader_of`: linked to a contact, with a confirmed identity.
_LINKED = (
    "l.account_id {in_1} AND l.organization_id = $2 AND l.unlinked_at IS NULL AND l.identity_confirmed_at IS NOT NULL"
)


@dataclass(frozen=True)
class _Lists:
    """The SQL parts that say whose lists are read.

    `key` identifies a list: it is a column of `readers`, or {person}, the client of the documents. `me` and `day` are
    the arguments of the functions in `visibility`; `whose` limits the {person}.
    """

    me: str
    day: str
    key: str = ""
    readers: str = ""
    condition: str = "TRUE"
    whose: str = "TRUE"


async def documents_for(reader: Reader, request: PageRequest, *, of_contact: UUID | None = None) -> Page[DocumentRow]:
    """A page of all documents that the reader may see, or of one person's. Sort key: `queries.sort_key`."""
    values: list[object] = [reader.contact_id, reader.today, *([of_contact] if of_contact else [])]
    lists = _Lists("$1", "$2", whose="{person} = $3" if of_contact else "TRUE")
    return Page.of(document_rows(await _read(lists, values, request)), request)


async def documents_by_contact(
    reader: Reader, contact_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[DocumentRow]]:
    """For each contact, a page of their documents that the reader may see, in the same order."""
    values: list[object] = [list(contact_ids), reader.contact_id, reader.today]
    lists = _Lists("$2", "$3", key="{person}", whose="{person} {in_1}")
    return _pages(contact_ids, await _read(lists, values, request), request)


async def documents_of_accounts(
    caller: StaffCaller,
    account_ids: Sequence[UUID],
    request: PageRequest,
    now: datetime,
    *,
    of_contact: UUID | None = None,
) -> dict[UUID, Page[DocumentRow]]:
    """For staff: for each account, a page of the documents that its person may see, in that person's order."""
    values = _values_of_accounts(caller, account_ids, now, of_contact)
    whose = "{person} = $4" if of_contact else "TRUE"
    lists = _Lists("l.contact_id", "$3", "l.account_id", "portal_link l, ", _LINKED, whose)
    return _pages(account_ids, await _read(lists, values, request), request)


async def count_by_contact(reader: Reader, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many documents of each contact the reader may see."""
    sql = (
        f"SELECT d.contact_id AS key, count(*) AS number FROM document d "
        f"WHERE d.contact_id {{in_1}} AND {visible_to('$2', '$3')} AND {CURRENT} GROUP BY d.contact_id"
    )
    return await fetch_numbers(sql, list(contact_ids), reader.contact_id, reader.today)


async def count_of_accounts(
    caller: StaffCaller, account_ids: Sequence[UUID], now: datetime, *, of_contact: UUID | None = None
) -> dict[UUID, int]:
    """For staff: how many documents each account's person may see."""
    narrowed = "d.contact_id = $4" if of_contact else "TRUE"
    sql = (
        f"SELECT l.account_id AS key, count(*) AS number FROM portal_link l, document d WHERE {_LINKED} AND {narrowed} "
        f"AND {about_accessible_contacts('l.contact_id', '$3')} AND {shared_with('l.contact_id')} AND {CURRENT} "
        f"GROUP BY l.account_id"
    )
    return await fetch_numbers(sql, *_values_of_accounts(caller, account_ids, now, of_contact))


def _values_of_accounts(
    caller: StaffCaller, account_ids: Sequence[UUID], now: datetime, of_contact: UUID | None
) -> list[object]:
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    return [list(account_ids), caller.organization_id, today, *([of_contact] if of_contact else [])]


async def _read(lists: _Lists, values: list[object], request: PageRequest) -> Sequence[Row]:
    """The first rows of each list, in order. The column `key` identifies the list."""
    way = "" if request.backwards else " DESC"
    bounds = [_bounds(request, awaits, len(values)) for awaits in (True, False)]
    values.extend(part for bound in (request.after, request.before) if bound for part in bound[1:])
    values.append(request.fetch)
    limit = f"${len(values)}"
    # Few documents await the reader, so all of them are read; of the others, one page for each person in the circle.
    first = (
        f"SELECT {_key(lists, 'd.contact_id')} AS key, d.id, 1 AS awaits, {SHARED} AS shared "
        f"FROM {lists.readers}document d WHERE {lists.condition} AND d.id {in_subquery(awaiting(lists.me))} "
        f"AND {about_accessible_contacts(lists.me, lists.day)} AND {shared_with(lists.me)} "
        f"AND {CURRENT} AND {bounds[0]} "
        # A CASE, so that PostgreSQL does not plan to read all documents of one person first.
        f"AND CASE WHEN {_for_person(lists.whose, 'd.contact_id')} THEN 1 ELSE 0 END = 1"
    )
    page = (
        f"SELECT d.id FROM document d WHERE d.contact_id = p.id AND {shared_with(lists.me)} AND {CURRENT} "
        f"AND d.id NOT IN ({awaiting(lists.me)}) AND {bounds[1]} ORDER BY {SHARED}{way}, d.id{way} LIMIT {limit}"
    )
    rest = (
        f"SELECT {_key(lists, 'p.id')} AS key, r.id, 0 AS awaits, COALESCE(r.shared_at, r.created_at) AS shared "
        f"FROM {lists.readers}contact p, document r WHERE {lists.condition} AND {_for_person(lists.whose, 'p.id')} "
        f"AND p.id {in_subquery(own_and_accessible_contacts(lists.me, lists.day))} AND r.id {in_subquery(page)}"
    )
    partition = "PARTITION BY key " if lists.key else ""
    numbered = (
        f"SELECT f.*, row_number() OVER ({partition}ORDER BY awaits{way}, shared{way}, id{way}) AS place "
        f"FROM ({first} UNION ALL {rest}) f"
    )
    sql = (
        f"SELECT {COLUMNS}, n.awaits AS awaits_reader, n.key FROM ({numbered}) n JOIN document d ON d.id = n.id "
        f"JOIN contact c ON c.id = d.contact_id WHERE n.place <= {limit} ORDER BY n.place"
    )
    return await fetch(sql, *values)


def _key(lists: _Lists, person: str) -> str:
    return _for_person(lists.key, person) or person


def _for_person(text: str, person: str) -> str:
    return text.replace("{person}", person)


def _bounds(request: PageRequest, awaits: bool, given: int) -> str:
    """The condition that document d is inside the page, for documents that await the reader or for the others.

    The instants and ids of the bounds are the parameters that follow the `given` ones.
    """
    where = ["TRUE"]
    for bound, comparison, before in ((request.after, "<", False), (request.before, ">", True)):
        if bound:
            where.append(_bound(bound, comparison, before=before, awaits=awaits, at=given + 1))
            given += 2
    return " AND ".join(where)


def _bound(bound: SortKey, comparison: str, *, before: bool, awaits: bool, at: int) -> str:
    # A forged cursor may contain any number; all but 1 count as a document that does not await the reader.
    of_awaiting = bound[0] == 1
    if of_awaiting is not awaits:
        # All documents of this half are on one side of the bound, because those that await the reader come first.
        return "TRUE" if before is awaits else "FALSE"
    # SQLite uses the index only for the first part of the condition.
    return f"{SHARED} {comparison}= ${at} AND ({SHARED}, d.id) {comparison} (${at}, ${at + 1})"


def _pages(keys: Sequence[UUID], rows: Sequence[Row], request: PageRequest) -> dict[UUID, Page[DocumentRow]]:
    found: defaultdict[UUID, list[DocumentRow]] = defaultdict(list)
    for row, document in zip(rows, document_rows(rows), strict=True):
        found[as_uuid(row["key"])].append(document)
    return {key: Page.of(found[key], request) for key in keys}
