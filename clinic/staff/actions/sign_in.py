"""Signs staff in to the API."""

import logging
from dataclasses import dataclass

from clinic.factors.models import ChallengePurpose
from clinic.factors.person import person_behind
from clinic.factors.proving import ask_for_factor, needs_second_step
from clinic.organizations.models import SLUG, Organization
from clinic.sessions.actions import OpenedSession, open_staff_session
from clinic.sessions.queries import member_known_from
from clinic.staff.errors import PasswordSignInOff
from clinic.staff.last_day import has_access
from clinic.staff.models import StaffMember
from clinic.staff.password_rule import passwords_off_at
from clinic.staff.throttles import sign_in_subject
from clinic.throttling.constant_time import SIGN_IN_STEP, constant_time
from clinic.throttling.sign_in_count import counted_sign_in
from clinic.throttling.throttle import count_sign_in, sign_in_succeeded
from clinic.values.callers import Anonymous, Origin
from clinic.values.errors import AccountClosed, WrongCredentials
from clinic.values.metrics import SignInKind
from clinic.values.passwords import password_matches
from clinic.values.ports import Services
from clinic.values.text import normal_email_or_none, trimmed
from clinic.work.unit_of_work import unit_of_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StaffSignedIn:
    """The staff member who signed in, and the new session with its tokens."""

    member: StaffMember
    session: OpenedSession


@counted_sign_in(SignInKind.STAFF)
async def sign_in_staff(
    organization_slug: str, email: str, password: str, origin: Origin, services: Services
) -> StaffSignedIn:
    """Open an API session.

    Raises `WrongCredentials`: an unknown practice, an unknown address and a wrong password give the same error after
    the same time. Where the practice has turned passwords off, `PasswordSignInOff` takes its place, and only the member
    whose password always works gets in. Raises `TooManyAttempts`. Each attempt is counted before the password is
    checked. Where strangers' guesses have closed the account, its owner gets in from a network that they signed in from
    before. Raises `SecondFactorNeeded` after the right password of a member who has a second factor, or whose factors
    were reset, and `AccountClosed`, after the same time, for a disabled member who typed the right password.
    """
    organization_slug = trimmed(organization_slug)
    subject = sign_in_subject(organization_slug, email)
    closed = await count_sign_in(subject, origin.address, services.clock)
    async with constant_time(services.wait, SIGN_IN_STEP):
        member = await member_at(organization_slug, normal_email_or_none(email))
        matches = await password_matches(member.password_hash if member else None, password)
        passwords_off = await passwords_off_at(organization_slug)
        if passwords_off and not (member and member.break_glass):
            matches = False
        if closed and not await member_known_from(member, origin.address, services.clock.now()):
            matches = False
    if member is None or not matches or not member.has_access(services.clock.now()):
        log.warning("staff sign-in refused", extra={"staff_member_id": str(member.id) if member else None})
        if member and matches:
            organization = await Organization.get(id=member.organization_id)
            raise AccountClosed(organization.name, organization.phone)
        if closed:
            raise closed
        raise PasswordSignInOff(organization_slug) if passwords_off else WrongCredentials
    await sign_in_succeeded(subject, origin.address)
    person = person_behind(member)
    if await needs_second_step(person, member):
        raise await ask_for_factor(person, ChallengePurpose.SIGN_IN, member, services)
    async with unit_of_work(Anonymous(member.organization_id, origin), services) as work:
        # Guarded by everything that was checked: another request may have changed the password or disabled the member.
        unchanged = StaffMember.filter(has_access(work.now), id=member.id, password_hash=member.password_hash)
        if not await unchanged.update(last_signed_in_at=work.now):
            raise WrongCredentials
        # Another request may have added a factor meanwhile; the update above has locked the row.
        if await needs_second_step(person, await StaffMember.get(id=member.id)):
            raise WrongCredentials
        member.last_signed_in_at = work.now
        session = await open_staff_session(member.organization_id, member.id, origin, work.now)
        if passwords_off:
            work.audit("staff_member.broke_glass", member)
        work.audit("staff_member.signed_in", member)
    return StaffSignedIn(member, session)


async def member_at(organization_slug: str, address: str | None) -> StaffMember | None:
    """The member of this practice who signs in with this address, in normal form."""
    organization = await Organization.get_or_none(slug=organization_slug) if SLUG.fullmatch(organization_slug) else None
    if organization is None or address is None:
        return None
    return await StaffMember.get_or_none(organization_id=organization.id, email_normal=address)
