"""Changing the password while signed in."""

import pytest

from clinic.portal_access.actions import change_password, request_password_reset, sign_in_patient
from clinic.portal_access.models import AccountToken
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import PatientCaller
from clinic.values.errors import TooManyAttempts, WeakPassword, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import EMAIL, caller_of, sent_to, verified
from tests.clinic.portal_access.journey import deliver
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

NEW_PASSWORD = "eleven brass lanterns hum"
KIND = SessionKind.BROWSER


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    return caller_of(await verified(practice, mailbox))


async def change(practice: Practice, patient: PatientCaller, current: str, new: str = NEW_PASSWORD) -> None:
    await change_password(patient, current, new, practice.services)


async def test_new_password_counts_and_other_sessions_end(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    other = await sign_in_patient(practice.anonymous, EMAIL, PASSWORD, practice.services, kind=KIND)
    await change(practice, patient, PASSWORD)
    alive = [session.id for session in await PatientSession.filter(ended_at=None)]
    assert alive == [patient.session_id]
    assert (await PatientSession.get(id=other.session.session_id)).end_reason == "password changed"
    await deliver(practice)
    assert sent_to(mailbox)[-1] == (EMAIL, "forgot")
    assert (await AuditEvent.get(action="portal_account.password_changed")).actor_id == patient.account_id
    with pytest.raises(WrongCredentials):
        await sign_in_patient(practice.anonymous, EMAIL, PASSWORD, practice.services, kind=KIND)
    await sign_in_patient(practice.anonymous, EMAIL, NEW_PASSWORD, practice.services, kind=KIND)


async def test_wrong_password_changes_nothing_and_counts_as_a_failed_sign_in(
    practice: Practice, patient: PatientCaller
) -> None:
    async with nothing_changes():
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                await change(practice, patient, "not the right password")
        with pytest.raises(TooManyAttempts):
            await change(practice, patient, PASSWORD)


async def test_weak_new_password_changes_nothing(practice: Practice, patient: PatientCaller) -> None:
    async with nothing_changes():
        with pytest.raises(WeakPassword):
            await change(practice, patient, PASSWORD, "ana.silva@example.com")


async def test_reset_link_on_its_way_stops_working(practice: Practice, patient: PatientCaller) -> None:
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await change(practice, patient, PASSWORD)
    assert await AccountToken.filter(closed_at=None).count() == 0
