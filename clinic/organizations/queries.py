"""Reads organizations and their facilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from clinic.organizations.models import SLUG, Facility, Organization, OrganizationLogo
from clinic.values.limits import USUAL_IDLE_MINUTES
from clinic.values.paper import PaperSize


@dataclass(frozen=True)
class OrganizationView:
    """What pages, letters and sheets show of an organization. `logo_sha256` is None if there is no logo."""

    id: UUID
    slug: str
    name: str
    discreet_name: str
    brand_colour: str
    address_lines: tuple[str, ...]
    phone: str
    website: str
    support_email: str
    time_zone: str
    languages: tuple[str, ...]
    logo_sha256: str | None
    relatives_end_at_age: int | None = None
    ageing_warning_days: int = 30
    signing_reminders: bool = True
    staff_idle_minutes: int = USUAL_IDLE_MINUTES
    address: str = ""
    require_staff_second_factor: bool = False
    password_sign_in: bool = True
    allowed_origins: tuple[str, ...] = ()
    paper_size: PaperSize = PaperSize.A4
    signed_retention_years: int | None = None


async def organization_by_slug(slug: str) -> OrganizationView | None:
    """The organization with this slug, or None."""
    organization = await Organization.get_or_none(slug=slug) if SLUG.fullmatch(slug) else None
    return await _view(organization) if organization else None


async def organization_by_id(organization_id: UUID) -> OrganizationView:
    """The organization of a caller. It always exists, because the caller belongs to it."""
    return await _view(await Organization.get(id=organization_id))


async def first_organizations(most: int) -> list[Organization]:
    """Organizations by name, so many at most."""
    return await Organization.all().order_by("name", "id").limit(most)


async def allowed_origins() -> dict[str, set[UUID]]:
    """Each origin that any practice allows, with the practices that do. One statement."""
    found: dict[str, set[UUID]] = {}
    for organization in await Organization.exclude(allowed_origins="").only("id", "allowed_origins"):
        for origin in organization.page_origins:
            found.setdefault(origin, set()).add(organization.id)
    return found


async def allows_origin(organization_id: UUID, origin: str) -> bool:
    """Whether the organization allows pages of this origin now. One statement."""
    organization = await Organization.filter(id=organization_id).only("id", "allowed_origins").get()
    return origin in organization.page_origins


async def _view(organization: Organization) -> OrganizationView:
    digests = await OrganizationLogo.filter(organization_id=organization.id).values_list("sha256", flat=True)
    return OrganizationView(
        id=organization.id,
        slug=organization.slug,
        name=organization.name,
        discreet_name=organization.discreet_name,
        brand_colour=organization.brand_colour,
        address_lines=organization.address_lines,
        phone=organization.phone,
        website=organization.website,
        support_email=organization.support_email,
        time_zone=organization.time_zone,
        languages=organization.language_tags,
        logo_sha256=str(digests[0]) if digests else None,
        relatives_end_at_age=organization.relatives_end_at_age,
        ageing_warning_days=organization.ageing_warning_days,
        signing_reminders=organization.signing_reminders,
        staff_idle_minutes=organization.staff_idle_minutes,
        address=organization.address,
        require_staff_second_factor=organization.require_staff_second_factor,
        password_sign_in=organization.password_sign_in,
        allowed_origins=organization.page_origins,
        paper_size=organization.paper_size,
        signed_retention_years=organization.signed_retention_years,
    )


class LogoUse(StrEnum):
    """What the logo is drawn for; the values are columns of `OrganizationLogo`."""

    SCREEN = "png"
    PRINT = "print_png"
    ICON = "icon_png"


async def organization_logo(organization_id: UUID, use: LogoUse = LogoUse.SCREEN) -> bytes | None:
    """The logo as PNG bytes, or None. A logo of an earlier release is the same for every use."""
    rows = await OrganizationLogo.filter(organization_id=organization_id).values_list(use.value, "png")
    return bytes(rows[0][0] or rows[0][1]) if rows else None


async def facilities_by_id(organization_id: UUID, ids: Sequence[UUID]) -> list[Facility]:
    """The facilities with these ids that belong to the organization, archived ones too. One statement."""
    return await Facility.filter(organization_id=organization_id, id__in=list(ids))


async def facilities_of(organization_id: UUID, *, archived: bool = False) -> list[Facility]:
    """The facilities of the organization, sorted by name; with `archived`, also those that are offered no more."""
    own = Facility.filter(organization_id=organization_id)
    return await (own if archived else own.filter(archived_at=None)).order_by("name")
