"""Removes a factor from the caller's account, and renews the recovery codes. The sign-in must be fresh."""

from uuid import UUID

from clinic.factors.errors import LastFactor, LongerPasswordNeeded
from clinic.factors.models import Passkey, RecoveryCode, Totp
from clinic.factors.person import Person, kinds_of, lock_person, note, person_of, tell
from clinic.factors.recovery_codes import issue_codes
from clinic.mail.models import LetterKind
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.factors import FactorKind
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def remove_factor(
    caller: StaffCaller | PatientCaller, factor_id: UUID | None, services: Services
) -> StaffMember | PortalAccount:
    """Remove one of the caller's own factors, and with the last one the recovery codes. Told by mail.

    Raises `FreshSignInNeeded`, `NotFound`; for the last one `LastFactor` where the practice asks its staff for one, and
    `LongerPasswordNeeded` if the password does only together with a factor.
    """
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        # The practice's row comes first, as in every change of its staff. So it begins to ask for a factor before this
        # or after it.
        practice = await Organization.filter(id=person.organization_id).select_for_update(no_key=True).get()
        record = await lock_person(person)
        passkey = Passkey.filter(**person.rows, id=factor_id)
        totp = Totp.filter(**person.rows, id=factor_id)
        kind = FactorKind.PASSKEY if await passkey.exists() else FactorKind.TOTP
        if kind is FactorKind.TOTP and not await totp.exists():
            raise NotFound("factorId")
        await (passkey if kind is FactorKind.PASSKEY else totp).delete()
        if not await kinds_of(person):
            _may_be_without(record, practice)
            await RecoveryCode.filter(**person.rows).delete()
        await tell(LetterKind.STAFF_FACTOR_REMOVED, record, work, services)
        note("factor_removed", record, work, kind=kind.value)
    return record


def _may_be_without(record: StaffMember | PortalAccount, practice: Organization) -> None:
    if isinstance(record, StaffMember) and practice.require_staff_second_factor:
        raise LastFactor
    if record.short_password:
        raise LongerPasswordNeeded


@retry_on_conflict
async def renew_recovery_codes(caller: StaffCaller | PatientCaller, services: Services) -> tuple[str, ...]:
    """Replace the caller's recovery codes by ten new ones, shown once. Told by mail.

    Raises `FreshSignInNeeded`, and `InvalidInput` for a person without a factor.
    """
    person = person_of(caller)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        record = await lock_person(person)
        await _require_factor(person)
        codes = await issue_codes(person, work, services)
        await tell(LetterKind.STAFF_RECOVERY_CODES_RENEWED, record, work, services)
        note("recovery_codes_renewed", record, work)
    return codes


async def _require_factor(person: Person) -> None:
    if not await kinds_of(person):
        raise InvalidInput.one("recoveryCodes", Problem.NO_FACTOR)
