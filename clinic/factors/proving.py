"""The second step: a person proves themselves by a code, a passkey or a recovery code, after the right password."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from clinic.factors.challenges import begin, use_challenge
from clinic.factors.errors import FactorRefused, SecondFactorNeeded
from clinic.factors.models import ChallengePurpose, FactorChallenge, Passkey, Totp
from clinic.factors.person import Person, kinds_of, note, person_behind, site_of, tell
from clinic.factors.recovery_codes import use_code
from clinic.mail.models import LetterKind
from clinic.portal_access.models import PortalAccount
from clinic.sessions.queries import account_known_from, member_known_from
from clinic.staff.models import StaffMember
from clinic.throttling.throttle import count_factor, factor_succeeded
from clinic.values.callers import Origin
from clinic.values.errors import InvalidInput
from clinic.values.factors import FactorKind, PasskeyRefused
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import Work


class ProvenBy(StrEnum):
    """What a sign-in was completed with, for the audit."""

    PASSKEY = "PASSKEY"
    TOTP = "TOTP"
    RECOVERY_CODE = "RECOVERY_CODE"


@dataclass(frozen=True)
class Proof:
    """What the person gives: exactly one of the three. `passkey` is the browser's answer as JSON."""

    code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)
    passkey: str | None = field(default=None, repr=False)

    def require_one(self) -> None:
        """Raise `InvalidInput` unless exactly one is given."""
        if sum(each is not None for each in (self.code, self.recovery_code, self.passkey)) != 1:
            raise InvalidInput.one("code", Problem.ONE_PROOF)


def password_digest(record: StaffMember | PortalAccount) -> str:
    """What binds a step to the password that was right: with another password it is worth nothing."""
    return hashlib.sha256((record.password_hash or "").encode()).hexdigest()


async def needs_second_step(person: Person, record: StaffMember | PortalAccount) -> bool:
    """Whether the password alone does not sign this person in."""
    reset = isinstance(record, StaffMember) and record.must_add_factor
    return reset or bool(await kinds_of(person))


async def ask_for_factor(
    person: Person,
    purpose: ChallengePurpose,
    record: StaffMember | PortalAccount,
    services: Services,
    *,
    session_id: UUID | None = None,
    session_kind: str = "",
) -> SecondFactorNeeded:
    """Begin the second step, after the right password. Returns the refusal that tells of it."""
    begun = await begin(
        person,
        purpose,
        services.clock.now(),
        password_digest=password_digest(record),
        session_id=session_id,
        session_kind=session_kind,
    )
    return await asked_again(person, begun.token, begun.row, services)


async def asked_again(person: Person, token: str, challenge: FactorChallenge, services: Services) -> SecondFactorNeeded:
    """What an open step asks for, for asking again after a wrong answer."""
    kinds = await kinds_of(person)
    options = None
    if FactorKind.PASSKEY in kinds:
        own = [key.credential_id for key in await Passkey.filter(**person.rows).order_by("created_at")]
        options = services.factors.request_options(await site_of(person, services), challenge.nonce, own)
    return SecondFactorNeeded(token, kinds, options)


async def count_proof(person: Person, challenge: FactorChallenge, origin: Origin, services: Services) -> None:
    """Count the attempt, outside the transaction and before the check. Raises `TooManyAttempts`.

    Where guesses have used up the day's limit, the person still gets in from a network of earlier sign-ins.
    """
    closed = await count_factor(str(person.id), str(challenge.id), origin.address, services.clock)
    if closed is None:
        return
    now = services.clock.now()
    if person.staff_member_id is not None:
        known = await member_known_from(await StaffMember.get(id=person.staff_member_id), origin.address, now)
    else:
        known = await account_known_from(await PortalAccount.get(id=person.account_id), origin.address, now)
    if not known:
        raise closed


async def check_proof(
    challenge: FactorChallenge,
    record: StaffMember | PortalAccount,
    proof: Proof,
    work: Work,
    services: Services,
) -> ProvenBy:
    """Check what was given, and mark the step as done, inside the transaction, with the person locked.

    A code's step and a recovery code are used up by guarded updates. Using a recovery code is told by mail. Raises
    `FactorRefused`, `ChallengeNotUsable`.
    """
    person = person_behind(record)
    await use_challenge(challenge, work)
    if proof.code is not None:
        await _check_code(person, proof.code, work, services)
        return ProvenBy.TOTP
    if proof.recovery_code is not None:
        if not await use_code(person, proof.recovery_code, work, services):
            raise FactorRefused
        await tell(LetterKind.STAFF_RECOVERY_CODE_USED, record, work, services)
        note("recovery_code_used", record, work)
        return ProvenBy.RECOVERY_CODE
    await _check_passkey(person, challenge.nonce, proof.passkey or "", work, services)
    return ProvenBy.PASSKEY


async def proof_succeeded(person: Person, origin: Origin) -> None:
    """Take back what `count_proof` counted, after the transaction."""
    await factor_succeeded(str(person.id), origin.address)


async def _check_code(person: Person, code: str, work: Work, services: Services) -> None:
    totp = await Totp.get_or_none(**person.rows)
    step = services.factors.totp_step(services.secrets.decrypt(totp.secret_encrypted), code, work.now) if totp else None
    if totp is None or step is None:
        raise FactorRefused
    if not await Totp.filter(id=totp.id, last_step__lt=step).update(last_step=step, last_used_at=work.now):
        raise FactorRefused


async def _check_passkey(person: Person, nonce: str, answer: str, work: Work, services: Services) -> None:
    checks = services.factors
    try:
        passkey = await Passkey.get_or_none(**person.rows, credential_id=checks.credential_id(answer))
        if passkey is None:
            raise FactorRefused
        site = await site_of(person, services)
        count = checks.check_passkey(site, nonce, answer, bytes(passkey.public_key), passkey.sign_count)
    except PasskeyRefused:
        raise FactorRefused from None
    await Passkey.filter(id=passkey.id).update(sign_count=count, last_used_at=work.now)
