"""The end of signed documents: which may be erased by the practice's rule, and the erasure of one."""

from datetime import date, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field, mutation
from api.server.relay import Connection, Cursors, connect
from api.types.graph import Document
from api.types.record_errors import MustBeKept
from api.types.user_errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, answering
from clinic.charts.erasable import ErasableRow, count_erasable, erasable_key, erasable_page
from clinic.documents.actions.erase import erase_document

_CURSORS = Cursors("erasable", (datetime, UUID))


@strawberry.type(description="A signed document that need not be kept any longer.")
class ErasableDocument:
    document: Document = strawberry.field(description="Which.")
    last_signed_at: datetime = strawberry.field(description="When it was signed last; the rule's years began then.")
    kept_until: date = strawberry.field(description="Since which day it may be erased.")

    @classmethod
    def from_row(cls, row: ErasableRow) -> "ErasableDocument":
        return cls(
            document=Document.from_row(row.document), last_signed_at=row.last_signed_at, kept_until=row.kept_until
        )


@strawberry.input(description="Which signed document is erased, and why.")
class EraseDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")
    reason: str = strawberry.field(description="Why; it stays in the audit, so name nobody in it.")


@strawberry.type(description="The document and its evidence are gone for good.")
class EraseDocumentSuccess:
    document_id: strawberry.ID = strawberry.field(description="The id that it had.")


EraseDocumentResult = Annotated[
    EraseDocumentSuccess | NotPermitted | NotFound | InvalidInput | MustBeKept | FreshSignInNeeded,
    union("EraseDocumentResult", description="That the document is gone, or why it must be kept."),
]


@strawberry.type
class ErasableQueries:
    @field(
        "Signed documents that `signedRetentionYears` lets you erase today, the longest kept first; needs "
        "MANAGE_CONTACTS and MANAGE_ORGANIZATION. Empty where they are kept for ever."
    )
    async def erasable_documents(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ErasableDocument]:
        caller, now = info.context.staff, info.context.now
        page = await erasable_page(caller, page_request(_CURSORS, first, after, last, before), now)
        info.context.note_shown(row.document.contact_id for row in page.rows)
        nodes = [ErasableDocument.from_row(row) for row in page.rows]
        count = partial(count_erasable, caller, now)
        return connect(page, nodes, cursors=_CURSORS, sort_key=erasable_key, count=count)


@strawberry.type
class DocumentErasureMutations:
    @mutation(
        "Erase a signed document and its evidence, which can't be undone; needs MANAGE_CONTACTS, MANAGE_ORGANIZATION "
        "and a fresh sign-in. The versions it replaced go with it."
    )
    @answering
    async def erase_document(self, info: Info, input: EraseDocumentInput) -> EraseDocumentResult:
        await erase_document(
            info.context.staff,
            decode_id_or_none(input.document_id, "Document"),
            input.reason,
            info.context.services,
        )
        return EraseDocumentSuccess(document_id=input.document_id)
