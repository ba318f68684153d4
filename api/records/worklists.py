"""What the front desk works through: who is stuck where, and whose access is about to end."""

from datetime import date
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect
from api.types import enums as enums
from api.types.graph import Relationship
from clinic.charts.contacts import count_states
from clinic.charts.related import RelationshipRow
from clinic.portal_access.ageing import ComingOfAge, coming_of_age
from clinic.portal_access.status import PortalState
from clinic.values.paging import page_in_memory

_CURSORS = Cursors("ending", (date, UUID))


@strawberry.type(description="How many contacts are in a state.")
class PortalStateCount:
    state: PortalState = strawberry.field(description="The state.")
    count: int = strawberry.field(description="How many contacts.")


@strawberry.type(description="A relative's portal access that ends because the client comes of age.")
class EndingAccess:
    relationship: Relationship = strawberry.field(description="Whose access to whom.")
    ends_on: date = strawberry.field(description="The birthday; what has come to its day ends within the hour.")


@strawberry.type
class WorklistQueries:
    @field("How many of your contacts are in each state, every state named.")
    async def portal_state_counts(self, info: Info) -> list[PortalStateCount]:
        counts = await count_states(info.context.staff)
        return [PortalStateCount(state=state, count=number) for state, number in counts.items()]

    @field("Relatives' portal access that ends within the organization's days of warning, soonest first.")
    async def ending_access(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[EndingAccess]:
        ending = await coming_of_age(info.context.staff, info.context.now)
        page = page_in_memory(ending, page_request(_CURSORS, first, after, last, before), _key)

        async def count() -> int:
            return len(ending)

        nodes = [EndingAccess(relationship=_relationship(row), ends_on=row.ends_on) for row in page.rows]
        return connect(page, nodes, cursors=_CURSORS, sort_key=_key, count=count)


def _relationship(row: ComingOfAge) -> Relationship:
    return Relationship.from_row(RelationshipRow.of(row.relationship))


def _key(row: ComingOfAge) -> tuple[date, UUID]:
    return row.ends_on, row.relationship.id
