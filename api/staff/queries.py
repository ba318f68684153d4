"""Who is signed in, and who works at the practice."""

from typing import Annotated

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.requests.signed_in import patient_in, staff_in
from api.server.fields import field
from api.server.relay import Connection, connect
from api.types.graph import PortalAccount, portal_account
from api.types.staff import STAFF_CURSORS, StaffMember
from clinic.staff.models import StaffState
from clinic.staff.queries import colleagues, own_record, sort_key
from clinic.values.paging import page_in_memory

States = Annotated[
    list[StaffState] | None,
    strawberry.argument(description="Only members in one of these states; those in any where it is left out."),
]
Viewer = Annotated[StaffMember | PortalAccount, strawberry.union("Viewer", description="Whoever is signed in.")]


@strawberry.type
class StaffQueries:
    @field("Whoever is signed in; null when nobody is.")
    async def viewer(self, info: Info) -> Viewer | None:
        return await current_viewer(info)

    @field("The staff members of the practice, in order of name.")
    async def staff_members(
        self,
        info: Info,
        state: States = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StaffMember]:
        found = await colleagues(info.context.staff, state)
        page = page_in_memory(found, page_request(STAFF_CURSORS, first, after, last, before), sort_key)

        async def count() -> int:
            return len(found)

        nodes = [StaffMember.from_model(member) for member in page.rows]
        return connect(page, nodes, cursors=STAFF_CURSORS, sort_key=sort_key, count=count)


async def current_viewer(info: Info) -> StaffMember | PortalAccount | None:
    """The signed-in person, as a record."""
    caller = info.context.caller
    if staff := staff_in(caller):
        return StaffMember.from_model(await own_record(staff))
    patient = patient_in(caller)
    return await portal_account(info, patient.account_id) if patient else None
