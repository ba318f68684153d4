"""Who is signed in."""

from typing import Annotated

import strawberry

from api.requests.context import Info
from api.requests.signed_in import patient_in, staff_in
from api.server.fields import field
from api.types.graph import PortalAccount, portal_account
from api.types.staff import StaffMember
from clinic.staff.queries import colleagues, own_record

Viewer = Annotated[StaffMember | PortalAccount, strawberry.union("Viewer", description="Whoever is signed in.")]


@strawberry.type
class StaffQueries:
    @field("Whoever is signed in; null when nobody is.")
    async def viewer(self, info: Info) -> Viewer | None:
        return await current_viewer(info)

    @field("Everybody who works at the practice, in order of name; for narrowing the calendar.")
    async def staff_members(self, info: Info) -> list[StaffMember]:
        return [StaffMember.from_model(member) for member in await colleagues(info.context.staff)]


async def current_viewer(info: Info) -> StaffMember | PortalAccount | None:
    """The signed-in person, as a record."""
    caller = info.context.caller
    if staff := staff_in(caller):
        return StaffMember.from_model(await own_record(staff))
    patient = patient_in(caller)
    return await portal_account(info, patient.account_id) if patient else None
