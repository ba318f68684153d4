"""Who is signed in."""

from typing import Annotated

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.types.graph import PortalAccount, portal_account
from api.types.staff import StaffMember
from clinic.staff import models
from clinic.staff.queries import colleagues
from clinic.values.callers import PatientCaller, StaffCaller

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
    """Whoever is signed in, as a record."""
    match info.context.caller:
        case StaffCaller() as caller:
            return StaffMember.from_model(await models.StaffMember.get(id=caller.staff_member_id))
        case PatientCaller() as caller:
            return await portal_account(info, caller.account_id)
        case _:
            return None
