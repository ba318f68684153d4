"""Decides which documents, and which of their fields, a signed-in caller may see, and in which order.

Staff with VIEW_CONTACTS see all documents of their practice, with the staff's notes. A patient sees the documents that
are shared with them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.documents.access import document_of_patient, document_of_staff
from clinic.documents.completions import CompletionRow
from clinic.documents.models import Document
from clinic.documents.queries import (
    DocumentRow,
    SignatureRow,
    count_documents,
    count_for,
    documents_of_contacts,
    sort_key,
)
from clinic.documents.reader_lists import (
    count_by_contact,
    count_of_accounts,
    documents_by_contact,
    documents_for,
    documents_of_accounts,
)
from clinic.documents.seal_problems import SealFailure, failure_from
from clinic.documents.visibility import Reader, entitled_to, reader_of, today_at
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest, SortKey


class RecordViewer:
    """A caller who reads records in one request. The contact to which a patient is linked is looked up once."""

    def __init__(self, caller: StaffCaller | PatientCaller, now: datetime) -> None:
        self.caller = caller
        self.now = now
        self._reading: asyncio.Task[Reader | None] | None = None

    @property
    def organization_id(self) -> UUID:
        return self.caller.organization_id

    @property
    def sees_staff_notes(self) -> bool:
        """Whether the viewer sees records and what staff note about them: relationships, reasons and problems."""
        return isinstance(self.caller, StaffCaller) and self.caller.may(Permission.VIEW_CONTACTS)

    @property
    def manages_portal(self) -> bool:
        """Whether the viewer sees PINs, previous accounts and reasons for transfers."""
        return isinstance(self.caller, StaffCaller) and self.caller.may(Permission.WEB_PORTAL)

    async def reader(self) -> Reader | None:
        """The patient as a reader of documents; None for staff and for patients with an unconfirmed identity."""
        if isinstance(self.caller, StaffCaller):
            return None
        if self._reading is None:
            self._reading = asyncio.create_task(reader_of(self.caller, self.now))
        # If one field is cancelled, the other fields that wait for the same result still get it.
        return await asyncio.shield(self._reading)

    async def fully_visible(self, contact_ids: Sequence[UUID]) -> list[UUID]:
        """The contacts of which the viewer may see more than the name: all for staff, their own for a patient."""
        if self.sees_staff_notes:
            return list(contact_ids)
        reader = await self.reader()
        return [key for key in contact_ids if reader and key == reader.contact_id]


@dataclass(frozen=True)
class ListOrder:
    """The order of a list of documents: its name, the types of its sort key, and the function that makes the key."""

    name: str
    key_types: tuple[type, ...]
    sort_key: Callable[[DocumentRow], SortKey]


def _by_age(row: DocumentRow) -> tuple[datetime, UUID]:
    return row.created_at, row.id


NEWEST_FIRST = ListOrder("documents", (datetime, UUID), _by_age)
# Documents that await the reader's signature come first.
READING_ORDER = ListOrder("shared", (int, datetime, UUID), sort_key)


def order_for(viewer: RecordViewer) -> ListOrder:
    """The order in which the viewer sees a contact's documents."""
    return NEWEST_FIRST if viewer.sees_staff_notes else READING_ORDER


async def pages_of_contacts(
    viewer: RecordViewer, contact_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[DocumentRow]]:
    """A page of each contact's documents that the viewer may see. One statement for all contacts."""
    if isinstance(viewer.caller, StaffCaller):
        return await documents_of_contacts(viewer.caller, contact_ids, request)
    reader = await viewer.reader()
    if reader is None:
        return {}
    if len(contact_ids) == 1:
        return {contact_ids[0]: await documents_for(reader, request, of_contact=contact_ids[0])}
    return await documents_by_contact(reader, contact_ids, request)


async def counts_of_contacts(viewer: RecordViewer, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many documents of each contact the viewer may see."""
    if isinstance(viewer.caller, StaffCaller):
        return await count_documents(viewer.caller, contact_ids)
    reader = await viewer.reader()
    return await count_by_contact(reader, contact_ids) if reader else {}


async def pages_of_accounts(
    viewer: RecordViewer, account_ids: Sequence[UUID], request: PageRequest, *, of_contact: UUID | None
) -> dict[UUID, Page[DocumentRow]]:
    """A page of the documents that each account's person may see. For patients only their own account."""
    caller = viewer.caller
    if isinstance(caller, StaffCaller):
        return await documents_of_accounts(caller, account_ids, request, viewer.now, of_contact=of_contact)
    reader = await viewer.reader()
    if reader is None or caller.account_id not in account_ids:
        return {}
    return {caller.account_id: await documents_for(reader, request, of_contact=of_contact)}


async def counts_of_accounts(
    viewer: RecordViewer, account_ids: Sequence[UUID], *, of_contact: UUID | None
) -> dict[UUID, int]:
    """How many documents each account's person may see. For patients only their own account."""
    caller = viewer.caller
    if isinstance(caller, StaffCaller):
        return await count_of_accounts(caller, account_ids, viewer.now, of_contact=of_contact)
    reader = await viewer.reader()
    if reader is None or caller.account_id not in account_ids:
        return {}
    return {caller.account_id: await count_for(reader, of_contact=of_contact)}


async def recipients_of(viewer: RecordViewer, document_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The contacts who can see each document today. A patient sees only themselves among them."""
    reader = await viewer.reader()
    today = reader.today if reader else await today_at(viewer.organization_id, viewer.now)
    found: dict[UUID, list[UUID]] = {key: [] for key in document_ids}
    for entitled in await entitled_to(viewer.organization_id, document_ids, today):
        if viewer.sees_staff_notes or (reader and entitled.contact_id == reader.contact_id):
            found[entitled.document_id].append(entitled.contact_id)
    return found


async def document_to_open(caller: StaffCaller | PatientCaller, document_id: UUID, now: datetime) -> Document | None:
    """The document, if the caller may read its pages: staff need WEB_PORTAL; patients need it shared with them."""
    if isinstance(caller, StaffCaller):
        return await document_of_staff(caller, document_id) if caller.may(Permission.WEB_PORTAL) else None
    found = await document_of_patient(caller, document_id, now)
    return found[0] if found else None


def visible_withdraw_reason(viewer: RecordViewer, row: DocumentRow) -> str:
    """Why the document was withdrawn; empty for patients."""
    return row.withdraw_reason if viewer.sees_staff_notes else ""


def visible_seal_failure(viewer: RecordViewer, row: CompletionRow | None) -> SealFailure | None:
    """Why there is no sealed PDF yet; None for patients, and if no try failed."""
    return failure_from(row.problem) if row and row.problem and viewer.sees_staff_notes else None


def visible_relationship(viewer: RecordViewer, row: SignatureRow) -> str:
    """The signer's relationship to the client; empty for patients."""
    return row.relationship if viewer.sees_staff_notes else ""


async def visible_decline_reason(viewer: RecordViewer, row: SignatureRow) -> str:
    """Why the signer declined; empty for other patients than the signer."""
    return row.decline_reason if await viewer.fully_visible([row.signer_id]) else ""
