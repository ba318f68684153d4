"""Reads documents and signatures at a fixed cost: one statement for a page of any length."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from clinic.database.rows import Row, as_uuid, columns_of, fetch, fetch_number, fetch_numbers, in_subquery
from clinic.documents.models import Document, DocumentKind, DocumentSharing, SignatureState
from clinic.documents.visibility import Reader, own_and_accessible_contacts, reader_of, visible_to
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest


@dataclass(frozen=True, slots=True, repr=False)
class DocumentRow:
    """A document in a list. `awaits_reader`: the reader is asked to sign it, and it is their turn."""

    id: UUID
    contact_id: UUID
    title: str
    kind: DocumentKind
    language: str
    sha256: str
    byte_count: int
    page_count: int
    written: bool
    created_at: datetime
    created_by_id: UUID
    sharing: DocumentSharing
    shared_at: datetime | None
    signature_state: SignatureState
    in_sequence: bool
    superseded_by_id: UUID | None
    withdrawn_at: datetime | None
    withdraw_reason: str
    completed_at: datetime | None
    completed_sha256: str
    awaits_reader: bool
    contact_name: str


@dataclass(frozen=True, slots=True, repr=False)
class SignatureRow:
    """A signature, open or given. `relationship` is the signer's to the client ("mother"), empty for the client."""

    id: UUID
    document_id: UUID
    signer_id: UUID
    relationship: str
    position: int
    signed_at: datetime | None
    declined_at: datetime | None
    decline_reason: str
    document_sha256: str
    signer_name: str


COLUMNS = (
    "d.id, d.contact_id, d.title, d.kind, d.language, d.sha256, d.byte_count, d.page_count, "
    "CASE WHEN d.text <> '' THEN 1 ELSE 0 END AS written, d.created_at, d.created_by_id, d.sharing, d.shared_at, "
    "d.signature_state, d.in_sequence, d.superseded_by_id, d.withdrawn_at, d.withdraw_reason, d.completed_at, "
    "d.completed_sha256, c.given_name, c.family_name"
)
TABLES = "document d JOIN contact c ON c.id = d.contact_id"


def document_rows(rows: Sequence[Row]) -> list[DocumentRow]:
    """The documents of the rows of a SELECT of `COLUMNS` and `awaits_reader`."""
    values_of = columns_of(DocumentRow, rows, without=("contact_name",))
    return [DocumentRow(*(*values_of(row), _full_name(row))) for row in rows]


def _full_name(row: Row) -> str:
    return f"{row['given_name']} {row['family_name']}".strip()


def row_of(document: Document) -> DocumentRow:
    """The row of a document that was just read or changed, without the client's name and with `awaits_reader` false."""
    own = {column.name: getattr(document, column.name) for column in fields(DocumentRow) if column.name not in _JOINED}
    return DocumentRow(**own, written=bool(document.text), contact_name="", awaits_reader=False)


# The fields of a row that are no columns of the document.
_JOINED = ("written", "contact_name", "awaits_reader")


# Signature s is open, and in a sequence all earlier signatures are given.
_MY_TURN = (
    "s.signed_at IS NULL AND s.declined_at IS NULL AND (NOT w.in_sequence OR NOT EXISTS (SELECT 1 FROM signature b "
    "WHERE b.document_id = s.document_id AND b.position < s.position AND b.signed_at IS NULL))"
)


def awaiting(me: str) -> str:
    """SQL for the ids of the documents that contact `me` (a placeholder or a column) can sign now. They are few."""
    return (
        "SELECT s.document_id FROM signature s JOIN document w ON w.id = s.document_id "
        f"WHERE s.signer_id = {me} AND w.signature_state = 'WAITING' AND w.superseded_by_id IS NULL AND {_MY_TURN}"
    )


def awaits(me: str) -> str:
    """SQL that is 1 if contact `me` can sign document d now, else 0."""
    return f"CASE WHEN d.id IN ({awaiting(me)}) THEN 1 ELSE 0 END"


async def documents_of_contacts(
    caller: StaffCaller, contact_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[DocumentRow]]:
    """A page of each contact's documents for staff, newest first. One statement for all contacts.

    Sort key: `created_at`, `id`.
    """
    way = "" if request.backwards else " DESC"
    values: list[object] = [list(contact_ids), caller.organization_id]
    where = "d.contact_id = c.id AND d.organization_id = $2"
    for bound, comparison in ((request.after, "<"), (request.before, ">")):
        if bound:
            values.extend(bound)
            where += f" AND (d.created_at, d.id) {comparison} (${len(values) - 1}, ${len(values)})"
    values.append(request.fetch)
    # The ids of each contact's page are found by index; only the rows of the page are read as a whole.
    page = f"SELECT d.id FROM document d WHERE {where} ORDER BY d.created_at{way}, d.id{way} LIMIT ${len(values)}"
    sql = (
        f"SELECT {COLUMNS}, 0 AS awaits_reader FROM contact c JOIN document d ON d.id {in_subquery(page)} "
        f"WHERE c.id {{in_1}} "
        f"ORDER BY d.created_at{way}, d.id{way}"
    )
    found = document_rows(await fetch(sql, *values))
    return {key: Page.of([item for item in found if item.contact_id == key], request) for key in contact_ids}


async def count_documents(caller: StaffCaller, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many documents each contact has. One statement."""
    sql = (
        "SELECT contact_id AS key, count(*) AS number FROM document "
        "WHERE contact_id {in_1} AND organization_id = $2 GROUP BY contact_id"
    )
    return await fetch_numbers(sql, list(contact_ids), caller.organization_id)


def sort_key(row: DocumentRow) -> tuple[int, datetime, UUID]:
    """The sort key of a reader's list: documents that await the reader's signature first, then the newest."""
    return int(row.awaits_reader), row.shared_at or row.created_at, row.id


# Readers do not see a document that was superseded before it was completed.
CURRENT = "(d.superseded_by_id IS NULL OR d.completed_at IS NOT NULL)"
SHARED = "COALESCE(d.shared_at, d.created_at)"


@dataclass(frozen=True, slots=True, repr=False)
class Shelf:
    """A person whose documents the reader may see, how many there are, and how many await the reader's signature."""

    contact_id: UUID
    name: str
    own: bool
    documents: int
    awaiting: int


async def shelves_of(reader: Reader) -> list[Shelf]:
    """One shelf for the reader, first, and one for each client to whom the reader has portal access. One statement.

    A client without a shared document has a shelf too, so that a parent sees that there is nothing yet.
    """
    sql = (
        f"SELECT p.id, p.given_name, p.family_name, count(d.id) AS documents, "
        f"COALESCE(sum({awaits('$1')}), 0) AS awaiting "
        f"FROM contact p LEFT JOIN document d ON d.contact_id = p.id AND {visible_to('$1', '$2')} "
        f"AND {CURRENT} "
        f"WHERE p.id {in_subquery(own_and_accessible_contacts('$1', '$2'))} "
        f"GROUP BY p.id, p.given_name, p.family_name, p.sort_key ORDER BY p.sort_key, p.id"
    )
    shelves = [
        Shelf(
            contact_id=as_uuid(row["id"]),
            name=_full_name(row),
            own=as_uuid(row["id"]) == reader.contact_id,
            documents=int(row["documents"]),
            awaiting=int(row["awaiting"]),
        )
        for row in await fetch(sql, reader.contact_id, reader.today)
    ]
    return sorted(shelves, key=lambda shelf: not shelf.own)


async def count_for(reader: Reader, *, of_contact: UUID | None = None) -> int:
    """How many documents the reader may see. One statement."""
    narrowed = " AND d.contact_id = $3" if of_contact else ""
    sql = f"SELECT count(*) AS number FROM document d WHERE {visible_to('$1', '$2')} AND {CURRENT}{narrowed}"
    values = [reader.contact_id, reader.today, *([of_contact] if of_contact else [])]
    return await fetch_number(sql, *values)


async def documents_by_id(
    caller: StaffCaller | PatientCaller, ids: Sequence[UUID], now: datetime
) -> dict[UUID, DocumentRow]:
    """The documents with these ids that the caller may see, by id. One statement for staff, two for a patient."""
    if isinstance(caller, StaffCaller) and not caller.may(Permission.VIEW_CONTACTS):
        return {}
    if isinstance(caller, StaffCaller):
        sql = f"SELECT {COLUMNS}, 0 AS awaits_reader FROM {TABLES} WHERE d.id {{in_1}} AND d.organization_id = $2"
        rows = await fetch(sql, list(ids), caller.organization_id)
    else:
        reader = await reader_of(caller, now)
        if reader is None:
            return {}
        sql = (
            f"SELECT {COLUMNS}, {awaits('$2')} AS awaits_reader FROM {TABLES} "
            f"WHERE d.id {{in_1}} AND d.organization_id = $4 AND {visible_to('$2', '$3')}"
        )
        rows = await fetch(sql, list(ids), reader.contact_id, reader.today, caller.organization_id)
    return {row.id: row for row in document_rows(rows)}


async def author_of(document: Document) -> str:
    """The name of the staff member who created the document. One statement."""
    return str((await StaffMember.get(id=document.created_by_id).only("name")).name)


_SIGNATURE = """
SELECT s.id, s.document_id, s.signer_id, c.given_name, c.family_name, COALESCE(r.kind, '') AS relationship, s.position,
  s.signed_at, s.declined_at, s.decline_reason, d.sha256 AS document_sha256
FROM signature s JOIN document d ON d.id = s.document_id JOIN contact c ON c.id = s.signer_id
LEFT JOIN relationship r ON r.client_id = d.contact_id AND r.relative_id = s.signer_id
WHERE s.organization_id = $2 AND {condition} ORDER BY s.document_id, s.position
"""


def _signatures(rows: Sequence[Row]) -> list[SignatureRow]:
    values_of = columns_of(SignatureRow, rows, without=("signer_name",))
    return [SignatureRow(*(*values_of(row), _full_name(row))) for row in rows]


async def signatures_of(organization_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, list[SignatureRow]]:
    """The signatures of each document, in order. One statement.

    Checks no permission: call it only with documents that the caller may see.
    """
    sql = _SIGNATURE.replace("{condition}", "s.document_id {in_1}")
    found: dict[UUID, list[SignatureRow]] = {document_id: [] for document_id in document_ids}
    for row in _signatures(await fetch(sql, list(document_ids), organization_id)):
        found[row.document_id].append(row)
    return found


async def signatures_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[SignatureRow]:
    """The signatures with these ids that belong to the organization. One statement."""
    sql = _SIGNATURE.replace("{condition}", "s.id {in_1}")
    return _signatures(await fetch(sql, list(ids), organization_id))
