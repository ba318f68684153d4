"""The second step of a staff sign-in, and proving oneself again in an open session."""

from datetime import datetime

from clinic.factors.actions.reauthenticate import reauthenticated_by_password
from clinic.factors.challenges import open_challenge
from clinic.factors.errors import ChallengeNotUsable
from clinic.factors.models import ChallengePurpose, FactorChallenge
from clinic.factors.person import lock_person, person_behind
from clinic.factors.proving import (
    Proof,
    check_proof,
    count_proof,
    password_digest,
    proof_succeeded,
)
from clinic.organizations.models import Organization
from clinic.sessions.actions import open_staff_session
from clinic.staff.actions.sign_in import StaffSignedIn
from clinic.staff.models import StaffMember
from clinic.staff.password_rule import require_password_sign_in
from clinic.staff.throttles import sign_in_subject
from clinic.throttling.throttle import count_password, password_succeeded
from clinic.values.callers import Anonymous, Origin, StaffCaller
from clinic.values.errors import WrongCredentials
from clinic.values.passwords import password_matches
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def complete_staff_sign_in(
    challenge: FactorChallenge, token: str, proof: Proof, origin: Origin, services: Services
) -> StaffSignedIn:
    """Open the session after the second step. Each attempt is counted before the check.

    Raises `FactorRefused`, `ChallengeNotUsable`, `TooManyAttempts`, `InvalidInput`.
    """
    proof.require_one()
    member = await StaffMember.get(id=challenge.staff_member_id)
    person = person_behind(member)
    await count_proof(person, challenge, origin, services)
    signed_in = await _complete(member, token, proof, origin, services)
    await proof_succeeded(person, origin)
    return signed_in


@retry_on_conflict
async def _complete(found: StaffMember, token: str, proof: Proof, origin: Origin, services: Services) -> StaffSignedIn:
    async with unit_of_work(Anonymous(found.organization_id, origin), services) as work:
        member = await lock_person(person_behind(found))
        challenge = await open_challenge(token, ChallengePurpose.SIGN_IN, work.now)
        # A step that was begun with an earlier password, or before the member's access ended, is worth nothing.
        if not isinstance(member, StaffMember) or not member.has_access(work.now):
            raise ChallengeNotUsable
        if challenge.password_digest != password_digest(member):
            raise ChallengeNotUsable
        proven = await check_proof(challenge, member, proof, work, services)
        member.last_signed_in_at = work.now
        await member.save(update_fields=["last_signed_in_at"])
        session = await open_staff_session(member.organization_id, member.id, origin, work.now)
        work.audit("staff_member.signed_in", member, second_factor=proven.value)
    return StaffSignedIn(member, session)


async def reauthenticate_staff(caller: StaffCaller, password: str, services: Services) -> datetime:
    """Prove oneself again by the password. Returns until when sensitive acts are allowed.

    Raises `WrongCredentials`, `TooManyAttempts`, `PasswordSignInOff`; for a member with a second factor
    `SecondFactorNeeded`, to go on with `reauthenticate_by_factor`.
    """
    member = await StaffMember.get(id=caller.staff_member_id, organization_id=caller.organization_id)
    await require_password_sign_in(member)
    organization = await Organization.get(id=caller.organization_id)
    subject, proof = sign_in_subject(organization.slug, member.email), f"session {caller.session_id}"
    await count_password(subject, proof, caller.origin.address, services.clock)
    if not await password_matches(member.password_hash, password):
        raise WrongCredentials
    await password_succeeded(subject, proof, caller.origin.address)
    return await reauthenticated_by_password(caller, member, services)
