"""Programs of a practice, and the callers that they are."""

from clinic.service_accounts.access import Account
from clinic.service_accounts.actions import NewAccount, create_service_account
from clinic.service_accounts.signing_in import LIFETIME, sign_in_by_secret
from clinic.sessions.actions import open_program_session
from clinic.sessions.queries import caller_by_access_token
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission, StaffCaller
from tests.factories import Practice

ORIGIN = Origin("192.0.2.7", "test", "request-1")


async def add_program(practice: Practice, *permissions: Permission) -> tuple[Account, str]:
    """A program's account and its secret."""
    made = await create_service_account(practice.system, NewAccount("EHR", frozenset(permissions)), practice.services)
    return made.account, made.secret or ""


async def caller_of(practice: Practice, access_token: str) -> StaffCaller | None:
    """Who a token is, at this moment."""
    caller = await caller_by_access_token(access_token, ORIGIN, practice.services.clock.now())
    assert caller is None or isinstance(caller, StaffCaller)
    return caller


async def program_of(practice: Practice, *permissions: Permission) -> StaffCaller:
    """A program that has signed in."""
    account, secret = await add_program(practice, *permissions)
    opened = await sign_in_by_secret(account.row.client_id, secret, ORIGIN, practice.services)
    caller = await caller_of(practice, opened.access_token)
    assert caller is not None
    return caller


async def acting_for(practice: Practice, person: StaffCaller, *permissions: Permission) -> StaffCaller:
    """A program with these permissions, in a session in which it acts for the person."""
    account, _ = await add_program(practice, *permissions)
    member = await StaffMember.get(id=person.staff_member_id)
    services = practice.services
    opened = await open_program_session(account.member, member, LIFETIME, ORIGIN, services.clock.now())
    caller = await caller_of(practice, opened.access_token)
    assert caller is not None
    return caller
