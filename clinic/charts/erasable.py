"""The signed documents that may be erased now by the practice's retention rule, the longest kept first."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.charts.conditions import Where, keyset
from clinic.database.rows import as_date, as_datetime, fetch, fetch_number
from clinic.documents.queries import COLUMNS, TABLES, DocumentRow, document_rows
from clinic.documents.retention import erasable_on, kept_until
from clinic.organizations.models import Organization
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ErasableRow:
    """A signed document, the time of its last signature, and the day since which it may be erased."""

    document: DocumentRow
    last_signed_at: datetime
    kept_until: date


def erasable_key(row: ErasableRow) -> tuple[datetime, UUID]:
    return row.last_signed_at, row.document.id


async def erasable_page(caller: StaffCaller | SystemCaller, request: PageRequest, now: datetime) -> Page[ErasableRow]:
    """A page of what may be erased today; empty where signed documents are kept for ever. Two statements.

    Needs what erasing needs, MANAGE_CONTACTS and MANAGE_ORGANIZATION, and VIEW_CONTACTS.
    """
    organization, where = await _where(caller, now)
    if where is None:
        return Page((), has_next=False, has_previous=False)
    order = keyset(where, "d.last_signed_at", "d.id", request)
    limit = where.value(request.fetch)
    sql = (
        f"SELECT {COLUMNS}, 0 AS awaits_reader, d.last_signed_at, c.date_of_birth FROM {TABLES} "  # noqa: S608 - constants
        f"WHERE {where} ORDER BY {order} LIMIT {limit}"
    )
    rows = await fetch(sql, *where.values)
    found = []
    for document, row in zip(document_rows(rows), rows, strict=True):
        signed, born = as_datetime(row["last_signed_at"]), row["date_of_birth"] and as_date(row["date_of_birth"])
        until = kept_until(signed, born, organization.signed_retention_years, organization.time_zone)
        found.append(ErasableRow(document, signed, until or date.max))
    return Page.of(found, request)


async def count_erasable(caller: StaffCaller | SystemCaller, now: datetime) -> int:
    """How many documents may be erased today. Two statements."""
    _, where = await _where(caller, now)
    if where is None:
        return 0
    sql = f"SELECT count(*) AS number FROM {TABLES} WHERE {where}"  # noqa: S608 - made of constants
    return await fetch_number(sql, *where.values)


async def _where(caller: StaffCaller | SystemCaller, now: datetime) -> tuple[Organization, Where | None]:
    """The rule, and the condition of what it allows today; None if that is nothing, ever."""
    if isinstance(caller, StaffCaller):
        for permission in (Permission.VIEW_CONTACTS, Permission.MANAGE_CONTACTS, Permission.MANAGE_ORGANIZATION):
            caller.require(permission)
    organization = await Organization.get(id=caller.organization_id)
    if organization.signed_retention_years is None:
        return organization, None
    zone = organization.time_zone
    due = erasable_on(now.astimezone(ZoneInfo(zone)).date(), organization.signed_retention_years, zone)
    where = Where(caller.organization_id, due.signed_before, due.born_by)
    where.add("d.organization_id = $1 AND d.last_signed_at < $2")
    where.add("(c.date_of_birth IS NULL OR c.date_of_birth <= $3)")
    where.add("(d.signature_state <> 'WAITING' OR d.withdrawn_at IS NOT NULL OR d.superseded_at IS NOT NULL)")
    return organization, where
