"""Making organizations and their places."""

import hashlib
import re
from dataclasses import dataclass
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clinic.callers import Permission, StaffCaller, SystemCaller
from clinic.errors import InvalidInput
from clinic.organizations.models import SLUG, Facility, Organization, OrganizationLogo
from clinic.ports import Services
from clinic.safeguards.once import Once
from clinic.text import Problems
from clinic.work import again_when_overtaken, unit_of_work

# First words of portal addresses that are not an organization's.
_RESERVED_SLUGS = frozenset({"static", "verify", "healthz", "readyz", "metrics", "staff", "graphql", "files"})


@dataclass(frozen=True)
class NewOrganization:
    """What an organization is made from; everything but slug and name may be left to its default."""

    slug: str
    name: str
    discreet_name: str = "Your care portal"
    brand_colour: str = "#2b5f75"
    address: str = ""
    phone: str = ""
    website: str = ""
    support_email: str = ""
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ("en", "es")
    logo_png: bytes | None = None


@again_when_overtaken
async def create_organization(new: NewOrganization, services: Services, *, by: str) -> Organization:
    """Make a tenant. `by` names the command for the audit. Raises `InvalidInput`, also where the slug is taken."""
    problems = Problems()
    if not SLUG.fullmatch(new.slug) or new.slug in _RESERVED_SLUGS:
        problems.add("slug", "Use small letters, digits and hyphens, not at either end; some words are reserved.")
    name = problems.line("name", new.name)
    try:
        ZoneInfo(new.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.add("timeZone", "Use an IANA time zone such as America/Boise.")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", new.brand_colour):
        problems.add("brandColour", "Use six hexadecimal digits, such as #2b5f75.")
    problems.raise_if_any()
    organization = Organization(
        id=uuid4(),
        slug=new.slug,
        name=name,
        discreet_name=new.discreet_name,
        brand_colour=new.brand_colour,
        address=new.address,
        phone=new.phone,
        website=new.website,
        support_email=new.support_email,
        time_zone=new.time_zone,
        languages=" ".join(new.languages),
        created_at=services.clock.now(),
    )
    async with unit_of_work(SystemCaller(organization.id, by), services) as work:
        if await Organization.exists(slug=new.slug):
            raise InvalidInput.one("slug", "Another organization has this slug.")
        await organization.save(force_create=True)
        if new.logo_png:
            await OrganizationLogo.create(
                organization_id=organization.id, png=new.logo_png, sha256=hashlib.sha256(new.logo_png).hexdigest()
            )
        work.audit("organization.created", organization)
    return organization


@again_when_overtaken
async def create_facility(
    caller: StaffCaller | SystemCaller,
    name: str,
    services: Services,
    *,
    address: str = "",
    phone: str = "",
    once: Once | None = None,
) -> Facility:
    """Add a place; needs MANAGE_ORGANIZATION. A place of that name already there is answered as it is."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
    problems = Problems()
    name = problems.line("name", name)
    phone = problems.line("phone", phone, longest=40, required=False)
    problems.raise_if_any()
    async with unit_of_work(caller, services, once=once) as work:
        if work.earlier_result:
            return await Facility.get(id=work.earlier_result)
        there = await Facility.get_or_none(organization_id=caller.organization_id, name=name)
        if there is not None:
            work.result_id = there.id
            return there
        facility = await Facility.create(
            organization_id=caller.organization_id, name=name, address=address, phone=phone
        )
        work.result_id = facility.id
        work.audit("facility.created", facility)
    return facility
