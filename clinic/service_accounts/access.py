"""Fetches a program's account: for a caller who manages integrations, and by the id that the program sends."""

import re
from dataclasses import dataclass
from uuid import UUID

from clinic.service_accounts.models import ServiceAccount
from clinic.staff.access import lock_staff_of
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import NotFound, NotPermitted

Manager = StaffCaller | SystemCaller

_CLIENT_ID = re.compile(r"sa_([0-9a-f]{32})")


@dataclass(frozen=True)
class Account:
    """A program's account and the staff member that bears its name and permissions."""

    row: ServiceAccount
    member: StaffMember


def require_manager(caller: Manager) -> None:
    """Raise `NotPermitted` for staff without MANAGE_INTEGRATIONS."""
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_INTEGRATIONS)


async def account_for_change(caller: Manager, account_id: UUID | None) -> Account:
    """The account, locked until the transaction ends. Raises `NotPermitted`, `NotFound`."""
    require_manager(caller)
    await lock_staff_of(caller.organization_id)
    theirs = ServiceAccount.filter(organization_id=caller.organization_id, id=account_id)
    found = await theirs.first() if account_id else None
    if found is None:
        raise NotFound("serviceAccountId")
    member = await StaffMember.filter(id=found.staff_member_id).select_for_update(no_key=True).get()
    row = await theirs.select_for_update(no_key=True).get()
    return Account(row, member)


async def held_by(caller: Manager) -> frozenset[Permission]:
    """What the caller may do at this moment. Call it with the practice's staff locked."""
    if isinstance(caller, SystemCaller):
        return frozenset(Permission)
    own = await StaffMember.get(id=caller.staff_member_id, organization_id=caller.organization_id)
    held = own.granted if own.state is StaffState.ACTIVE else frozenset()
    if Permission.MANAGE_INTEGRATIONS not in held:
        raise NotPermitted(Permission.MANAGE_INTEGRATIONS.value)
    return held


def require_held(granted: frozenset[Permission], held: frozenset[Permission]) -> None:
    """Nobody grants what they don't have. Raises `NotPermitted`, naming the first that is missing."""
    if missing := sorted(granted - held):
        raise NotPermitted(missing[0].value)


async def account_of_client(client_id: str) -> ServiceAccount | None:
    """The account with this client id; None if there is none. One statement."""
    found = _CLIENT_ID.fullmatch(client_id)
    return await ServiceAccount.get_or_none(id=UUID(found[1] if found else "0" * 32))
