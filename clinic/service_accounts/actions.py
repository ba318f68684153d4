"""Adds, changes and disables the accounts of a practice's programs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from clinic.service_accounts.access import (
    Account,
    Manager,
    account_for_change,
    held_by,
    require_held,
    require_manager,
)
from clinic.service_accounts.models import ServiceAccount
from clinic.sessions.actions import end_all_of_program
from clinic.staff.access import lock_staff_of
from clinic.staff.models import NO_PASSWORD, StaffMember, permissions_as_text
from clinic.values.callers import Permission
from clinic.values.errors import InvalidInput
from clinic.values.limits import MOST_SERVICE_ACCOUNTS
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.values.tokens import hash_token, new_token
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# What no program may do: decide who works at the practice, and which programs do (decision 0057).
FOR_PERSONS = frozenset({Permission.MANAGE_STAFF, Permission.MANAGE_INTEGRATIONS})
# So long the previous secret works too, for the program to learn the new one.
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class AccountWithSecret:
    """An account and its new secret, which is shown once; None where it stays as it was."""

    account: Account
    secret: str | None = field(repr=False)


@retry_on_conflict
async def create_service_account(
    caller: Manager, name: str, permissions: Iterable[Permission], services: Services
) -> AccountWithSecret:
    """Add a program's account. Needs MANAGE_INTEGRATIONS and a fresh sign-in.

    Raises `NotPermitted`, also for a permission that the caller lacks, `FreshSignInNeeded` and `InvalidInput`.
    """
    require_manager(caller)
    wanted = frozenset(permissions)
    problems = Problems()
    name = problems.line("name", name)
    _check_permissions(problems, wanted)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        await lock_staff_of(caller.organization_id)
        await require_fresh(caller, work.now)
        require_held(wanted, await held_by(caller))
        active = StaffMember.filter(organization_id=caller.organization_id, machine=True, disabled_at=None)
        if await active.count() >= MOST_SERVICE_ACCOUNTS:
            raise InvalidInput.one("name", Problem.TOO_MANY_SERVICE_ACCOUNTS, most=MOST_SERVICE_ACCOUNTS)
        key, secret = uuid4(), new_token()
        member = await StaffMember.create(
            organization_id=caller.organization_id,
            name=name,
            email="",
            # No address: nobody can type it at a sign-in, an invitation or a reset.
            email_normal=f"service account {key.hex}",
            password_hash=NO_PASSWORD,
            permissions=permissions_as_text(wanted),
            machine=True,
            created_at=work.now,
        )
        row = await ServiceAccount.create(
            id=key,
            organization_id=caller.organization_id,
            staff_member_id=member.id,
            secret_hash=hash_token(secret),
            created_at=work.now,
        )
        work.audit("service_account.created", row, permissions=member.permissions)
    return AccountWithSecret(Account(row, member), secret)


@dataclass(frozen=True)
class AccountChanges:
    """What changes; None leaves a field as it is. `end_old_now`: the old secret and every token end at once."""

    name: str | None = None
    permissions: frozenset[Permission] | None = None
    new_secret: bool = False
    end_old_now: bool = False


@retry_on_conflict
async def update_service_account(
    caller: Manager, account_id: UUID | None, changes: AccountChanges, services: Services
) -> AccountWithSecret:
    """Change an account, or give it a new secret. Needs MANAGE_INTEGRATIONS and a fresh sign-in.

    The caller must have every permission that the account keeps or gets: a new secret is as good as all of them.
    Permissions apply from the next request. Raises `NotPermitted`, `NotFound`, `FreshSignInNeeded`, `InvalidInput`.
    """
    require_manager(caller)
    problems = Problems()
    name = None if changes.name is None else problems.line("name", changes.name)
    _check_permissions(problems, changes.permissions or frozenset())
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        account = await account_for_change(caller, account_id)
        await require_fresh(caller, work.now)
        row, member = account.row, account.member
        if member.disabled_at is not None:
            raise InvalidInput.one("serviceAccountId", Problem.SERVICE_ACCOUNT_DISABLED)
        after = member.granted if changes.permissions is None else changes.permissions
        require_held(after, await held_by(caller))
        before = member.permissions
        member.name, member.permissions = name or member.name, permissions_as_text(after)
        await member.save(update_fields=["name", "permissions"])
        if changes.name is not None or member.permissions != before:
            work.audit("service_account.updated", row, before=before, after=member.permissions)
        secret = await _rotate(row, work.now, end_old_now=changes.end_old_now) if changes.new_secret else None
        if secret is not None:
            if changes.end_old_now:
                await end_all_of_program(member.id, "secret replaced", work.now)
            work.audit("service_account.secret_rotated", row, end_old_now=changes.end_old_now)
    return AccountWithSecret(account, secret)


async def _rotate(row: ServiceAccount, now: datetime, *, end_old_now: bool) -> str:
    if not end_old_now and row.previous_ends_at and row.previous_ends_at > now:
        raise InvalidInput.one("endOldNow", Problem.ROTATED_LATELY, hours=int(OVERLAP.total_seconds() // 3600))
    secret = new_token()
    row.previous_secret_hash = "" if end_old_now else row.secret_hash
    row.previous_ends_at = None if end_old_now else now + OVERLAP
    row.secret_hash = hash_token(secret)
    await row.save(update_fields=["secret_hash", "previous_secret_hash", "previous_ends_at"])
    return secret


@retry_on_conflict
async def disable_service_account(caller: Manager, account_id: UUID | None, services: Services) -> Account:
    """End an account for good, with its tokens, from the next request on. What it did stays under its name.

    Needs MANAGE_INTEGRATIONS and a fresh sign-in. Raises `NotPermitted`, `NotFound`, `FreshSignInNeeded`. Again, it
    changes nothing.
    """
    async with unit_of_work(caller, services) as work:
        account = await account_for_change(caller, account_id)
        await require_fresh(caller, work.now)
        row, member = account.row, account.member
        if member.disabled_at is None:
            member.disabled_at = work.now
            await member.save(update_fields=["disabled_at"])
            row.secret_hash = row.previous_secret_hash = row.jwks = row.jwks_url = ""
            row.previous_ends_at = None
            await row.save()
            await end_all_of_program(member.id, "service account disabled", work.now)
            work.audit("service_account.disabled", row)
    return account


def _check_permissions(problems: Problems, permissions: frozenset[Permission]) -> None:
    for permission in sorted(permissions & FOR_PERSONS):
        problems.add("permissions", Problem.NOT_FOR_PROGRAMS, permission=permission.value)
