"""Adds organizations, and changes what they are called, how they look and which rules they have."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from clinic.factors.models import Passkey, Totp
from clinic.organizations import checks
from clinic.organizations.facilities import create_facility as create_facility
from clinic.organizations.logos import digest_of, set_logo, uploaded_logo
from clinic.organizations.models import SLUG, LogoUpload, Organization
from clinic.organizations.paper import usual_paper
from clinic.organizations.password_sign_in import set_password_rule
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.logo import DrawnLogo
from clinic.values.paper import PaperSize
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# First path segments that the portal uses itself.
_RESERVED_SLUGS = frozenset({"static", "verify", "healthz", "readyz", "metrics", "staff", "graphql", "files"})


@dataclass(frozen=True)
class NewOrganization:
    """The content of a new organization. Only slug and name are required.

    Without `paper_size` it is that of the time zone's country.
    """

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
    logo: DrawnLogo | None = None
    paper_size: PaperSize | None = None


@retry_on_conflict
async def create_organization(new: NewOrganization, services: Services, *, by: str) -> Organization:
    """Add a tenant. `by` is the command's name for the audit. Raises `InvalidInput`, also if the slug is taken."""
    new = _cleaned(new)
    organization = Organization(
        id=uuid4(),
        slug=new.slug,
        name=new.name,
        discreet_name=new.discreet_name,
        brand_colour=new.brand_colour,
        address=new.address,
        phone=new.phone,
        website=new.website,
        support_email=new.support_email,
        time_zone=new.time_zone,
        languages=" ".join(new.languages),
        paper_size=new.paper_size or usual_paper(new.time_zone),
        created_at=services.clock.now(),
    )
    async with unit_of_work(SystemCaller(organization.id, by), services) as work:
        if await Organization.exists(slug=new.slug):
            raise InvalidInput.one("slug", Problem.SLUG_TAKEN)
        await organization.save(force_create=True)
        await set_logo(organization, new.logo)
        work.audit("organization.created", organization)
    return organization


def _cleaned(new: NewOrganization) -> NewOrganization:
    """The content in a form that is safe in letters' headers, on pages and on sheets. Raises `InvalidInput`."""
    problems = Problems()
    if not SLUG.fullmatch(new.slug) or new.slug in _RESERVED_SLUGS:
        problems.add("slug", Problem.NO_SLUG)
    cleaned = replace(
        new,
        time_zone=checks.checked_time_zone(problems, new.time_zone),
        brand_colour=checks.checked_colour(problems, new.brand_colour),
        languages=checks.checked_languages(problems, new.languages),
        name=problems.line("name", new.name),
        discreet_name=problems.line("discreetName", new.discreet_name),
        address=checks.checked_address(problems, new.address),
        phone=checks.checked_phone(problems, new.phone),
        website=checks.checked_website(problems, new.website),
        support_email=problems.email("supportEmail", new.support_email) if new.support_email.strip() else "",
    )
    problems.raise_if_any()
    return cleaned


@dataclass(frozen=True)
class OrganizationChanges:
    """The fields to change; None leaves a field as it is, and an empty text empties it.

    `never_end_by_age` sets `relatives_end_at_age` to none, `keep_signed_for_ever` likewise `signed_retention_years`.
    `logo_upload_id` names a picture that was sent before,
    `logo` is one that the caller has redrawn, and `remove_logo` leaves the organization without one.
    """

    relatives_end_at_age: int | None = None
    never_end_by_age: bool = False
    ageing_warning_days: int | None = None
    signing_reminders: bool | None = None
    staff_idle_minutes: int | None = None
    require_staff_second_factor: bool | None = None
    password_sign_in: bool | None = None
    break_glass_staff_member_id: UUID | None = None
    name: str | None = None
    discreet_name: str | None = None
    address: str | None = None
    phone: str | None = None
    website: str | None = None
    support_email: str | None = None
    colour: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] | None = None
    allowed_origins: tuple[str, ...] | None = None
    paper_size: PaperSize | None = None
    signed_retention_years: int | None = None
    keep_signed_for_ever: bool = False
    logo_upload_id: UUID | None = None
    logo: DrawnLogo | None = None
    remove_logo: bool = False


@retry_on_conflict
async def update_organization(
    caller: StaffCaller | SystemCaller, changes: OrganizationChanges, services: Services
) -> Organization:
    """Change what is said of the organization and its rules; needs MANAGE_ORGANIZATION.

    A new age also applies to clients who have reached it already: their relatives' access ends within the hour.
    Whether staff need a second factor is changed after a fresh sign-in, and asked for by somebody who has one; whether
    they sign in by password likewise (`set_password_rule`). That signed documents are kept for a shorter time takes a
    fresh sign-in too.
    Raises `NotPermitted`, `InvalidInput`, `FreshSignInNeeded`, and `NotFound` for a logo that was never sent.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
    values = cleaned_changes(changes, services)
    async with unit_of_work(caller, services) as work:
        organization = await Organization.filter(id=caller.organization_id).select_for_update().get()
        await set_password_rule(
            organization, changes.password_sign_in, changes.break_glass_staff_member_id, caller, work
        )
        await _set_factor_rule(organization, changes.require_staff_second_factor, caller, work)
        changed = {name: value for name, value in values.items() if getattr(organization, name) != value}
        if "signed_retention_years" in changed and keeps_shorter(organization, values["signed_retention_years"]):
            await require_fresh(caller, work.now)
        logo = await _new_logo(caller, changes, work.now)
        if logo is not None or changes.remove_logo:
            await set_logo(organization, logo)
        if changed:
            for name, value in changed.items():
                setattr(organization, name, value)
            await organization.save(update_fields=list(changed))
        if changed or logo is not None or changes.remove_logo:
            work.audit("organization.updated", organization, **_audited(organization, changed, logo, changes))
    return organization


async def _set_factor_rule(
    organization: Organization, wanted: bool | None, caller: StaffCaller | SystemCaller, work: Work
) -> None:
    if wanted is None or wanted is organization.require_staff_second_factor:
        return
    if isinstance(caller, StaffCaller):
        await require_fresh(caller, work.now)
        own = [await factors.exists(staff_member_id=caller.staff_member_id) for factors in (Passkey, Totp)]
        if wanted and not any(own):
            raise InvalidInput.one("requireStaffSecondFactor", Problem.ADD_YOURS_FIRST)
    organization.require_staff_second_factor = wanted
    await organization.save(update_fields=["require_staff_second_factor"])
    work.audit("organization.second_factor_rule_set", organization, required=wanted)


def cleaned_changes(changes: OrganizationChanges, services: Services) -> dict[str, object]:
    """The new values by column, without the logo. Raises `InvalidInput` with all that can't be used."""
    problems = Problems()
    checks.check_rules(problems, changes.relatives_end_at_age, changes.ageing_warning_days, changes.staff_idle_minutes)
    clean: dict[str, Callable[[Any], object]] = {
        "name": lambda name: problems.line("name", name),
        "discreet_name": lambda name: problems.line("discreetName", name),
        "address": lambda address: checks.checked_address(problems, address),
        "phone": lambda phone: checks.checked_phone(problems, phone),
        "website": lambda website: checks.checked_website(problems, website),
        "support_email": lambda email: problems.email("supportEmail", email) if email.strip() else "",
        "colour": lambda colour: checks.checked_colour(problems, colour),
        "time_zone": lambda zone: checks.checked_time_zone(problems, zone),
        "languages": lambda languages: " ".join(checks.checked_languages(problems, languages)),
        "allowed_origins": lambda origins: " ".join(
            checks.checked_origins(problems, origins, local=services.local_pages)
        ),
        "relatives_end_at_age": int,
        "ageing_warning_days": int,
        "staff_idle_minutes": int,
        "signed_retention_years": lambda years: checks.checked_retention(problems, years),
        "signing_reminders": bool,
        "paper_size": PaperSize,
    }
    given = {name: clean[name](value) for name, value in vars(changes).items() if name in clean and value is not None}
    problems.raise_if_any()
    if changes.never_end_by_age:
        given["relatives_end_at_age"] = None
    if changes.keep_signed_for_ever:
        given["signed_retention_years"] = None
    if "colour" in given:
        given["brand_colour"] = given.pop("colour")
    return given


def keeps_shorter(organization: Organization, years: object) -> bool:
    """Whether signed documents could be erased sooner by this rule than by the organization's; None means for ever."""
    kept = organization.signed_retention_years
    return isinstance(years, int) and (kept is None or years < kept)


async def _new_logo(
    caller: StaffCaller | SystemCaller, changes: OrganizationChanges, now: datetime
) -> DrawnLogo | LogoUpload | None:
    if changes.logo_upload_id is not None:
        return await uploaded_logo(caller, changes.logo_upload_id, now)
    return changes.logo


# How the audit names the rule of a practice that keeps signed documents for ever.
KEPT_FOR_EVER = "forever"
_RULES = frozenset({"relatives_end_at_age", "ageing_warning_days", "signing_reminders", "staff_idle_minutes"})


def _audited(
    organization: Organization,
    changed: dict[str, object],
    logo: DrawnLogo | LogoUpload | None,
    changes: OrganizationChanges,
) -> dict[str, Any]:
    """What the audit has: which fields changed, all rules if one of them did, and the new logo's digest."""
    details: dict[str, Any] = {}
    if fields := " ".join(sorted(changed.keys() - _RULES)):
        details["fields"] = fields
    if "allowed_origins" in changed:
        details["allowed_origins"] = changed["allowed_origins"] or "none"
    if "signed_retention_years" in changed:
        details["signed_retention_years"] = organization.signed_retention_years or KEPT_FOR_EVER
    if changed.keys() & _RULES:
        details |= {
            "end_at_age": organization.relatives_end_at_age or "never",
            "warning_days": organization.ageing_warning_days,
            "signing_reminders": organization.signing_reminders,
            "staff_idle_minutes": organization.staff_idle_minutes,
        }
    if logo is not None or changes.remove_logo:
        details["logo"] = digest_of(logo.png) if logo else "none"
    return details
