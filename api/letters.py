"""The list of letters, for those who send them."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, connect, decode_id
from api.types.letters import LETTER_CURSORS, Letter
from clinic.charts.letters import LetterFilter, LetterRow, count_letters, letter_page
from clinic.mail.models import LetterStatus
from clinic.portal_access.status import LetterState

ContactId = Annotated[strawberry.ID | None, strawberry.argument(description="Only letters about this contact.")]
States = Annotated[list[LetterState] | None, strawberry.argument(description="Only letters that got this far.")]


@strawberry.type
class LetterQueries:
    @field(
        "Letters, newest first; needs WEB_PORTAL. Those about colleagues' accounts are there with MANAGE_STAFF only."
    )
    async def letters(
        self,
        info: Info,
        contact_id: ContactId = None,
        state: States = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Letter]:
        caller = info.context.staff
        key = None if contact_id is None else decode_id(contact_id, "Contact", argument="contactId")
        known = {one.value for one in LetterStatus}
        asked = None if state is None else [LetterStatus(one.value) for one in state if one.value in known]
        about = LetterFilter(key, asked)
        page = await letter_page(caller, about, page_request(LETTER_CURSORS, first, after, last, before))
        info.context.note_shown(row.contact_id for row in page.rows if row.contact_id)
        return connect(
            page,
            [Letter.from_row(row) for row in page.rows],
            cursors=LETTER_CURSORS,
            sort_key=_letter_key,
            count=partial(count_letters, caller, about),
        )


def _letter_key(row: LetterRow) -> tuple[datetime, UUID]:
    return row.created_at, row.id
