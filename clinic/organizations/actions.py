"""Adds organizations and their facilities, and changes an organization's rules."""

import hashlib
import re
from dataclasses import dataclass, replace
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clinic.factors.models import Passkey, Totp
from clinic.organizations.models import SLUG, Facility, Organization, OrganizationLogo
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_LINE, LONGEST_PHONE, MOST_WARNING_DAYS
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# First path segments that the portal uses itself.
_RESERVED_SLUGS = frozenset({"static", "verify", "healthz", "readyz", "metrics", "staff", "graphql", "files"})


@dataclass(frozen=True)
class NewOrganization:
    """The content of a new organization. Only slug and name are required."""

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
        created_at=services.clock.now(),
    )
    async with unit_of_work(SystemCaller(organization.id, by), services) as work:
        if await Organization.exists(slug=new.slug):
            raise InvalidInput.one("slug", Problem.SLUG_TAKEN)
        await organization.save(force_create=True)
        if new.logo_png:
            await OrganizationLogo.create(
                organization_id=organization.id, png=new.logo_png, sha256=hashlib.sha256(new.logo_png).hexdigest()
            )
        work.audit("organization.created", organization)
    return organization


# The ages that laws about consent and privacy use. An organization may also choose no age.
AGES = (12, 13, 18)


def _cleaned(new: NewOrganization) -> NewOrganization:
    """The content in a form that is safe in letters' headers, on pages and on sheets. Raises `InvalidInput`."""
    problems = Problems()
    if not SLUG.fullmatch(new.slug) or new.slug in _RESERVED_SLUGS:
        problems.add("slug", Problem.NO_SLUG)
    try:
        ZoneInfo(new.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as "America"
        problems.add("timeZone", Problem.NO_TIME_ZONE)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", new.brand_colour):
        problems.add("brandColour", Problem.NO_COLOUR)
    if new.website and not re.match(r"https?://[^/\s]", new.website):
        problems.add("website", Problem.NO_WEB_ADDRESS)
    if not new.languages or not all(re.fullmatch(r"[a-z]{2,3}", language) for language in new.languages):
        problems.add("languages", Problem.NO_LANGUAGE)
    cleaned = replace(
        new,
        name=problems.line("name", new.name),
        discreet_name=problems.line("discreetName", new.discreet_name),
        address=problems.lines("address", new.address),
        phone=problems.line("phone", new.phone, longest=LONGEST_PHONE, required=False),
        website=problems.line("website", new.website, longest=LONGEST_LINE, required=False),
        support_email=problems.email("supportEmail", new.support_email) if new.support_email else "",
    )
    problems.raise_if_any()
    return cleaned


@dataclass(frozen=True)
class OrganizationChanges:
    """The fields to change; None leaves a field as it is. `never_end_by_age` sets `relatives_end_at_age` to none."""

    relatives_end_at_age: int | None = None
    never_end_by_age: bool = False
    ageing_warning_days: int | None = None
    signing_reminders: bool | None = None
    require_staff_second_factor: bool | None = None


@retry_on_conflict
async def update_organization(caller: StaffCaller, changes: OrganizationChanges, services: Services) -> Organization:
    """Change the organization's rules; needs MANAGE_ORGANIZATION. Raises `InvalidInput`, `FreshSignInNeeded`.

    A new age also applies to clients who have reached it already: their relatives' access ends within the hour. Whether
    staff need a second factor is changed after a fresh sign-in, and asked for by somebody who has one.
    """
    caller.require(Permission.MANAGE_ORGANIZATION)
    problems = Problems()
    age, days = changes.relatives_end_at_age, changes.ageing_warning_days
    if age is not None and age not in AGES:
        problems.add("relativesEndAtAge", Problem.NO_SUCH_AGE)
    if days is not None and not 0 <= days <= MOST_WARNING_DAYS:
        problems.add("ageingWarningDays", Problem.WARNING_TOO_LONG, most=MOST_WARNING_DAYS)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        organization = await Organization.filter(id=caller.organization_id).select_for_update().get()
        await _set_factor_rule(organization, changes.require_staff_second_factor, caller, work)
        before = _rules(organization)
        organization.relatives_end_at_age = None if changes.never_end_by_age else (age or before[0])
        organization.ageing_warning_days = before[1] if days is None else days
        if changes.signing_reminders is not None:
            organization.signing_reminders = changes.signing_reminders
        after = _rules(organization)
        if after != before:
            await organization.save(update_fields=["relatives_end_at_age", "ageing_warning_days", "signing_reminders"])
            work.audit(
                "organization.updated",
                organization,
                end_at_age=after[0] or "never",
                warning_days=after[1],
                signing_reminders=after[2],
            )
    return organization


async def _set_factor_rule(organization: Organization, wanted: bool | None, caller: StaffCaller, work: Work) -> None:
    if wanted is None or wanted is organization.require_staff_second_factor:
        return
    await require_fresh(caller, work.now)
    own = [await factors.exists(staff_member_id=caller.staff_member_id) for factors in (Passkey, Totp)]
    if wanted and not any(own):
        raise InvalidInput.one("requireStaffSecondFactor", Problem.ADD_YOURS_FIRST)
    organization.require_staff_second_factor = wanted
    await organization.save(update_fields=["require_staff_second_factor"])
    work.audit("organization.second_factor_rule_set", organization, required=wanted)


def _rules(organization: Organization) -> tuple[int | None, int, bool]:
    return organization.relatives_end_at_age, organization.ageing_warning_days, organization.signing_reminders


@retry_on_conflict
async def create_facility(
    caller: StaffCaller | SystemCaller,
    name: str,
    services: Services,
    *,
    address: str = "",
    phone: str = "",
    request_key: IdempotencyKey | None = None,
) -> Facility:
    """Add a facility; needs MANAGE_ORGANIZATION. If a facility has this name already, it is returned unchanged."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
    problems = Problems()
    name = problems.line("name", name)
    phone = problems.line("phone", phone, longest=LONGEST_PHONE, required=False)
    address = problems.lines("address", address)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
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
