"""Sessions: how long each kind lives, what ends it, and that a stolen token is found out."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from clinic.portal_access.models import PortalAccount
from clinic.sessions.actions import (
    OpenedSession,
    end_all_of_account,
    end_all_of_staff_member,
    end_session,
    open_patient_session,
    refresh_session,
    remove_spent_tokens,
)
from clinic.sessions.models import PatientSession, SessionKind, SpentRefreshToken, StaffSession
from clinic.sessions.queries import browser_session, caller_by_access_token
from clinic.staff.actions import set_staff_permissions
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.errors import SessionEnded
from clinic.values.tokens import hash_token
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import self_registered
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import contents, nothing_changes

HERE = Origin("203.0.113.7", "agent", "request-1")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def desk(practice: Practice) -> tuple[StaffCaller, OpenedSession]:
    return await practice.signed_in(Permission.WEB_PORTAL)


@pytest.fixture
async def account(practice: Practice) -> PortalAccount:
    return await self_registered(practice, "omar@example.com", verified=True)


async def signed_in(practice: Practice, account: PortalAccount, kind: SessionKind) -> OpenedSession:
    now = practice.services.clock.now()
    return await open_patient_session(practice.organization.id, account.id, kind, HERE, now)


async def who(practice: Practice, token: str) -> StaffCaller | PatientCaller | None:
    return await caller_by_access_token(token, HERE, practice.services.clock.now(), activity=True)


async def visitor(practice: Practice, token: str) -> PatientCaller | None:
    session = await browser_session(practice.organization.id, token, HERE, practice.services)
    return session.caller if session else None


async def refused(practice: Practice, token: str) -> None:
    async with nothing_changes():
        with pytest.raises(SessionEnded):
            await refresh_session(token, HERE, practice.services)


async def test_staff_token_tells_who_where_and_what_they_may(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession]
) -> None:
    caller, session = desk
    assert await who(practice, session.access_token) == StaffCaller(
        practice.organization.id,
        caller.staff_member_id,
        session.session_id,
        frozenset({Permission.VIEW_CONTACTS, Permission.WEB_PORTAL}),
        HERE,
        "America/Boise",
    )


async def test_patients_api_token_is_a_patients(practice: Practice, account: PortalAccount) -> None:
    session = await signed_in(practice, account, SessionKind.API)
    assert await who(practice, session.access_token) == PatientCaller(
        practice.organization.id, account.id, session.session_id, HERE
    )


async def test_secrets_are_stored_as_hashes_only(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], account: PortalAccount
) -> None:
    browser = await signed_in(practice, account, SessionKind.BROWSER)
    refreshed = await refresh_session(str(desk[1].refresh_token), HERE, practice.services)
    stored = str(await contents(but=()))
    for session in (browser, desk[1], refreshed):
        assert session.access_token not in stored
        assert str(session.refresh_token or "-" * 43) not in stored
        assert len(session.access_token) == 43
        assert session.access_token not in repr(session)
    assert hash_token(browser.access_token) in stored
    assert hash_token(refreshed.access_token) in stored


@pytest.mark.parametrize(
    "token", ["", "x" * 43, "\x00", "\ud800", "x" * 1_000_000], ids=lambda token: ascii(token)[:12]
)
async def test_token_never_given_out_opens_nothing(practice: Practice, token: str) -> None:
    assert await who(practice, token) is None
    assert await visitor(practice, token) is None
    await refused(practice, token)


async def test_kinds_of_tokens_are_not_interchangeable(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], account: PortalAccount
) -> None:
    browser = await signed_in(practice, account, SessionKind.BROWSER)
    app = await signed_in(practice, account, SessionKind.API)
    staff = desk[1]
    assert browser.refresh_token is None
    assert await who(practice, browser.access_token) is None
    for token in (app.access_token, staff.access_token):
        assert await visitor(practice, token) is None
    for refresh in (app.refresh_token, staff.refresh_token):
        assert await who(practice, str(refresh)) is None
        assert await visitor(practice, str(refresh)) is None
    for access in (app.access_token, staff.access_token, browser.access_token):
        await refused(practice, access)


async def test_cookie_of_another_practice_opens_nothing_here(
    practice: Practice, other_practice: Practice, account: PortalAccount
) -> None:
    session = await signed_in(practice, account, SessionKind.BROWSER)
    assert await visitor(practice, session.access_token)
    assert await visitor(other_practice, session.access_token) is None


async def test_access_token_lives_fifteen_minutes(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], clock: FixedClock
) -> None:
    session = desk[1]
    assert session.access_expires_at == clock.now() + timedelta(minutes=15)
    clock.advance(timedelta(minutes=15) - SECOND)
    assert await who(practice, session.access_token)
    clock.advance(SECOND)
    assert await who(practice, session.access_token) is None


async def test_refreshing_goes_on_for_twelve_hours_and_no_longer(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], clock: FixedClock
) -> None:
    session, ends_at = desk[1], clock.now() + timedelta(hours=12)
    for _ in range(51):
        clock.advance(timedelta(minutes=14))
        session = await refresh_session(str(session.refresh_token), HERE, practice.services)
        assert await who(practice, session.access_token)
    # 11:54 hours have gone by; what is opened now does not outlive the session.
    assert session.access_expires_at == ends_at
    clock.advance(timedelta(minutes=6) - SECOND)
    assert await who(practice, session.access_token)
    clock.advance(SECOND)
    assert await who(practice, session.access_token) is None
    await refused(practice, str(session.refresh_token))


async def test_browser_idles_out_after_thirty_minutes(
    practice: Practice, account: PortalAccount, clock: FixedClock
) -> None:
    token = (await signed_in(practice, account, SessionKind.BROWSER)).access_token
    for _ in range(3):
        clock.advance(timedelta(minutes=30) - SECOND)
        assert await visitor(practice, token)
    clock.advance(timedelta(minutes=30))
    assert await visitor(practice, token) is None


async def test_browser_signs_out_after_twelve_hours_however_busy(
    practice: Practice, account: PortalAccount, clock: FixedClock
) -> None:
    token = (await signed_in(practice, account, SessionKind.BROWSER)).access_token
    for _ in range(35):
        clock.advance(timedelta(minutes=20))
        assert await visitor(practice, token)
    clock.advance(timedelta(minutes=20) - SECOND)
    assert await visitor(practice, token)
    clock.advance(SECOND)
    assert await visitor(practice, token) is None


async def test_being_seen_is_written_down_at_most_once_a_minute(
    practice: Practice, account: PortalAccount, clock: FixedClock
) -> None:
    token = (await signed_in(practice, account, SessionKind.BROWSER)).access_token
    clock.advance(timedelta(seconds=60))
    async with nothing_changes():
        assert await visitor(practice, token)
    clock.advance(SECOND)
    assert await visitor(practice, token)
    assert (await PatientSession.get()).last_seen_at == clock.now()


async def test_refresh_replaces_both_tokens(practice: Practice, desk: tuple[StaffCaller, OpenedSession]) -> None:
    _, old = desk
    new = await refresh_session(str(old.refresh_token), HERE, practice.services)
    assert new.session_id == old.session_id
    assert len({old.access_token, new.access_token, str(old.refresh_token), str(new.refresh_token)}) == 4
    assert await who(practice, old.access_token) is None
    assert await who(practice, new.access_token)


@pytest.mark.parametrize("whose", ["staff", "patient"])
async def test_spent_refresh_token_ends_the_whole_session(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], account: PortalAccount, whose: str
) -> None:
    stolen = desk[1] if whose == "staff" else await signed_in(practice, account, SessionKind.API)
    other = await practice.signed_in()
    second = await refresh_session(str(stolen.refresh_token), HERE, practice.services)
    third = await refresh_session(str(second.refresh_token), HERE, practice.services)

    with pytest.raises(SessionEnded):
        await refresh_session(str(stolen.refresh_token), HERE, practice.services)

    assert await who(practice, third.access_token) is None
    await refused(practice, str(third.refresh_token))
    await refused(practice, str(stolen.refresh_token))
    assert await who(practice, other[1].access_token)
    event = await AuditEvent.get(action="session.ended_after_token_reuse")
    assert (event.subject_id, event.address) == (stolen.session_id, "203.0.113.7")


async def test_two_holders_of_one_token_at_once_are_found_out(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession]
) -> None:
    token = str(desk[1].refresh_token)
    outcomes = await asyncio.gather(
        *(refresh_session(token, HERE, practice.services) for _ in range(8)), return_exceptions=True
    )
    assert Counter(type(outcome) for outcome in outcomes) == {OpenedSession: 1, SessionEnded: 7}
    [opened] = [outcome for outcome in outcomes if isinstance(outcome, OpenedSession)]
    assert await who(practice, opened.access_token) is None
    assert (await StaffSession.get(id=desk[1].session_id)).end_reason == "token reused"


async def test_signing_out_ends_this_session_and_no_other(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], account: PortalAccount, clock: FixedClock
) -> None:
    browser = await signed_in(practice, account, SessionKind.BROWSER)
    second = await signed_in(practice, account, SessionKind.BROWSER)
    person = await visitor(practice, browser.access_token)
    assert person is not None
    for caller, session in ((desk[0], desk[1]), (person, browser)):
        await end_session(caller, practice.services)
        assert await who(practice, session.access_token) is None
        assert await visitor(practice, session.access_token) is None
        async with nothing_changes():
            await end_session(caller, practice.services)
    await refused(practice, str(desk[1].refresh_token))
    assert await visitor(practice, second.access_token)
    assert (await StaffSession.get()).ended_at == clock.now()
    assert await AuditEvent.filter(action="session.signed_out").count() == 2


async def test_permissions_are_those_of_this_very_moment(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession]
) -> None:
    manager = await practice.staff(Permission.MANAGE_STAFF, Permission.VIEW_AUDIT)
    member_id, token = desk[0].staff_member_id, desk[1].access_token

    async def held() -> frozenset[Permission]:
        caller = await who(practice, token)
        assert isinstance(caller, StaffCaller)
        return caller.permissions

    await set_staff_permissions(manager, member_id, [Permission.VIEW_AUDIT], practice.services)
    assert await held() == {Permission.VIEW_AUDIT}
    await set_staff_permissions(manager, member_id, [], practice.services)
    assert await held() == frozenset()


async def test_disabled_staff_member_is_out_at_once(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], clock: FixedClock
) -> None:
    await StaffMember.filter(id=desk[0].staff_member_id).update(disabled_at=clock.now())
    assert await who(practice, desk[1].access_token) is None


@pytest.mark.parametrize("column", ["disabled_at", "withdrawn_at"])
async def test_closed_account_is_out_at_once(
    practice: Practice, account: PortalAccount, clock: FixedClock, column: str
) -> None:
    browser = await signed_in(practice, account, SessionKind.BROWSER)
    app = await signed_in(practice, account, SessionKind.API)
    await PortalAccount.filter(id=account.id).update(**{column: clock.now()})
    assert await visitor(practice, browser.access_token) is None
    assert await who(practice, app.access_token) is None


async def test_all_sessions_of_one_person_end_together(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], account: PortalAccount, clock: FixedClock
) -> None:
    sessions = [await signed_in(practice, account, kind) for kind in SessionKind]
    await end_all_of_account(account.id, "password changed", clock.now())
    assert [await who(practice, s.access_token) or await visitor(practice, s.access_token) for s in sessions] == [
        None,
        None,
    ]
    assert await who(practice, desk[1].access_token)
    await end_all_of_staff_member(desk[0].staff_member_id, "disabled", clock.now())
    assert await who(practice, desk[1].access_token) is None
    await refused(practice, str(desk[1].refresh_token))


async def test_spent_tokens_are_swept_once_their_session_is_over(
    practice: Practice, desk: tuple[StaffCaller, OpenedSession], clock: FixedClock
) -> None:
    await refresh_session(str(desk[1].refresh_token), HERE, practice.services)
    assert await remove_spent_tokens(clock.now() + timedelta(hours=12)) == 0
    assert await remove_spent_tokens(clock.now() + timedelta(hours=12) + SECOND) == 1
    assert await SpentRefreshToken.all().count() == 0


async def test_session_notes_where_it_was_opened(practice: Practice, account: PortalAccount) -> None:
    origin = Origin("2001:db8::1", "a" * 1000)
    now = practice.services.clock.now()
    opened = await open_patient_session(practice.organization.id, account.id, SessionKind.BROWSER, origin, now)
    session = await PatientSession.get(id=opened.session_id)
    assert (session.address, session.agent) == ("2001:db8::1", "a" * 300)
    assert isinstance(session.id, UUID)
