"""Whether a password signs a staff member in, where the practice has turned passwords off."""

from clinic.organizations.models import SLUG, Organization
from clinic.staff.errors import PasswordSignInOff
from clinic.staff.models import StaffMember


async def passwords_off_at(organization_slug: str) -> bool:
    """Whether this practice has turned passwords off; no for one that does not exist."""
    found = await Organization.get_or_none(slug=organization_slug) if SLUG.fullmatch(organization_slug) else None
    return found is not None and not found.password_sign_in


async def require_password_sign_in(member: StaffMember) -> None:
    """Raise `PasswordSignInOff` unless this member's password signs them in."""
    organization = await Organization.get(id=member.organization_id)
    if not organization.password_sign_in and not member.break_glass:
        raise PasswordSignInOff(organization.slug)
