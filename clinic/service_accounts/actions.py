"""Adds, changes and disables the accounts of a practice's programs."""

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
from clinic.values.limits import LONGEST_JWKS_URL, MOST_PROGRAM_KEYS, MOST_SERVICE_ACCOUNTS
from clinic.values.outgoing import OutgoingRefused
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.program_keys import KeySetRefused
from clinic.values.text import Problems
from clinic.values.tokens import hash_token, new_token
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# What no program may do: decide who works at the practice, and which programs do (decision 0057).
FOR_PERSONS = frozenset({Permission.MANAGE_STAFF, Permission.MANAGE_INTEGRATIONS})
# So long the previous secret works too, for the program to learn the new one.
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class AccountWithSecret:
    """An account and its new secret, which is shown once; None where it has keys or keeps its secret."""

    account: Account
    secret: str | None = field(repr=False)


@dataclass(frozen=True)
class NewAccount:
    """What a program's account is to be. With `jwks` or `jwks_url` it signs in by its keys, else by a secret."""

    name: str
    permissions: frozenset[Permission] = frozenset()
    may_act_for_staff: bool = False
    jwks: str = ""
    jwks_url: str = ""


@retry_on_conflict
async def create_service_account(
    caller: Manager, new: NewAccount, services: Services, *, request_key: IdempotencyKey | None = None
) -> AccountWithSecret:
    """Add a program's account. Needs MANAGE_INTEGRATIONS and a fresh sign-in.

    The same request again, by its key, answers the same secret. Raises `NotPermitted`, also for a permission that the
    caller lacks, `FreshSignInNeeded` and `InvalidInput`.
    """
    require_manager(caller)
    problems = Problems()
    name = problems.line("name", new.name)
    _check_permissions(problems, new.permissions)
    jwks, jwks_url = _checked_keys(problems, new.jwks, new.jwks_url, services)
    if new.may_act_for_staff and not (new.jwks or new.jwks_url):
        problems.add("mayActForStaff", Problem.KEYS_NEEDED)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        await lock_staff_of(caller.organization_id)
        await require_fresh(caller, work.now)
        if work.earlier_result is not None:
            account = await account_for_change(caller, work.earlier_result)
            again = _new_secret(account.row.id, request_key, services)
            return AccountWithSecret(account, again if hash_token(again) == account.row.secret_hash else None)
        require_held(new.permissions, await held_by(caller))
        active = StaffMember.filter(organization_id=caller.organization_id, machine=True, disabled_at=None)
        if await active.count() >= MOST_SERVICE_ACCOUNTS:
            raise InvalidInput.one("name", Problem.TOO_MANY_SERVICE_ACCOUNTS, most=MOST_SERVICE_ACCOUNTS)
        key = uuid4()
        secret = None if jwks or jwks_url else _new_secret(key, request_key, services)
        member = await StaffMember.create(
            organization_id=caller.organization_id,
            name=name,
            email="",
            # No address: nobody can type it at a sign-in, an invitation or a reset.
            email_normal=f"service account {key.hex}",
            password_hash=NO_PASSWORD,
            permissions=permissions_as_text(new.permissions),
            machine=True,
            created_at=work.now,
        )
        row = await ServiceAccount.create(
            id=key,
            organization_id=caller.organization_id,
            staff_member_id=member.id,
            may_act_for_staff=new.may_act_for_staff,
            secret_hash=hash_token(secret) if secret else "",
            jwks=jwks,
            jwks_url=jwks_url,
            created_at=work.now,
        )
        work.result_id = row.id
        work.audit("service_account.created", row, permissions=member.permissions, for_staff=new.may_act_for_staff)
    return AccountWithSecret(Account(row, member), secret)


def _new_secret(key: UUID, request_key: IdempotencyKey | None, services: Services) -> str:
    """A secret of 256 bits. Only a hash is stored: that of a request with a key is made from the key, so again."""
    if request_key is None:
        return new_token()
    return services.secrets.mac("service account secret", f"{key} {request_key.key}").partition(".")[2]


@dataclass(frozen=True)
class AccountChanges:
    """What changes; None leaves a field as it is.

    With keys, the account's secret or its other keys are replaced. `end_old_now`: the old secret and every token end at
    once; else the old secret works for `OVERLAP`. Keys have no such time: a set has room for the old and the new one.
    """

    name: str | None = None
    permissions: frozenset[Permission] | None = None
    may_act_for_staff: bool | None = None
    jwks: str | None = None
    jwks_url: str | None = None
    new_secret: bool = False
    end_old_now: bool = False


@retry_on_conflict
async def update_service_account(
    caller: Manager, account_id: UUID | None, changes: AccountChanges, services: Services
) -> AccountWithSecret:
    """Change an account, give it a new secret or other keys. Needs MANAGE_INTEGRATIONS and a fresh sign-in.

    The caller must have every permission that the account keeps or gets: a new secret is as good as all of them.
    Permissions apply from the next request. Raises `NotPermitted`, `NotFound`, `FreshSignInNeeded`, `InvalidInput`.
    """
    require_manager(caller)
    problems = Problems()
    name = None if changes.name is None else problems.line("name", changes.name)
    _check_permissions(problems, changes.permissions or frozenset())
    jwks, jwks_url = _checked_keys(problems, changes.jwks or "", changes.jwks_url or "", services)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        account = await account_for_change(caller, account_id)
        await require_fresh(caller, work.now)
        row, member = account.row, account.member
        if member.disabled_at is not None:
            raise InvalidInput.one("serviceAccountId", Problem.SERVICE_ACCOUNT_DISABLED)
        after = member.granted if changes.permissions is None else changes.permissions
        require_held(after, await held_by(caller))
        before = (member.name, member.permissions, row.may_act_for_staff)
        member.name, member.permissions = name or member.name, permissions_as_text(after)
        await member.save(update_fields=["name", "permissions"])
        secret = _replace_proof(row, changes, jwks, jwks_url, work.now)
        if changes.may_act_for_staff is not None:
            row.may_act_for_staff = changes.may_act_for_staff
        if row.may_act_for_staff and not row.has_keys:
            raise InvalidInput.one("mayActForStaff", Problem.KEYS_NEEDED)
        await row.save()
        if changes.end_old_now or (before[2] and not row.may_act_for_staff):
            await end_all_of_program(member.id, "service account changed", work.now)
        if before != (member.name, member.permissions, row.may_act_for_staff):
            for_staff = row.may_act_for_staff
            work.audit("service_account.updated", row, before=before[1], after=member.permissions, for_staff=for_staff)
        if secret or jwks or jwks_url:
            replaced = "secret" if secret else "keys"
            work.audit(f"service_account.{replaced}_replaced", row, end_old_now=changes.end_old_now)
    return AccountWithSecret(account, secret)


def _replace_proof(row: ServiceAccount, changes: AccountChanges, jwks: str, jwks_url: str, now: datetime) -> str | None:
    """Give the row another secret, which is returned, or other keys. Raises `InvalidInput`."""
    if jwks or jwks_url:
        _retire_secret(row, now, end_now=changes.end_old_now)
        row.secret_hash, row.jwks, row.jwks_url = "", jwks, jwks_url
        return None
    if not changes.new_secret:
        return None
    if row.has_keys:
        raise InvalidInput.one("newSecret", Problem.HAS_KEYS)
    if not changes.end_old_now and row.previous_ends_at and row.previous_ends_at > now:
        raise InvalidInput.one("endOldNow", Problem.ROTATED_LATELY, hours=int(OVERLAP.total_seconds() // 3600))
    secret = new_token()
    _retire_secret(row, now, end_now=changes.end_old_now)
    row.secret_hash = hash_token(secret)
    return secret


def _retire_secret(row: ServiceAccount, now: datetime, *, end_now: bool) -> None:
    """Let the secret work until the overlap ends, unless it is to end at once or there is none."""
    if end_now:
        row.previous_secret_hash, row.previous_ends_at = "", None
    elif row.secret_hash:
        row.previous_secret_hash, row.previous_ends_at = row.secret_hash, now + OVERLAP


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


def _checked_keys(problems: Problems, jwks: str, jwks_url: str, services: Services) -> tuple[str, str]:
    """The set of keys, or its address, as they are stored; at most one of them is not empty."""
    if jwks and jwks_url:
        problems.add("jwksUrl", Problem.KEYS_OR_ADDRESS)
        return "", ""
    if jwks:
        try:
            return services.program_keys.checked(jwks), ""
        except KeySetRefused as refusal:
            problems.add("jwks", refusal.problem, most=MOST_PROGRAM_KEYS)
    if jwks_url:
        jwks_url = problems.line("jwksUrl", jwks_url, longest=LONGEST_JWKS_URL)
        try:
            services.outgoing.check(jwks_url)
        except OutgoingRefused:
            problems.add("jwksUrl", Problem.ADDRESS_NOT_ALLOWED)
    return "", jwks_url
