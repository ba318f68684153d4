"""The practice's documents that the desk must follow up: they wait for a signature, were declined, or were not sent."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from clinic.charts.conditions import Where, keyset
from clinic.database.rows import fetch, fetch_number, in_subquery
from clinic.documents.queries import COLUMNS, TABLES, DocumentRow, document_rows
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import Page, PageRequest


class DocumentFollowUp(StrEnum):
    """Why the desk must follow up a document. NOT_SENT: nobody hears of a document before it is shared."""

    WAITING = "WAITING"
    DECLINED = "DECLINED"
    NOT_SENT = "NOT_SENT"


# These words are also those of the index `document_to_follow_up`: by other words it isn't found.
_REASON = (
    "CASE WHEN d.signature_state = 'DECLINED' THEN 'DECLINED' WHEN d.sharing = 'NOT_SHARED' THEN 'NOT_SENT' "
    "ELSE 'WAITING' END"
)
_OPEN = "d.signature_state IN ('WAITING', 'DECLINED') AND d.withdrawn_at IS NULL AND d.superseded_by_id IS NULL"
_SINCE = "COALESCE(d.shared_at, d.created_at)"
# Looked up for each document by index. PostgreSQL could make a join of EXISTS, and read other practices' rows for it.
_ARCHIVED_AT = "(SELECT c.archived_at FROM contact c WHERE c.id = d.contact_id)"
_NOT_SIGNED = (
    "(SELECT count(*) FROM signature s WHERE s.document_id = d.id AND s.signed_at IS NULL AND s.declined_at IS NULL)"
)


def follow_up_key(row: DocumentRow) -> tuple[datetime, UUID]:
    return row.shared_at or row.created_at, row.id


async def follow_up_page(caller: StaffCaller, reason: DocumentFollowUp, request: PageRequest) -> Page[DocumentRow]:
    """A page of the documents to follow up for one reason, those shared (or made, if not shared) the longest ago first.

    Needs VIEW_CONTACTS. One statement. Documents of archived records, withdrawn and replaced ones are in no list, and
    neither are those that all have signed. Raises `NotPermitted`.
    """
    where = _where(caller, reason)
    order = keyset(where, _SINCE, "d.id", request)
    page = f"SELECT d.id FROM document d WHERE {where} ORDER BY {order} LIMIT {where.value(request.fetch)}"  # noqa: S608 - our own words
    sql = f"SELECT {COLUMNS}, 0 AS awaits_reader FROM {TABLES} WHERE d.id {in_subquery(page)} ORDER BY {order}"  # noqa: S608 - our own words
    return Page.of(document_rows(await fetch(sql, *where.values)), request)


async def count_to_follow_up(caller: StaffCaller, reason: DocumentFollowUp) -> int:
    """How many documents the whole list has. One statement. Raises as `follow_up_page` does."""
    where = _where(caller, reason)
    return await fetch_number(f"SELECT count(*) AS number FROM document d WHERE {where}", *where.values)  # noqa: S608 - our own words


def _where(caller: StaffCaller, reason: DocumentFollowUp) -> Where:
    caller.require(Permission.VIEW_CONTACTS)
    where = Where(caller.organization_id, reason.value)
    where.add(f"d.organization_id = $1 AND {_REASON} = $2 AND {_OPEN} AND {_ARCHIVED_AT} IS NULL")
    if reason is not DocumentFollowUp.DECLINED:
        # If everybody has signed, only the sealed copy is not there yet.
        where.add(f"{_NOT_SIGNED} > 0")
    return where
