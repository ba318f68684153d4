"""Signs staff in, adds staff members and sets their permissions."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from clinic.organizations.models import SLUG, Organization
from clinic.sessions.actions import OpenedSession, open_staff_session
from clinic.staff.access import staff_member_for_managing
from clinic.staff.models import StaffMember, permissions_as_text
from clinic.throttling.constant_time import SIGN_IN_STEP, constant_time
from clinic.throttling.throttle import count_sign_in, sign_in_succeeded
from clinic.values.callers import Anonymous, Origin, Permission, StaffCaller, SystemCaller
from clinic.values.errors import EmailTaken, WeakPassword, WrongCredentials
from clinic.values.passwords import hash_password, password_matches, weaknesses
from clinic.values.ports import Services
from clinic.values.text import Problems, normal_email, normal_email_or_none, trimmed
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StaffSignedIn:
    """The staff member who signed in, and the new session with its tokens."""

    member: StaffMember
    session: OpenedSession


async def sign_in_staff(
    organization_slug: str, email: str, password: str, origin: Origin, services: Services
) -> StaffSignedIn:
    """Open an API session.

    Raises `WrongCredentials`: an unknown practice, an unknown address and a wrong password give the same error after
    the same time. Raises `TooManyAttempts`. Each attempt is counted before the password is checked.
    """
    organization_slug, address = trimmed(organization_slug), normal_email_or_none(email)
    subject = f"staff {organization_slug} {address or email[:300]}"
    await count_sign_in(subject, origin.address, services.clock)
    async with constant_time(services.wait, SIGN_IN_STEP):
        member = await _member_at(organization_slug, address)
        matches = await password_matches(member.password_hash if member else None, password)
    if member is None or not matches or member.disabled_at is not None:
        log.warning("staff sign-in refused", extra={"staff_member_id": str(member.id) if member else None})
        raise WrongCredentials
    await sign_in_succeeded(subject, origin.address)
    async with unit_of_work(Anonymous(member.organization_id, origin), services) as work:
        session = await open_staff_session(member.organization_id, member.id, origin, work.now)
        work.audit("staff_member.signed_in", member)
    return StaffSignedIn(member, session)


async def _member_at(organization_slug: str, address: str | None) -> StaffMember | None:
    organization = await Organization.get_or_none(slug=organization_slug) if SLUG.fullmatch(organization_slug) else None
    if organization is None or address is None:
        return None
    return await StaffMember.get_or_none(organization_id=organization.id, email_normal=address)


async def create_staff_member(
    caller: StaffCaller | SystemCaller,
    *,
    name: str,
    email: str,
    password: str,
    services: Services,
    permissions: Iterable[Permission] = (),
    request_key: IdempotencyKey | None = None,
) -> StaffMember:
    """Add a staff member; needs MANAGE_STAFF. Raises `EmailTaken`, `WeakPassword`, `InvalidInput`.

    The new member has no permissions. Only the command line may set `permissions`; those of a staff caller are ignored.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
        permissions = ()
    problems = Problems()
    name = problems.line("name", name)
    email = problems.email("email", email)
    problems.raise_if_any()
    practice = await Organization.get(id=caller.organization_id)
    if reasons := await weaknesses(password, about=[name, email, practice.name]):
        raise WeakPassword(reasons)
    member = StaffMember(
        organization_id=caller.organization_id,
        name=name,
        email=email,
        email_normal=normal_email(email),
        password_hash=await hash_password(password),
        permissions=permissions_as_text(frozenset(permissions)),
    )
    return await _store(caller, member, services, request_key)


@retry_on_conflict
async def _store(
    caller: StaffCaller | SystemCaller, member: StaffMember, services: Services, request_key: IdempotencyKey | None
) -> StaffMember:
    async with unit_of_work(caller, services, request_key=request_key) as work:
        if work.earlier_result:
            return await StaffMember.get(id=work.earlier_result)
        if await StaffMember.exists(organization_id=caller.organization_id, email_normal=member.email_normal):
            raise EmailTaken
        member.created_at = work.now
        await member.save(force_create=True)
        work.result_id = member.id
        work.audit("staff_member.created", member, permissions=member.permissions)
    return member


@retry_on_conflict
async def set_staff_permissions(
    caller: StaffCaller, staff_member_id: UUID | None, permissions: Iterable[Permission], services: Services
) -> StaffMember:
    """Replace a staff member's permissions; needs MANAGE_STAFF. They apply from the member's next request."""
    wanted = frozenset(permissions)
    async with unit_of_work(caller, services) as work:
        member = await staff_member_for_managing(caller, staff_member_id)
        before = member.granted
        if wanted != before:
            member.permissions = permissions_as_text(wanted)
            await member.save(update_fields=["permissions"])
            work.audit(
                "staff_member.permissions_set", member, before=permissions_as_text(before), after=member.permissions
            )
    return member
