"""Resets a colleague's second factors: they come in once with a code that is handed over, and add a new factor."""

from dataclasses import dataclass, field
from uuid import UUID

from clinic.factors.models import FactorChallenge, Passkey, Totp
from clinic.factors.person import person_behind
from clinic.factors.recovery_codes import issue_handed_over_code
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_staff_member_letter
from clinic.sessions.actions import end_all_of_staff_member
from clinic.staff.access import staff_member_for_managing
from clinic.staff.actions.create import require_state
from clinic.staff.actions.recover import staff_member_by_email
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@dataclass(frozen=True)
class FactorsReset:
    """The member, and the code to hand over. It is shown once and works once, within 24 hours."""

    member: StaffMember
    code: str = field(repr=False)


@retry_on_conflict
async def reset_staff_factors(
    caller: StaffCaller | SystemCaller, staff_member_id: UUID | None, services: Services
) -> FactorsReset:
    """Remove an active member's factors and end their sessions; needs MANAGE_STAFF and a fresh sign-in.

    Until they have added a factor, the member signs in with password and code only, and can do nothing else. A second
    reset replaces the code. Told by mail. Raises `FreshSignInNeeded`, `NotPermitted`, `NotFound`, and `InvalidInput`
    for the caller's own factors and for a member who is not active.
    """
    async with unit_of_work(caller, services) as work:
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        if isinstance(caller, StaffCaller) and member.id == caller.staff_member_id:
            raise InvalidInput.one("staffMemberId", Problem.OWN_FACTORS)
        require_state(member, StaffState.ACTIVE)
        await require_fresh(caller, work.now)
        person = person_behind(member)
        for model in (Passkey, Totp, FactorChallenge):
            await model.filter(**person.rows).delete()
        code = await issue_handed_over_code(person, work, services)
        member.must_add_factor = True
        await member.save(update_fields=["must_add_factor"])
        await end_all_of_staff_member(member.id, "second factor reset", work.now)
        await queue_staff_member_letter(LetterKind.STAFF_FACTORS_RESET, member, work.now, services)
        work.audit("staff_member.factors_reset", member)
    return FactorsReset(member, code)


async def reset_factors_by_email(caller: SystemCaller, email: str, services: Services) -> FactorsReset:
    """`reset_staff_factors` for the command line. Raises `NotFound`, `InvalidInput`."""
    member = await staff_member_by_email(caller, email)
    return await reset_staff_factors(caller, member.id, services)
