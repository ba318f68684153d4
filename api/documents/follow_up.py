"""The list of documents that the desk must follow up."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.requests.selected import asks_for_records
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect
from api.types import enums as enums
from api.types.graph import Document
from clinic.charts.follow_up import DocumentFollowUp, count_to_follow_up, follow_up_key, follow_up_page

_CURSORS = Cursors("followUp", (datetime, UUID))
Reason = Annotated[DocumentFollowUp, strawberry.argument(description="For which reason.")]


@strawberry.type
class FollowUpQueries:
    @field(
        "Documents of current records that wait for a signature, were declined, or were never sent: those shared (or "
        "made, if not shared) the longest ago first. Withdrawn, replaced and completed ones are in none of these lists."
    )
    async def documents_to_follow_up(
        self,
        info: Info,
        reason: Reason,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Document]:
        caller = info.context.staff
        page = await follow_up_page(caller, reason, page_request(_CURSORS, first, after, last, before))
        if asks_for_records(info):
            info.context.note_shown(row.contact_id for row in page.rows)
        return connect(
            page,
            [Document.from_row(row) for row in page.rows],
            cursors=_CURSORS,
            sort_key=follow_up_key,
            count=partial(count_to_follow_up, caller, reason),
        )
