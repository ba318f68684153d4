"""A sample of an invitation goes to who asked for it, names nobody and opens nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.letters.composing import compose
from clinic.letters.made_up import TOKEN
from clinic.letters.samples import send_invitation_sample
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.facilities import create_facility
from clinic.portal_access.models import Invitation, LetterSender
from clinic.records.actions.episodes import create_episode
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound, NotPermitted, TooManyAttempts
from clinic.work.idempotency import IdempotencyKey
from clinic.work.models import AuditEvent, ChangeRow
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.WEB_PORTAL)


async def sent_as(practice: Practice) -> tuple[str, str, str]:
    """Recipient, subject and plain text of the newest letter."""
    letter = await Letter.all().order_by("-created_at").first()
    assert letter is not None
    message = await compose(letter, practice.services)
    assert message is not None
    body = message.get_body(("plain",))
    assert body is not None
    return str(message["To"]), str(message["Subject"]), body.get_content()


async def test_sample_goes_to_who_asked_and_names_nobody(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(language="es")
    place = await create_facility(practice.system, "Lakeside", practice.services, phone="+1 208 555 0166")
    await create_episode(practice.system, contact.id, place.id, practice.services, at_facility=True)
    changes = await ChangeRow.all().count()

    address = await send_invitation_sample(desk, contact.id, LetterSender.AUTOMATIC, practice.services)

    member = await StaffMember.get(id=desk.staff_member_id)
    to, subject, text = await sent_as(practice)
    assert (address, to) == (member.email, member.email)
    assert subject == "[Muestra] Lakeside: active su cuenta del portal"
    assert "Esta es una muestra que usted pidió." in text
    assert "0166" in text
    assert f"/register/{TOKEN}" in text
    assert contact.given_name not in text
    letter = await Letter.get()
    assert (letter.kind, letter.token_hash) == (LetterKind.STAFF_INVITATION_SAMPLE, None)
    assert not await Invitation.exists()
    event = await AuditEvent.get(action="invitation.sample_sent")
    assert (event.subject_id, json.loads(event.details)) == (contact.id, {"sender": "AUTOMATIC"})
    # It changes nothing on a screen.
    assert await ChangeRow.all().count() == changes


async def test_discreet_sample_says_nothing_of_the_practice(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await send_invitation_sample(desk, contact.id, LetterSender.DISCREET, practice.services)
    _, subject, text = await sent_as(practice)
    assert subject.startswith("[Sample] ")
    assert practice.organization.name not in subject + text


async def test_sample_is_not_sent_to_somebody_disabled_meanwhile(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    await send_invitation_sample(desk, (await practice.contact()).id, LetterSender.AUTOMATIC, practice.services)
    await StaffMember.filter(id=desk.staff_member_id).update(disabled_at=clock.now())
    assert await compose(await Letter.get(), practice.services) is None


async def test_twenty_samples_an_hour_are_enough(practice: Practice, desk: StaffCaller, clock: FixedClock) -> None:
    contact = await practice.contact()
    for _ in range(20):
        await send_invitation_sample(desk, contact.id, LetterSender.AUTOMATIC, practice.services)
    async with nothing_changes():
        with pytest.raises(TooManyAttempts):
            await send_invitation_sample(desk, contact.id, LetterSender.AUTOMATIC, practice.services)
    clock.advance(timedelta(hours=1, seconds=1))
    await send_invitation_sample(desk, contact.id, LetterSender.AUTOMATIC, practice.services)
    assert await Letter.all().count() == 21


async def test_the_same_request_sends_one(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    key = IdempotencyKey("sendInvitationSample", "once", "body")
    for _ in range(2):
        await send_invitation_sample(desk, contact.id, LetterSender.AUTOMATIC, practice.services, request_key=key)
    assert await Letter.all().count() == 1


async def test_nobody_else_gets_a_sample(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    program = replace(desk, program_id=uuid4())
    other = await practice.staff(Permission.MANAGE_CONTACTS)
    async with nothing_changes():
        for caller in (program, other):
            with pytest.raises(NotPermitted):
                await send_invitation_sample(caller, contact.id, LetterSender.AUTOMATIC, practice.services)
        with pytest.raises(NotFound):
            await send_invitation_sample(desk, uuid4(), LetterSender.AUTOMATIC, practice.services)
