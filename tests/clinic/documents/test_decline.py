"""Declining: with a reason, once, and for everybody."""

import asyncio
import json
from datetime import timedelta

import pytest

from clinic.documents.actions.decline import decline_document
from clinic.documents.errors import AlreadySigned, DocumentClosed, NotASigner, NotShared, NotYourTurn
from clinic.documents.models import Document, DocumentSharing, Signature, SignatureState
from clinic.mail.models import Letter, LetterKind
from clinic.sessions.actions import end_session
from clinic.values.errors import InvalidInput, NotFound, SessionEnded
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import Person, opened_to, paper, person, sign
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes


async def decline(practice: Practice, who: Person, document: Document, reason: str = "I want to ask first") -> Document:
    return await decline_document(who.caller, document.id, reason, practice.services)


async def test_staff_see_it_and_hear_of_it_and_nobody_is_reminded(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact)
    now = practice.services.clock.now()
    await Signature.all().update(remind_at=now + timedelta(days=3), reminders=1)

    declined = await decline(practice, omar, document, "  I want to ask first ")

    assert declined.signature_state is SignatureState.DECLINED
    assert (await Document.get(id=document.id)).signature_state is SignatureState.DECLINED
    place = await Signature.get(signer_id=omar.contact.id)
    assert (place.declined_at, place.decline_reason, place.signed_at) == (now, "I want to ask first", None)
    assert await Signature.filter(remind_at=None, reminders=0).count() == 2
    event = await AuditEvent.get(action="document.declined")
    assert (event.subject_id, event.reason, event.actor_id) == (
        document.id,
        "I want to ask first",
        omar.caller.account_id,
    )
    assert json.loads(event.details) == {"signature": str(place.id), "signer": str(omar.contact.id)}
    letters = await Letter.filter(document_id=document.id)
    assert [letter.kind for letter in letters] == [LetterKind.STAFF_DOCUMENT_DECLINED]


async def test_nobody_signs_what_was_declined(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact)
    await decline(practice, omar, document)

    async with nothing_changes():
        for who in (omar, rosa):
            with pytest.raises(DocumentClosed) as refused:
                await sign(practice, who, document)
            assert refused.value.reason == "DECLINED"
        with pytest.raises(DocumentClosed):
            await decline(practice, rosa, document)


async def test_twice_and_at_once_is_once(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    results = await asyncio.gather(*[decline(practice, omar, document, f"reason {n}") for n in range(8)])

    assert {result.signature_state for result in results} == {SignatureState.DECLINED}
    assert await AuditEvent.filter(action="document.declined").count() == 1
    assert await Letter.filter(document_id=document.id).count() == 1


async def test_signing_and_declining_at_once_leaves_one_of_the_two(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    await asyncio.gather(sign(practice, omar, document), decline(practice, omar, document), return_exceptions=True)

    place = await Signature.get(document_id=document.id)
    state = (await Document.get(id=document.id)).signature_state
    assert (place.signed_at is None) == (place.declined_at is not None) == (state is SignatureState.DECLINED)
    assert await AuditEvent.filter(action__in=["document.signed", "document.declined"]).count() == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "two\nlines"])
async def test_a_reason_of_one_line_is_needed(practice: Practice, omar: Person, reason: str) -> None:
    document = await paper(practice, omar.contact, omar.contact)

    async with nothing_changes():
        with pytest.raises(InvalidInput) as refused:
            await decline(practice, omar, document, reason)
    assert [problem.path for problem in refused.value.problems] == ["reason"]


async def test_only_whose_turn_it_is_declines(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa, stella = [await person(practice, mailbox, name) for name in ("Omar", "Rosa", "Stella")]
    await opened_to(practice, omar.contact, rosa.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact, in_sequence=True)
    to_read = await paper(practice, omar.contact)
    unshared = await paper(practice, omar.contact, omar.contact, sharing=DocumentSharing.NOT_SHARED)

    async with nothing_changes():
        with pytest.raises(NotYourTurn):
            await decline(practice, rosa, document)
        with pytest.raises(NotASigner):
            await decline(practice, omar, to_read)
        with pytest.raises(NotShared):
            await decline(practice, omar, unshared)
        with pytest.raises(NotFound):
            await decline(practice, stella, document)
    await sign(practice, omar, document)
    async with nothing_changes():
        with pytest.raises(AlreadySigned):
            await decline(practice, omar, document)


async def test_session_that_ended_declines_nothing(practice: Practice, omar: Person) -> None:
    document = await paper(practice, omar.contact, omar.contact)
    await end_session(omar.caller, practice.services)

    async with nothing_changes():
        with pytest.raises(SessionEnded):
            await decline(practice, omar, document)
