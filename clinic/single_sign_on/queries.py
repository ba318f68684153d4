"""Reads a practice's provider, and how its staff sign in."""

from dataclasses import dataclass

from clinic.organizations.models import SLUG, Organization
from clinic.single_sign_on.models import IdentityProvider
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Addresses
from clinic.values.text import trimmed


@dataclass(frozen=True)
class SignInWays:
    """How staff of a practice sign in."""

    password: bool
    provider: bool


async def sign_in_ways(organization_slug: str) -> SignInWays:
    """The ways at this practice. A practice that does not exist has the same as one without a provider."""
    organization = await organization_at(organization_slug)
    if organization is None:
        return SignInWays(password=True, provider=False)
    provider = await IdentityProvider.exists(organization_id=organization.id)
    return SignInWays(organization.password_sign_in, provider)


async def organization_at(slug: str) -> Organization | None:
    """The practice with this slug."""
    slug = trimmed(slug)
    return await Organization.get_or_none(slug=slug) if SLUG.fullmatch(slug) else None


async def own_provider(caller: StaffCaller | SystemCaller) -> IdentityProvider | None:
    """The provider of the caller's practice; staff need MANAGE_INTEGRATIONS. Raises `NotPermitted`."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_INTEGRATIONS)
    return await IdentityProvider.get_or_none(organization_id=caller.organization_id)


def callback_address(slug: str, addresses: Addresses) -> str:
    """Where people come back from the provider. The practice registers this address there."""
    return f"{addresses.api_url}/oauth/{slug}/callback"
