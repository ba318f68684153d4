"""Sensitive acts ask for a sign-in of the last quarter of an hour; refreshing a session proves nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from clinic.factors.actions import (
    finish_totp,
    remove_factor,
    renew_recovery_codes,
    start_passkey,
    start_totp,
)
from clinic.factors.actions.reauthenticate import reauthenticate_by_factor
from clinic.factors.challenges import open_challenge
from clinic.factors.errors import FactorRefused, LastFactor, SecondFactorNeeded
from clinic.factors.models import ChallengePurpose, RecoveryCode, Totp
from clinic.factors.proving import Proof
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.models import Organization
from clinic.sessions.actions import refresh_session
from clinic.sessions.queries import caller_by_access_token, valid_staff_sessions
from clinic.staff.actions import (
    complete_staff_sign_in,
    disable_staff_member,
    enable_staff_member,
    reauthenticate_staff,
    reset_factors_by_email,
    reset_staff_factors,
    set_staff_permissions,
)
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted, WrongCredentials
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent
from tests.clinic.factors.conftest import HERE, Member
from tests.clock import FixedClock
from tests.factories import PASSWORD, Practice
from tests.factories.authenticator import Authenticator
from tests.factories.contents import nothing_changes


async def test_every_sensitive_act_needs_a_fresh_sign_in(member: Member, clock: FixedClock) -> None:
    practice, services = member.practice, member.practice.services
    colleague = (await practice.staff()).staff_member_id
    await member.add_totp()
    totp = (await Totp.get()).id
    clock.advance(FRESH_FOR)
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: disable_staff_member(member.caller, colleague, "Left.", services),
        lambda: enable_staff_member(member.caller, colleague, services),
        lambda: set_staff_permissions(member.caller, colleague, [], services),
        lambda: reset_staff_factors(member.caller, colleague, services),
        lambda: remove_factor(member.caller, totp, services),
        lambda: renew_recovery_codes(member.caller, services),
        lambda: start_totp(member.caller, services),
        lambda: start_passkey(member.caller, services),
    ]
    async with nothing_changes():
        for act in acts:
            with pytest.raises(FreshSignInNeeded):
                await act()
    clock.advance(-timedelta(minutes=1))
    await set_staff_permissions(member.caller, colleague, [], services)


async def test_refreshed_session_is_no_fresher(practice: Practice, clock: FixedClock) -> None:
    caller, opened = await practice.signed_in(Permission.MANAGE_STAFF)
    clock.advance(FRESH_FOR / 2)
    await caller_by_access_token(opened.access_token, HERE, clock.now(), activity=True)
    clock.advance(FRESH_FOR / 2)
    await refresh_session(opened.refresh_token or "", HERE, practice.services)
    with pytest.raises(FreshSignInNeeded):
        await start_totp(caller, practice.services)


async def test_password_makes_a_session_fresh_where_there_is_no_factor(member: Member, clock: FixedClock) -> None:
    services = member.practice.services
    clock.advance(FRESH_FOR)
    with pytest.raises(WrongCredentials):
        await reauthenticate_staff(member.caller, "a wrong one", services)
    with pytest.raises(FreshSignInNeeded):
        await start_totp(member.caller, services)
    assert await reauthenticate_staff(member.caller, PASSWORD, services) == clock.now() + FRESH_FOR
    await start_totp(member.caller, services)


async def test_with_a_factor_the_password_alone_is_not_enough(member: Member, clock: FixedClock) -> None:
    services = member.practice.services
    await member.add_totp()
    clock.advance(FRESH_FOR)
    with pytest.raises(SecondFactorNeeded) as needed:
        await reauthenticate_staff(member.caller, PASSWORD, services)
    token = needed.value.challenge
    with pytest.raises(FactorRefused):
        await reauthenticate_by_factor(member.caller, token, Proof(code="000000"), services)
    with pytest.raises(FreshSignInNeeded):
        await renew_recovery_codes(member.caller, services)
    await reauthenticate_by_factor(member.caller, token, Proof(code=member.code()), services)
    assert len(await renew_recovery_codes(member.caller, services)) == 10
    assert await RecoveryCode.all().count() == 10


async def test_step_of_one_purpose_or_session_is_worth_nothing_in_another(member: Member, clock: FixedClock) -> None:
    services = member.practice.services
    await member.add_totp()
    with pytest.raises(SecondFactorNeeded) as needed:
        await reauthenticate_staff(member.caller, PASSWORD, services)
    with pytest.raises(Exception, match="CHALLENGE_NOT_USABLE"):
        await open_challenge(needed.value.challenge, ChallengePurpose.SIGN_IN, clock.now())
    begun = await start_totp(member.caller, services)
    await member.again()
    for act in (
        reauthenticate_by_factor(member.caller, needed.value.challenge, Proof(code=member.code()), services),
        finish_totp(member.caller, begun.challenge, "000000", services),
    ):
        with pytest.raises(Exception, match="CHALLENGE_NOT_USABLE"):
            await act


async def test_adding_and_removing_is_told_by_mail_and_noted(member: Member) -> None:
    services = member.practice.services
    await member.add_totp()
    assert await member.add_passkey(Authenticator()) == ()
    totp = (await Totp.get()).id
    await remove_factor(member.caller, totp, services)
    with pytest.raises(NotFound):
        await remove_factor(member.caller, totp, services)
    assert await RecoveryCode.all().count() == 10
    kinds = [letter.kind for letter in await Letter.all().order_by("created_at", "id")]
    assert sorted(kinds) == [*[LetterKind.STAFF_FACTOR_ADDED] * 2, LetterKind.STAFF_FACTOR_REMOVED]
    noted = await AuditEvent.filter(action__startswith="staff_member.factor").values_list("action", flat=True)
    assert sorted(map(str, noted)) == [*["staff_member.factor_added"] * 2, "staff_member.factor_removed"]


async def test_nobody_removes_another_persons_factor(member: Member) -> None:
    await member.add_totp()
    other = await member.practice.staff(Permission.MANAGE_STAFF)
    async with nothing_changes():
        with pytest.raises(NotFound):
            await remove_factor(other, (await Totp.get()).id, member.practice.services)


async def required(member: Member) -> None:
    caller = StaffCaller(
        member.caller.organization_id,
        member.caller.staff_member_id,
        member.caller.session_id,
        frozenset({Permission.MANAGE_ORGANIZATION}),
    )
    changes = OrganizationChanges(require_staff_second_factor=True)
    await update_organization(caller, changes, member.practice.services)


async def test_practice_asks_for_a_factor_and_who_has_none_can_only_add_one(member: Member, clock: FixedClock) -> None:
    practice = member.practice
    with pytest.raises(InvalidInput, match="requireStaffSecondFactor:ADD_YOURS_FIRST"):
        await required(member)
    assert not (await Organization.get()).require_staff_second_factor
    await member.add_totp()
    await required(member)
    caller, opened = await practice.signed_in(Permission.WEB_PORTAL)
    now = clock.now()
    limited = await caller_by_access_token(opened.access_token, HERE, now)
    assert isinstance(limited, StaffCaller)
    assert (limited.must_add_factor, limited.permissions) == (True, frozenset())
    assert (await valid_staff_sessions([caller.session_id], now))[caller.session_id][1] == frozenset()
    without = Member(practice, limited, clock)
    await without.add_passkey(Authenticator())
    free = await caller_by_access_token(opened.access_token, HERE, now)
    assert isinstance(free, StaffCaller)
    assert (free.must_add_factor, Permission.WEB_PORTAL in free.permissions) == (False, True)
    with pytest.raises(LastFactor):
        await remove_factor(member.caller, (await Totp.get()).id, practice.services)


async def test_manager_resets_a_colleagues_factor_and_the_code_lets_them_in_once(
    member: Member, clock: FixedClock
) -> None:
    practice, services = member.practice, member.practice.services
    codes = await member.add_totp()
    manager = await practice.staff(Permission.MANAGE_STAFF)
    with pytest.raises(InvalidInput, match="OWN_FACTORS"):
        await reset_staff_factors(manager, manager.staff_member_id, services)
    with pytest.raises(NotPermitted):
        await reset_staff_factors(await practice.staff(), member.caller.staff_member_id, services)
    reset = await reset_staff_factors(manager, member.caller.staff_member_id, services)
    assert await Letter.filter(kind=LetterKind.STAFF_FACTORS_RESET, to_address=reset.member.email).count() == 1
    assert await AuditEvent.filter(action="staff_member.factors_reset").count() == 1

    async def enter(code: str) -> StaffCaller:
        with pytest.raises(SecondFactorNeeded) as needed:
            await member.sign_in()
        assert needed.value.kinds == ()
        token = needed.value.challenge
        row = await open_challenge(token, ChallengePurpose.SIGN_IN, clock.now())
        done = await complete_staff_sign_in(row, token, Proof(recovery_code=code), HERE, services)
        found = await caller_by_access_token(done.session.access_token, HERE, clock.now())
        assert isinstance(found, StaffCaller)
        return found

    with pytest.raises(FactorRefused):
        await enter(codes[0])
    limited = await enter(reset.code)
    assert (limited.must_add_factor, limited.permissions) == (True, frozenset())
    with pytest.raises(FactorRefused):
        await enter(reset.code)
    member.caller = limited
    await member.add_totp()
    assert not (await StaffMember.get(id=limited.staff_member_id)).must_add_factor


async def test_handed_over_code_lives_a_day_and_the_operator_has_a_way(member: Member, clock: FixedClock) -> None:
    services = member.practice.services
    reset = await reset_factors_by_email(member.practice.system, (await member.row).email, services)
    clock.advance(timedelta(hours=24))
    with pytest.raises(SecondFactorNeeded) as needed:
        await member.sign_in()
    token = needed.value.challenge
    row = await open_challenge(token, ChallengePurpose.SIGN_IN, clock.now())
    with pytest.raises(FactorRefused):
        await complete_staff_sign_in(row, token, Proof(recovery_code=reset.code), HERE, services)
