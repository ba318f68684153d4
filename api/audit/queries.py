"""The audit chain, for those who may view it."""

from functools import partial
from typing import Annotated

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.requests.selected import asks_for
from api.server.fields import field
from api.server.relay import Connection, connect, split_id
from api.types.audit import EVENT_CURSORS, AuditEvent
from api.types.by_id import AUDITED, nodes_found
from clinic.charts.history import EventFilter, EventRow, count_events, event_page

SubjectId = Annotated[strawberry.ID | None, strawberry.argument(description="Only what was done to this record.")]

WithRelated = Annotated[
    bool,
    strawberry.argument(
        description="Also what was done to the accounts a contact ever had, its documents, episodes and relationships."
    ),
]


@strawberry.type
class AuditQueries:
    @field("What happened, newest first; needs VIEW_AUDIT.")
    async def audit_events(
        self,
        info: Info,
        subject_id: SubjectId = None,
        with_related: WithRelated = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEvent]:
        caller = info.context.staff
        key = None if subject_id is None else split_id(subject_id, *AUDITED, argument="subjectId")[1]
        about = EventFilter(key, with_related)
        page = await event_page(caller, about, page_request(EVENT_CURSORS, first, after, last, before))
        wanted = {(row.subject_kind, row.subject_id) for row in page.rows} if asks_for(info, "subject") else set()
        subjects = await nodes_found(info, wanted)
        return connect(
            page,
            [AuditEvent.from_row(row, subjects.get((row.subject_kind, row.subject_id))) for row in page.rows],
            cursors=EVENT_CURSORS,
            sort_key=_event_key,
            count=partial(count_events, caller, about),
        )


def _event_key(row: EventRow) -> tuple[int]:
    return (row.sequence,)
