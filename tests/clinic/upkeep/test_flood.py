"""Audit events can't be deleted, so what one person can add within an hour is bounded."""

from datetime import timedelta

import pytest

from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.models import Document, DocumentSharing
from clinic.portal_access.actions import regenerate_pin
from clinic.records.actions.views import record_views
from clinic.throttling.models import AttemptWindow
from clinic.throttling.throttle import AUDIT_PER_PATIENT, AUDIT_PER_STAFF
from clinic.values.callers import PatientCaller, Permission
from clinic.values.errors import TooManyAttempts
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import family_of
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document


async def downloads(document: Document, caller: PatientCaller, practice: Practice) -> None:
    await record_reading(caller, document.id, Reading.DOWNLOADED, practice.services)


async def test_patient_who_has_caused_too_many_events_is_refused_and_adds_none(
    practice: Practice, clock: FixedClock
) -> None:
    family = await family_of(practice)
    document = await put_document(practice, family.mia, sharing=DocumentSharing.ALL_AUTHORIZED)
    await AttemptWindow.all().delete()
    await downloads(document, family.leo_signed_in, practice)
    assert await AttemptWindow.all().update(attempts=AUDIT_PER_PATIENT.limit - 1) == 1
    await downloads(document, family.leo_signed_in, practice)
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await downloads(document, family.leo_signed_in, practice)
        with pytest.raises(TooManyAttempts):
            await downloads(document, family.leo_signed_in, practice)
    assert refusal.value.retry_after == AUDIT_PER_PATIENT.window
    # Others are not held up, and the hour ends.
    await downloads(document, family.mia_signed_in, practice)
    clock.advance(AUDIT_PER_PATIENT.window + timedelta(seconds=1))
    await downloads(document, family.leo_signed_in, practice)
    assert await AuditEvent.filter(action=Reading.DOWNLOADED.value).count() == 4


async def test_staff_member_who_has_caused_too_many_events_is_refused_and_what_they_read_is_kept(
    practice: Practice, clock: FixedClock
) -> None:
    desk, colleague = [await practice.staff(Permission.WEB_PORTAL) for _ in range(2)]
    contact = await practice.contact()
    await AttemptWindow.all().delete()
    await regenerate_pin(desk, contact.id, practice.services)
    assert await AttemptWindow.all().update(attempts=AUDIT_PER_STAFF.limit) == 1
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await regenerate_pin(desk, contact.id, practice.services)
    assert refusal.value.retry_after == AUDIT_PER_STAFF.window
    await record_views(desk, [contact.id], practice.services)
    await record_views(desk, [contact.id], practice.services)
    assert await AuditEvent.filter(action="contact.viewed", actor_id=desk.staff_member_id).count() == 1
    await regenerate_pin(colleague, contact.id, practice.services)
    clock.advance(AUDIT_PER_STAFF.window + timedelta(seconds=1))
    await regenerate_pin(desk, contact.id, practice.services)
    assert await AuditEvent.filter(action="portal_pin.renewed").count() == 3
