"""The limits on signing in that may be closed for a staff member."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.sessions.queries import addresses_of_members
from clinic.staff.models import StaffMember
from clinic.staff.queries import colleagues_by_id
from clinic.throttling.closed import ClosedThrottle, Watched, closed_throttles, sign_in_ways
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.text import normal_email_or_none


async def staff_throttles(
    caller: StaffCaller | PatientCaller, member_ids: Sequence[UUID], now: datetime
) -> dict[UUID, list[ClosedThrottle]]:
    """The ways that guesses have closed for each staff member; none without MANAGE_STAFF. Four statements."""
    if isinstance(caller, PatientCaller) or not caller.may(Permission.MANAGE_STAFF):
        return {}
    members = await colleagues_by_id(caller, member_ids)
    return await closed_throttles(await watched_for(caller.organization_id, members, now), now)


async def watched_for(
    organization_id: UUID, members: Sequence[StaffMember], now: datetime
) -> dict[UUID, list[Watched]]:
    """The limits that count guesses at each of these members of the organization. Two statements."""
    slug = (await Organization.get(id=organization_id)).slug
    addresses = await addresses_of_members([member.id for member in members], now)
    return {
        member.id: sign_in_ways(sign_in_subject(slug, member.email_normal), addresses.get(member.id, []))
        for member in members
    }


def sign_in_subject(organization_slug: str, email: str) -> str:
    """What the attempts to sign in as this person are counted under."""
    return f"staff {organization_slug} {normal_email_or_none(email) or email[:300]}"
