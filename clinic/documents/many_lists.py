"""The lists of several readers, or of several people, at once: a page of each at the cost of one statement."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.callers import StaffCaller
from clinic.documents.queries import (
    COLUMNS,
    CURRENT,
    SHARED,
    DocumentRow,
    after_bounds,
    awaits,
    document_row,
)
from clinic.documents.sight import Reader, visible_to
from clinic.paging import Page, PageRequest
from clinic.rows import Row, as_uuid, fetch

# The readers behind accounts, as `sight.reader_of` knows them: linked, and known to be who they say.
_READERS = (
    "portal_link l JOIN document d ON d.organization_id = l.organization_id WHERE l.account_id {in_1} "
    "AND l.organization_id = $2 AND l.unlinked_at IS NULL AND l.identity_confirmed_at IS NOT NULL"
)


async def documents_of_accounts(
    caller: StaffCaller,
    account_ids: Sequence[UUID],
    request: PageRequest,
    now: datetime,
    *,
    of_contact: UUID | None = None,
) -> dict[UUID, Page[DocumentRow]]:
    """For staff: a page of what each account's person may see, in that person's order (`queries.sort_key`).

    One statement for all accounts.
    """
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    values: list[object] = [list(account_ids), caller.organization_id, today]
    seen = (
        f"SELECT l.account_id AS key, d.id, {awaits('l.contact_id')} AS awaits, {SHARED} AS shared FROM {_READERS} "
        f"AND {visible_to('l.contact_id', '$3')} AND {CURRENT}"
    )
    if of_contact is not None:
        values.append(of_contact)
        seen += f" AND d.contact_id = ${len(values)}"
    return _pages(account_ids, await _numbered(seen, values, request), request)


async def count_of_accounts(
    caller: StaffCaller, account_ids: Sequence[UUID], now: datetime, *, of_contact: UUID | None = None
) -> dict[UUID, int]:
    """For staff: how many documents each account's person may see. One statement."""
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    values: list[object] = [list(account_ids), caller.organization_id, today]
    sql = f"SELECT l.account_id, count(*) FROM {_READERS} AND {visible_to('l.contact_id', '$3')} AND {CURRENT}"
    if of_contact is not None:
        values.append(of_contact)
        sql += f" AND d.contact_id = ${len(values)}"
    return _counts(await fetch(f"{sql} GROUP BY l.account_id", *values))


async def documents_by_contact(
    reader: Reader, contact_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[DocumentRow]]:
    """A page of what the reader may see of each person's, in the reader's order. One statement for all."""
    values: list[object] = [list(contact_ids), reader.contact_id, reader.today]
    seen = (
        f"SELECT d.contact_id AS key, d.id, {awaits('$2')} AS awaits, {SHARED} AS shared FROM document d "
        f"WHERE d.contact_id {{in_1}} AND {visible_to('$2', '$3')} AND {CURRENT}"
    )
    return _pages(contact_ids, await _numbered(seen, values, request), request)


async def count_by_contact(reader: Reader, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many documents of each person the reader may see. One statement."""
    sql = (
        f"SELECT d.contact_id, count(*) FROM document d WHERE d.contact_id {{in_1}} AND {visible_to('$2', '$3')} "
        f"AND {CURRENT} GROUP BY d.contact_id"
    )
    return _counts(await fetch(sql, list(contact_ids), reader.contact_id, reader.today))


async def _numbered(seen: str, values: list[object], request: PageRequest) -> Sequence[Row]:
    """The first rows under each key; `seen` answers key, id, awaits and shared. The key is the last column."""
    way = "" if request.backwards else " DESC"
    where = after_bounds(request, values)
    values.append(request.fetch)
    numbered = (
        f"SELECT seen.*, row_number() OVER (PARTITION BY key ORDER BY awaits{way}, shared{way}, id{way}) AS place "
        f"FROM ({seen}) seen WHERE {where}"
    )
    sql = (
        f"SELECT {COLUMNS}, p.awaits, p.key FROM ({numbered}) p JOIN document d ON d.id = p.id "
        f"JOIN contact c ON c.id = d.contact_id WHERE p.place <= ${len(values)} ORDER BY p.place"
    )
    return await fetch(sql, *values)


def _pages(keys: Iterable[UUID], rows: Sequence[Row], request: PageRequest) -> dict[UUID, Page[DocumentRow]]:
    found: defaultdict[UUID, list[DocumentRow]] = defaultdict(list)
    for row in rows:
        found[as_uuid(row[len(row) - 1])].append(document_row(row))
    return {key: Page.of(found[key], request) for key in keys}


def _counts(rows: Sequence[Row]) -> dict[UUID, int]:
    return {as_uuid(row[0]): int(row[1]) for row in rows}
