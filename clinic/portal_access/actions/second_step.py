"""The second step of a patient's sign-in, and proving oneself again in an open session."""

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
from clinic.portal_access.actions.reauthenticate import reauthenticate
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.models import PortalAccount
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Anonymous, Origin, PatientCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def complete_patient_sign_in(
    challenge: FactorChallenge, token: str, proof: Proof, origin: Origin, services: Services
) -> SignedIn:
    """Open the session after the second step. Each attempt is counted before the check.

    Raises `FactorRefused`, `ChallengeNotUsable`, `TooManyAttempts`, `InvalidInput`.
    """
    proof.require_one()
    account = await PortalAccount.get(id=challenge.account_id)
    person = person_behind(account)
    await count_proof(person, challenge, origin, services)
    signed_in = await _complete(account, token, proof, origin, services)
    await proof_succeeded(person, origin)
    return signed_in


@retry_on_conflict
async def _complete(found: PortalAccount, token: str, proof: Proof, origin: Origin, services: Services) -> SignedIn:
    async with unit_of_work(Anonymous(found.organization_id, origin), services) as work:
        account = await lock_person(person_behind(found))
        challenge = await open_challenge(token, ChallengePurpose.SIGN_IN, work.now)
        # A step that was begun with an earlier password, or before the account was closed, is worth nothing.
        if not isinstance(account, PortalAccount) or challenge.password_digest != password_digest(account):
            raise ChallengeNotUsable
        proven = await check_proof(challenge, account, proof, work, services)
        account.last_signed_in_at = work.now
        await account.save(update_fields=["last_signed_in_at"])
        session = await open_patient_session(
            account.organization_id, account.id, SessionKind(challenge.session_kind), origin, work.now
        )
        work.audit("portal_account.signed_in", account, second_factor=proven.value)
    return SignedIn(account, session)


async def reauthenticate_patient(caller: PatientCaller, password: str, services: Services) -> datetime:
    """Prove oneself again by the password. Returns until when sensitive acts are allowed.

    Raises `WrongCredentials`, `TooManyAttempts`; for a person with a second factor `SecondFactorNeeded`, to go on with
    `reauthenticate_by_factor`.
    """
    account = await reauthenticate(caller, password, services)
    return await reauthenticated_by_password(caller, account, services)
