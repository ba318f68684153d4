"""Whether a practice's staff sign in by password, and whose password always does (decision 0060)."""

from uuid import UUID

from clinic.factors.models import ChallengePurpose, FactorChallenge
from clinic.organizations.models import Organization
from clinic.single_sign_on.models import IdentityProvider, StaffIdentity
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.problems import Problem
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import Work


async def set_password_rule(
    organization: Organization,
    wanted: bool | None,
    break_glass_id: UUID | None,
    caller: StaffCaller | SystemCaller,
    work: Work,
) -> None:
    """Turn password sign-in on or off, and name the member whose password always works. None changes nothing.

    Call it with the organization locked. Turning passwords off needs a provider at which somebody who may manage staff
    has signed in, and a member whose password goes on working. Sessions go on; steps that were begun by a password end.
    Raises `FreshSignInNeeded`, `InvalidInput`, `NotFound`.
    """
    if break_glass_id is not None:
        await require_fresh(caller, work.now)
        await _name(organization, break_glass_id, work)
    if wanted is None or wanted is organization.password_sign_in:
        return
    await require_fresh(caller, work.now)
    if not wanted:
        await _require_another_way(organization)
        begun = FactorChallenge.filter(organization_id=organization.id, purpose=ChallengePurpose.SIGN_IN, used_at=None)
        await begun.filter(account_id=None).update(used_at=work.now)
    organization.password_sign_in = wanted
    await organization.save(update_fields=["password_sign_in"])
    work.audit("organization.password_sign_in_set", organization, allowed=wanted)


async def _name(organization: Organization, member_id: UUID, work: Work) -> None:
    member = (
        await StaffMember.filter(organization_id=organization.id, id=member_id, machine=False)
        .select_for_update()
        .first()
    )
    if member is None:
        raise NotFound("breakGlassStaffMemberId")
    if not _can_break_glass(member):
        raise InvalidInput.one("breakGlassStaffMemberId", Problem.NO_BREAK_GLASS)
    if member.break_glass:
        return
    await StaffMember.filter(organization_id=organization.id, break_glass=True).update(break_glass=False)
    member.break_glass = True
    await member.save(update_fields=["break_glass"])
    work.audit("staff_member.break_glass_named", member)


async def _require_another_way(organization: Organization) -> None:
    provider = await IdentityProvider.get_or_none(organization_id=organization.id)
    if provider is None:
        raise InvalidInput.one("passwordSignIn", Problem.NO_PROVIDER)
    known = await StaffIdentity.filter(provider_id=provider.id).values_list("staff_member_id", flat=True)
    members = await StaffMember.filter(organization_id=organization.id, id__in=list(known))
    if not any(_manages(member) for member in members):
        raise InvalidInput.one("passwordSignIn", Problem.NO_MANAGER_BY_PROVIDER)
    named = await StaffMember.get_or_none(organization_id=organization.id, break_glass=True)
    if named is None or not _can_break_glass(named):
        raise InvalidInput.one("breakGlassStaffMemberId", Problem.NO_BREAK_GLASS)


def _manages(member: StaffMember) -> bool:
    lasting = member.state is StaffState.ACTIVE and member.access_ends_at is None
    return lasting and Permission.MANAGE_STAFF in member.granted


def _can_break_glass(member: StaffMember) -> bool:
    return _manages(member) and member.has_password
