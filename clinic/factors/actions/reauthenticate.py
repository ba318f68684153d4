"""Proving oneself again in an open session, for staff and patients alike: what follows the right password."""

from datetime import datetime

from clinic.factors.challenges import open_challenge
from clinic.factors.errors import ChallengeNotUsable
from clinic.factors.models import ChallengePurpose
from clinic.factors.person import lock_person, note, person_of
from clinic.factors.proving import (
    Proof,
    ask_for_factor,
    check_proof,
    count_proof,
    needs_second_step,
    password_digest,
    proof_succeeded,
)
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.ports import Services
from clinic.work.fresh_sign_in import mark_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def reauthenticated_by_password(
    caller: StaffCaller | PatientCaller, record: StaffMember | PortalAccount, services: Services
) -> datetime:
    """Until when sensitive acts are allowed, after the right password.

    Raises `SecondFactorNeeded` for a person with a second factor, to go on with `reauthenticate_by_factor`.
    """
    person, purpose = person_of(caller), ChallengePurpose.REAUTHENTICATE
    if await needs_second_step(person, record):
        raise await ask_for_factor(person, purpose, record, services, session_id=caller.session_id)
    async with unit_of_work(caller, services) as work:
        until = await mark_fresh(caller, work.now)
        note("reauthenticated", record, work)
    return until


async def reauthenticate_by_factor(
    caller: StaffCaller | PatientCaller, token: str, proof: Proof, services: Services
) -> datetime:
    """The second step of proving oneself again. Returns until when sensitive acts are allowed.

    Raises `FactorRefused`, `ChallengeNotUsable`, `TooManyAttempts`, `InvalidInput`.
    """
    proof.require_one()
    person, now = person_of(caller), services.clock.now()
    purpose = ChallengePurpose.REAUTHENTICATE
    begun = await open_challenge(token, purpose, now, person=person, session_id=caller.session_id)
    await count_proof(person, begun, caller.origin, services)
    until = await _prove(caller, token, proof, services)
    await proof_succeeded(person, caller.origin)
    return until


@retry_on_conflict
async def _prove(caller: StaffCaller | PatientCaller, token: str, proof: Proof, services: Services) -> datetime:
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        record = await lock_person(person)
        begun = await open_challenge(token, ChallengePurpose.REAUTHENTICATE, work.now, person=person)
        if begun.password_digest != password_digest(record):
            raise ChallengeNotUsable
        proven = await check_proof(begun, record, proof, work, services)
        until = await mark_fresh(caller, work.now)
        note("reauthenticated", record, work, second_factor=proven.value)
    return until
