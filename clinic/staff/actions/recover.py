"""The operator's ways back in, for the command line: a printed link to choose a password, and a manager of staff."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinic.organizations.models import Organization
from clinic.staff.access import lock_staff_of
from clinic.staff.models import StaffMember, StaffState, StaffTokenPurpose, permissions_as_text
from clinic.staff.tokens import print_token
from clinic.values.callers import Permission, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import normal_email_or_none
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@dataclass(frozen=True)
class PrintedLink:
    """A staff member and the link with which they choose a password. It is shown once and stored nowhere."""

    member: StaffMember
    link: str = field(repr=False)


async def staff_member_by_email(caller: SystemCaller, email: str) -> StaffMember:
    """The member who signs in with this address. Raises `NotFound`."""
    address = normal_email_or_none(email)
    member = await StaffMember.get_or_none(organization_id=caller.organization_id, email_normal=address or "")
    if member is None:
        raise NotFound("email")
    return member


@retry_on_conflict
async def print_password_link(caller: SystemCaller, email: str, services: Services) -> PrintedLink:
    """Make a link to choose a password, for the operator to hand over. Password and sessions stay until it is used.

    Raises `NotFound`, and `InvalidInput` for a disabled member and for one whose password signs nobody in.
    """
    async with unit_of_work(caller, services) as work:
        member = await _locked(caller, email)
        if member.state is StaffState.DISABLED:
            raise InvalidInput.one("email", Problem.STAFF_DISABLED)
        if await _passwords_off(caller) and not member.break_glass:
            raise InvalidInput.one("email", Problem.PASSWORDS_OFF)
        link = await _print(member, work, services)
        work.audit("staff_member.password_link_printed", member)
    return PrintedLink(member, link)


@retry_on_conflict
async def recover_manager(
    caller: SystemCaller, email: str, services: Services, *, permissions: Iterable[Permission] = ()
) -> PrintedLink:
    """Let this member manage staff again, whatever happened: enable them, grant MANAGE_STAFF, and make a link.

    `permissions` are granted besides, so that there is somebody who can pass them on. Raises `NotFound`.
    """
    async with unit_of_work(caller, services) as work:
        member = await _locked(caller, email)
        before = member.granted
        member.permissions = permissions_as_text(before | {Permission.MANAGE_STAFF, *permissions})
        member.disabled_at, member.disabled_reason, member.access_ends_at = None, "", None
        if await _passwords_off(caller):
            # The link is for a password, so this member's works from now on.
            await StaffMember.filter(organization_id=caller.organization_id, break_glass=True).update(break_glass=False)
            member.break_glass = True
        await member.save(
            update_fields=["permissions", "disabled_at", "disabled_reason", "access_ends_at", "break_glass"]
        )
        link = await _print(member, work, services)
        work.audit("staff_member.recovered", member, before=permissions_as_text(before), after=member.permissions)
    return PrintedLink(member, link)


async def _passwords_off(caller: SystemCaller) -> bool:
    return not (await Organization.get(id=caller.organization_id)).password_sign_in


async def _locked(caller: SystemCaller, email: str) -> StaffMember:
    await lock_staff_of(caller.organization_id)
    found = await staff_member_by_email(caller, email)
    return await StaffMember.filter(id=found.id).select_for_update().get()


async def _print(member: StaffMember, work: Work, services: Services) -> str:
    invited = member.state is StaffState.INVITED
    purpose = StaffTokenPurpose.WELCOME if invited else StaffTokenPurpose.RESET_PASSWORD
    return await print_token(member, purpose, work, services)
