"""Adds a passkey or one-time codes to the caller's account, in two steps each. The sign-in must be fresh."""

from dataclasses import dataclass, field

from clinic.factors.challenges import begin, open_challenge, use_challenge
from clinic.factors.errors import FactorRefused
from clinic.factors.models import ChallengePurpose, Passkey, Totp
from clinic.factors.person import (
    Person,
    kinds_of,
    lock_person,
    note,
    person_behind,
    person_of,
    record_of,
    site_of,
    tell,
)
from clinic.factors.recovery_codes import codes_left, issue_codes
from clinic.mail.models import LetterKind
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.throttling.throttle import FACTOR_PER_CHALLENGE, count_attempt
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.errors import InvalidInput
from clinic.values.factors import FactorKind, NewPasskey, PasskeyOwner, PasskeyRefused, QrCode
from clinic.values.limits import LONGEST_FACTOR_NAME, MOST_PASSKEYS
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@dataclass(frozen=True)
class PasskeyBegun:
    """What the browser needs to make a passkey (JSON), and the token with which the step is finished."""

    challenge: str = field(repr=False)
    options: str


@dataclass(frozen=True)
class TotpBegun:
    """What an authenticator app needs: the address, its QR code, and the secret for typing."""

    challenge: str = field(repr=False)
    uri: str = field(repr=False)
    secret: str = field(repr=False)
    qr_code: QrCode = field(repr=False)


@dataclass(frozen=True)
class Added:
    """The person's record, and the recovery codes that came with the first factor, shown once; else none."""

    record: StaffMember | PortalAccount
    recovery_codes: tuple[str, ...] = field(repr=False)


@retry_on_conflict
async def start_passkey(caller: StaffCaller | PatientCaller, services: Services) -> PasskeyBegun:
    """Begin to add a passkey. Raises `FreshSignInNeeded`, and `InvalidInput` beyond `MOST_PASSKEYS`."""
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        record = await lock_person(person)
        known = [key.credential_id for key in await Passkey.filter(**person.rows).order_by("created_at")]
        _require_room(len(known))
        begun = await begin(person, ChallengePurpose.ADD_PASSKEY, work.now, session_id=caller.session_id)
    name = record.name if isinstance(record, StaffMember) else record.email
    owner = PasskeyOwner(person.id.bytes, record.email, name)
    options = services.factors.creation_options(await site_of(person, services), owner, begun.row.nonce, known)
    return PasskeyBegun(begun.token, options)


async def finish_passkey(
    caller: StaffCaller | PatientCaller,
    challenge: str,
    response: str,
    name: str,
    services: Services,
    *,
    may_stand_alone: bool = False,
) -> Added:
    """Add the passkey that the browser made. The person is told by mail.

    Raises `FreshSignInNeeded`, `ChallengeNotUsable`, `FactorRefused`, `InvalidInput`.
    """
    problems = Problems()
    name = problems.line("name", name, longest=LONGEST_FACTOR_NAME)
    problems.raise_if_any()
    person = person_of(caller)
    begun = await open_challenge(
        challenge, ChallengePurpose.ADD_PASSKEY, services.clock.now(), person=person, session_id=caller.session_id
    )
    try:
        made = services.factors.new_passkey(await site_of(person, services), begun.nonce, response)
    except PasskeyRefused:
        raise FactorRefused from None
    return await _add_passkey(caller, challenge, made, name, services, may_stand_alone)


@retry_on_conflict
async def _add_passkey(
    caller: StaffCaller | PatientCaller,
    challenge: str,
    made: NewPasskey,
    name: str,
    services: Services,
    may_stand_alone: bool,
) -> Added:
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        record = await lock_person(person)
        _require_room(await Passkey.filter(**person.rows).count())
        if await Passkey.exists(credential_id=made.credential_id):
            raise FactorRefused
        step = await open_challenge(challenge, ChallengePurpose.ADD_PASSKEY, work.now, person=person)
        await use_challenge(step, work)
        codes = await _first_codes(person, work, services)
        await Passkey.create(
            **person.rows,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
            may_stand_alone=may_stand_alone,
            created_at=work.now,
        )
        await _added(record, FactorKind.PASSKEY, work, services)
    return Added(record, codes)


def _require_room(number: int) -> None:
    if number >= MOST_PASSKEYS:
        raise InvalidInput.one("name", Problem.TOO_MANY_PASSKEYS, most=MOST_PASSKEYS)


@retry_on_conflict
async def start_totp(caller: StaffCaller | PatientCaller, services: Services) -> TotpBegun:
    """Begin to add one-time codes, or to replace those there are. Raises `FreshSignInNeeded`."""
    person = person_of(caller)
    secret = services.factors.new_totp_secret()
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        record = await lock_person(person)
        begun = await begin(
            person,
            ChallengePurpose.ADD_TOTP,
            work.now,
            session_id=caller.session_id,
            secret_encrypted=services.secrets.encrypt(secret),
        )
    return await _shown(record, begun.token, secret, services)


async def totp_begun(caller: StaffCaller | PatientCaller, challenge: str, services: Services) -> TotpBegun:
    """What an open step showed, for showing it again after a wrong code. Raises `ChallengeNotUsable`."""
    person = person_of(caller)
    begun = await open_challenge(
        challenge, ChallengePurpose.ADD_TOTP, services.clock.now(), person=person, session_id=caller.session_id
    )
    record = await record_of(person)
    return await _shown(record, challenge, services.secrets.decrypt(begun.secret_encrypted), services)


async def _shown(record: StaffMember | PortalAccount, challenge: str, secret: str, services: Services) -> TotpBegun:
    site = await site_of(person_behind(record), services)
    uri = services.factors.totp_uri(secret, record.email, site.name)
    return TotpBegun(challenge, uri, secret, services.factors.qr_code(uri))


async def finish_totp(caller: StaffCaller | PatientCaller, challenge: str, code: str, services: Services) -> Added:
    """Add the codes after the app has shown a right one. They replace earlier ones. The person is told by mail.

    Raises `FreshSignInNeeded`, `ChallengeNotUsable`, `FactorRefused`, `TooManyAttempts`.
    """
    person = person_of(caller)
    begun = await open_challenge(
        challenge, ChallengePurpose.ADD_TOTP, services.clock.now(), person=person, session_id=caller.session_id
    )
    await count_attempt(FACTOR_PER_CHALLENGE, str(begun.id), services.clock)
    return await _add_totp(caller, challenge, code, services)


@retry_on_conflict
async def _add_totp(caller: StaffCaller | PatientCaller, challenge: str, code: str, services: Services) -> Added:
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        record = await lock_person(person)
        begun = await open_challenge(challenge, ChallengePurpose.ADD_TOTP, work.now, person=person)
        step = services.factors.totp_step(services.secrets.decrypt(begun.secret_encrypted), code, work.now)
        if step is None:
            raise FactorRefused
        await use_challenge(begun, work)
        codes = await _first_codes(person, work, services)
        await Totp.filter(**person.rows).delete()
        # The code that was shown to add them doesn't sign in, too.
        await Totp.create(**person.rows, secret_encrypted=begun.secret_encrypted, last_step=step, created_at=work.now)
        await _added(record, FactorKind.TOTP, work, services)
    return Added(record, codes)


async def _first_codes(person: Person, work: Work, services: Services) -> tuple[str, ...]:
    """Ten recovery codes with the first factor; none for a further one. Call it before the factor is stored."""
    if await kinds_of(person) and await codes_left(person):
        return ()
    return await issue_codes(person, work, services)


async def _added(record: StaffMember | PortalAccount, kind: FactorKind, work: Work, services: Services) -> None:
    if isinstance(record, StaffMember) and record.must_add_factor:
        record.must_add_factor = False
        await record.save(update_fields=["must_add_factor"])
    await tell(LetterKind.STAFF_FACTOR_ADDED, record, work, services)
    note("factor_added", record, work, kind=kind.value)
