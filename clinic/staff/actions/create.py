"""Adds staff members: invites them by letter, or sets a first password for them."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.staff.access import staff_member_for_managing
from clinic.staff.last_day import end_of_access
from clinic.staff.models import StaffMember, StaffState, StaffTokenPurpose, permissions_as_text
from clinic.staff.tokens import mail_token
from clinic.throttling.throttle import RESEND_PER_STAFF_MEMBER, count_attempt
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import EmailTaken, InvalidInput, WeakPassword
from clinic.values.passwords import hash_password, weaknesses
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems, normal_email
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def create_staff_member(
    caller: StaffCaller | SystemCaller,
    *,
    name: str,
    email: str,
    services: Services,
    password: str | None = None,
    permissions: Iterable[Permission] = (),
    last_day: date | None = None,
    request_key: IdempotencyKey | None = None,
) -> StaffMember:
    """Add a staff member; needs MANAGE_STAFF. Raises `EmailTaken`, `WeakPassword`, `InvalidInput`.

    Without a password the person gets a letter with a link and chooses one; nobody else ever knows it. The new member
    has no permissions. Only the command line may set `permissions`; those of a staff caller are ignored.
    After the `last_day` they have no access.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_STAFF)
        permissions = ()
    problems = Problems()
    name = problems.line("name", name)
    email = problems.email("email", email)
    problems.raise_if_any()
    practice = await Organization.get(id=caller.organization_id)
    access_ends_at = end_of_access(last_day, practice.time_zone, services.clock.now())
    if password is not None:
        if not practice.password_sign_in:
            raise InvalidInput.one("password", Problem.PASSWORDS_OFF)
        if reasons := await weaknesses(password, about=[name, email, practice.name]):
            raise WeakPassword(reasons)
    member = StaffMember(
        organization_id=caller.organization_id,
        name=name,
        email=email,
        email_normal=normal_email(email),
        password_hash="" if password is None else await hash_password(password),
        permissions=permissions_as_text(frozenset(permissions)),
        access_ends_at=access_ends_at,
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
        if member.state is StaffState.INVITED:
            await mail_token(member, StaffTokenPurpose.WELCOME, work, services)
        kind = "staff_member.invited" if member.state is StaffState.INVITED else "staff_member.created"
        ends = {"access_ends_at": member.access_ends_at.isoformat()} if member.access_ends_at else {}
        work.audit(kind, member, permissions=member.permissions, **ends)
    return member


async def resend_staff_invitation(
    caller: StaffCaller,
    staff_member_id: UUID | None,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> StaffMember:
    """Send an invited person another letter; needs MANAGE_STAFF. The link in the earlier one opens nothing any more.

    Raises `NotFound`, `TooManyAttempts`, and `InvalidInput` for a person who has a password or is disabled.
    """
    caller.require(Permission.MANAGE_STAFF)
    if await StaffMember.exists(id=staff_member_id, organization_id=caller.organization_id):
        # Before the transaction, because a rollback would undo the count.
        await count_attempt(RESEND_PER_STAFF_MEMBER, str(staff_member_id), services.clock)
    return await _resend(caller, staff_member_id, services, request_key)


@retry_on_conflict
async def _resend(
    caller: StaffCaller, staff_member_id: UUID | None, services: Services, request_key: IdempotencyKey | None
) -> StaffMember:
    async with unit_of_work(caller, services, request_key=request_key) as work:
        if work.earlier_result:
            return await StaffMember.get(id=work.earlier_result)
        member = (await staff_member_for_managing(caller, staff_member_id)).member
        require_state(member, StaffState.INVITED)
        await mail_token(member, StaffTokenPurpose.WELCOME, work, services)
        work.result_id = member.id
        work.audit("staff_member.invited_again", member)
    return member


def require_state(member: StaffMember, wanted: StaffState) -> None:
    """Raise `InvalidInput` unless the member is in this state."""
    if member.state is not wanted:
        disabled = member.state is StaffState.DISABLED
        raise InvalidInput.one("staffMemberId", Problem.STAFF_DISABLED if disabled else Problem.NOT_INVITED)
