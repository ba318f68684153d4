"""A person sees where they are signed in, and ends what they don't know."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.portal_access.models import PortalAccount
from clinic.sessions.actions import end_own_session, open_patient_session
from clinic.sessions.models import PatientSession, SessionKind
from clinic.sessions.queries import active_sessions_of
from clinic.values.callers import Origin, PatientCaller
from clinic.values.errors import NotFound
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import self_registered
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes


async def signed_in(practice: Practice, account: PortalAccount, kind: SessionKind, agent: str) -> PatientCaller:
    origin = Origin("203.0.113.7", agent)
    session = await open_patient_session(
        practice.organization.id, account.id, kind, origin, practice.services.clock.now()
    )
    return PatientCaller(practice.organization.id, account.id, session.session_id, origin)


async def test_lists_what_still_opens_something_and_marks_this_one(practice: Practice, clock: FixedClock) -> None:
    account = await self_registered(practice, "ana@example.com", verified=True)
    await signed_in(practice, account, SessionKind.BROWSER, "idle")
    phone = await signed_in(practice, account, SessionKind.API, "phone")
    clock.advance(timedelta(minutes=30))
    here = await signed_in(practice, account, SessionKind.BROWSER, "here")
    stranger = await self_registered(practice, "eve@example.com", verified=True)
    await signed_in(practice, stranger, SessionKind.BROWSER, "another's")
    found = await active_sessions_of(here, practice.services)
    assert [(one.agent, one.kind, one.current) for one in found] == [
        ("here", SessionKind.BROWSER, True),
        ("phone", SessionKind.API, False),
    ]
    assert found[1].id == phone.session_id
    clock.advance(timedelta(hours=12))
    assert await active_sessions_of(here, practice.services) == []


async def test_one_of_ones_own_is_ended(practice: Practice, clock: FixedClock) -> None:
    account = await self_registered(practice, "ana@example.com", verified=True)
    phone = await signed_in(practice, account, SessionKind.API, "phone")
    here = await signed_in(practice, account, SessionKind.BROWSER, "here")
    await end_own_session(here, phone.session_id, practice.services)
    assert (await PatientSession.get(id=phone.session_id)).ended_at == clock.now()
    assert [one.agent for one in await active_sessions_of(here, practice.services)] == ["here"]
    event = await AuditEvent.get(action="session.ended")
    assert (event.subject_id, event.actor_id) == (phone.session_id, account.id)
    async with nothing_changes():
        await end_own_session(here, phone.session_id, practice.services)


async def test_another_persons_session_does_not_exist(practice: Practice) -> None:
    ana = await self_registered(practice, "ana@example.com", verified=True)
    eve = await self_registered(practice, "eve@example.com", verified=True)
    anas = await signed_in(practice, ana, SessionKind.BROWSER, "ana")
    eves = await signed_in(practice, eve, SessionKind.BROWSER, "eve")
    async with nothing_changes():
        for session_id in (anas.session_id, uuid4(), None):
            with pytest.raises(NotFound):
                await end_own_session(eves, session_id, practice.services)
