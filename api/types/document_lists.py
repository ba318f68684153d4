"""The lists of documents: a contact's, and what an account's person may see."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from api.requests.context import Info
from api.requests.paging import page_request
from api.server.relay import Connection, Cursors, connect
from clinic.documents.queries import DocumentRow, sort_key
from clinic.values.callers import StaffCaller

Document = TypeVar("Document")

# Staff see a contact's documents by age; whoever reads them sees first what waits for them.
STAFF_CURSORS = Cursors("documents", (datetime, UUID))
READER_CURSORS = Cursors("shared", (int, datetime, UUID))


async def documents_of_contact(
    info: Info,
    make: Callable[[DocumentRow], Document],
    contact_id: UUID,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Connection[Document]:
    """For staff all of them, newest first; for patients what they may see, in their own order. `make` is per row."""
    loaders = info.context.loaders.documents
    for_staff = isinstance(info.context.caller, StaffCaller)
    cursors = STAFF_CURSORS if for_staff else READER_CURSORS
    page = await loaders.of_contact.load((contact_id, page_request(cursors, first, after, last, before)))
    return connect(
        page,
        [make(row) for row in page.rows],
        cursors=cursors,
        sort_key=_by_age if for_staff else sort_key,
        count=partial(loaders.contact_count.load, contact_id),
    )


async def documents_of_account(
    info: Info,
    make: Callable[[DocumentRow], Document],
    account_id: UUID,
    whose: UUID | None,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Connection[Document]:
    """What the account's person may see: of everybody, or of one person."""
    loaders = info.context.loaders.documents
    request = page_request(READER_CURSORS, first, after, last, before)
    page = await loaders.of_account.load((account_id, whose, request))
    return connect(
        page,
        [make(row) for row in page.rows],
        cursors=READER_CURSORS,
        sort_key=sort_key,
        count=partial(loaders.account_count.load, (account_id, whose)),
    )


def _by_age(row: DocumentRow) -> tuple[datetime, UUID]:
    return row.created_at, row.id
