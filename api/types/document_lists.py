"""The lists of documents: a contact's, and what an account's person may see."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from api.requests.context import Info
from api.requests.paging import page_request
from api.server.relay import Connection, Cursors, connect
from clinic.documents.queries import DocumentRow
from clinic.documents.viewing import NEWEST_FIRST, READING_ORDER, order_for

Document = TypeVar("Document")

_CURSORS = {order: Cursors(order.name, order.key_types) for order in (NEWEST_FIRST, READING_ORDER)}
READER_CURSORS = _CURSORS[READING_ORDER]


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
    order = order_for(info.context.viewer)
    cursors = _CURSORS[order]
    page = await loaders.of_contact.load((contact_id, page_request(cursors, first, after, last, before)))
    return connect(
        page,
        [make(row) for row in page.rows],
        cursors=cursors,
        sort_key=order.sort_key,
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
        sort_key=READING_ORDER.sort_key,
        count=partial(loaders.account_count.load, (account_id, whose)),
    )
