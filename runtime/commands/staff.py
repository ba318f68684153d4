"""The people who work at a practice: added, listed, disabled and enabled, and an operator's ways back in."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from clinic.staff.actions import (
    FactorsReset,
    PrintedLink,
    create_staff_member,
    disable_staff_member,
    enable_staff_member,
    lift_staff_throttle,
    print_password_link,
    recover_manager,
    reset_factors_by_email,
    set_staff_last_day,
    staff_member_by_email,
)
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import ABOUT_CONTACTS, Permission, SystemCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from runtime.commands.at_practice import NO_PRACTICE, AsJson, Slug, run_at_practice
from runtime.commands.failures import CommandFailed

R = TypeVar("R")

DAY = "%Y-%m-%d"
LAST_DAY = "The last day on which they may sign in, in the practice's time zone, such as 2027-01-31."

Email = Annotated[str, typer.Option(help="The address they sign in with.")]

staff = typer.Typer(help="The people who work at a practice.", no_args_is_help=True)


@staff.command("create")
def create(
    organization: Slug,
    email: Email,
    name: Annotated[str, typer.Option(help="Their name.")],
    permission: Annotated[
        list[Permission] | None, typer.Option(help="What they may do; may be given again. Nothing unless named.")
    ] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")] = (
        False
    ),
    last_day: Annotated[datetime | None, typer.Option(formats=[DAY], help=LAST_DAY)] = None,
    as_json: AsJson = False,
) -> None:
    """Add a staff member. They get a letter and choose a password, unless one is read from standard input."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None

    async def work(caller: SystemCaller, services: Services) -> StaffMember:
        return await create_staff_member(
            caller,
            name=name,
            email=email,
            password=password,
            services=services,
            permissions=permission or (),
            last_day=last_day.date() if last_day else None,
        )

    made = _run(organization, "create", work)
    granted = [item.value for item in permission or ()]
    if (idle := ABOUT_CONTACTS & {*(permission or ())}) and Permission.VIEW_CONTACTS not in (permission or ()):
        names = ", ".join(sorted(idle))
        typer.echo(f"vestibule: without VIEW_CONTACTS they can do nothing with {names}.", err=True)
    if as_json:
        _print({"id": str(made.id), "permissions": granted, "state": made.state.value})
        return
    typer.echo(f"Created {email} at {organization}, permissions: {', '.join(granted) or 'none'}.")
    if made.state is StaffState.INVITED:
        typer.echo("A letter with a link to choose a password is on its way.")
        typer.echo("Where no letters leave: vestibule staff reset-password prints a link.")


@staff.command("list")
def list_(organization: Slug, as_json: AsJson = False) -> None:
    """Everybody who works or worked at the practice, with their state and permissions."""

    async def work(caller: SystemCaller, _services: Services) -> list[StaffMember]:
        return await StaffMember.filter(organization_id=caller.organization_id, machine=False).order_by("name", "id")

    found = _run(organization, "list", work)
    if as_json:
        _print({"staff": [_as_object(member) for member in found]})
        return
    for member in found:
        reason = f" ({member.disabled_reason})" if member.disabled_reason else ""
        if member.access_ends_at and member.disabled_at is None:
            reason = f" until {member.access_ends_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"{member.email}  {member.state.value.lower()}{reason}  {member.permissions or 'no permissions'}")


@staff.command("disable")
def disable(
    organization: Slug,
    email: Email,
    reason: Annotated[str, typer.Option(help="Why; kept with the member and in the audit.")],
    as_json: AsJson = False,
) -> None:
    """Let a staff member sign in no more. Every session ends at once. The last active manager is refused."""

    async def work(caller: SystemCaller, services: Services) -> StaffMember:
        member = await _member(caller, email)
        return await disable_staff_member(caller, member.id, reason, services)

    _say(_run(organization, "disable", work), "Disabled {email}. Every session has ended.", as_json=as_json)


@staff.command("enable")
def enable(
    organization: Slug,
    email: Email,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a disabled staff member sign in again, with the permissions and the password they had."""

    async def work(caller: SystemCaller, services: Services) -> StaffMember:
        member = await _member(caller, email)
        return await enable_staff_member(caller, member.id, services, reason=reason)

    _say(_run(organization, "enable", work), "Enabled {email}.", as_json=as_json)


@staff.command("last-day")
def last_day(
    organization: Slug,
    email: Email,
    day: Annotated[datetime | None, typer.Option("--day", formats=[DAY], help=LAST_DAY)] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the last day away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say until when a staff member has access, or that it has no end. The last lasting manager is refused."""
    if (day is None) is not none:
        raise typer.BadParameter("name a day, such as 2027-01-31, or --none", param_hint="--day")

    async def work(caller: SystemCaller, services: Services) -> StaffMember:
        member = await _member(caller, email)
        return await set_staff_last_day(caller, member.id, day.date() if day else None, services)

    ends = f"Access of {{email}} ends after {day:%Y-%m-%d}." if day else "Access of {email} has no end."
    _say(_run(organization, "last-day", work), ends, as_json=as_json)


@staff.command("reset-password")
def reset_password(organization: Slug, email: Email, as_json: AsJson = False) -> None:
    """Print a link to choose a password, to hand over. It works once; the password stays until it is used."""

    async def work(caller: SystemCaller, services: Services) -> PrintedLink:
        await _member(caller, email)
        return await print_password_link(caller, email, services)

    _say_link(_run(organization, "reset-password", work), as_json=as_json)


@staff.command("lift-throttle")
def lift_throttle(organization: Slug, email: Email, as_json: AsJson = False) -> None:
    """Open signing in again for a staff member whom guesses have closed out; at most three times a day."""

    async def work(caller: SystemCaller, services: Services) -> StaffMember:
        return await lift_staff_throttle(caller, (await _member(caller, email)).id, services)

    _say(_run(organization, "lift-throttle", work), "Signing in is open again for {email}.", as_json=as_json)


@staff.command("reset-factors")
def reset_factors(organization: Slug, email: Email, as_json: AsJson = False) -> None:
    """Remove a person's second factors and print a code to hand over. It lets them in once, within 24 hours."""

    async def work(caller: SystemCaller, services: Services) -> FactorsReset:
        await _member(caller, email)
        return await reset_factors_by_email(caller, email, services)

    reset = _run(organization, "reset-factors", work)
    if as_json:
        _print({**_as_object(reset.member), "code": reset.code})
        return
    typer.echo(f"{reset.member.email} has no second factor any more, and every session has ended.")
    typer.echo("Hand this code over. It is asked for after the password, once, within 24 hours:")
    typer.echo(reset.code)


@staff.command("recover")
def recover(
    organization: Slug,
    email: Email,
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help="Granted besides MANAGE_STAFF, so that they can pass it on; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Where nobody can manage staff any more: enable a member, grant MANAGE_STAFF, and print a set-password link."""

    async def work(caller: SystemCaller, services: Services) -> PrintedLink:
        await _member(caller, email)
        return await recover_manager(caller, email, services, permissions=permission or ())

    _say_link(_run(organization, "recover", work), as_json=as_json)


def _run(organization: str, command: str, work: Callable[[SystemCaller, Services], Awaitable[R]]) -> R:
    return run_at_practice(organization, f"staff {command}", work, absent=NO_PRACTICE)


async def _member(caller: SystemCaller, email: str) -> StaffMember:
    try:
        return await staff_member_by_email(caller, email)
    except NotFound:
        raise CommandFailed("nobody at this practice signs in with this address: see vestibule staff list.") from None


def _say(member: StaffMember, words: str, *, as_json: bool) -> None:
    if as_json:
        _print(_as_object(member))
    else:
        typer.echo(words.format(email=member.email))


def _say_link(printed: PrintedLink, *, as_json: bool) -> None:
    if as_json:
        _print({**_as_object(printed.member), "link": printed.link})
        return
    lasts = "ten days" if printed.member.state is StaffState.INVITED else "one hour"
    typer.echo(f"{printed.member.email}, permissions: {printed.member.permissions or 'none'}.")
    typer.echo(f"Whoever opens this link within {lasts} chooses the password. It works once and is not shown again:")
    typer.echo(printed.link)


def _as_object(member: StaffMember) -> dict[str, object]:
    return {
        "id": str(member.id),
        "email": member.email,
        "name": member.name,
        "state": member.state.value,
        "permissions": member.permissions.split(),
        "disabledReason": member.disabled_reason,
        "accessEndsAt": member.access_ends_at.isoformat() if member.access_ends_at else None,
    }


def _print(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False))
