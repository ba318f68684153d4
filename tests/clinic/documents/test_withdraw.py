"""Taking a document back: possible until somebody has signed, for good, and told to whoever saw it."""

import asyncio
from uuid import uuid4

import pytest

from clinic.documents.access import document_of_patient
from clinic.documents.actions.read import Reading, record_reading, was_withdrawn
from clinic.documents.actions.share import share_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.errors import DocumentClosed
from clinic.documents.models import Document, Signature, SignatureState
from clinic.values.callers import Permission
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about, now_completed, now_signed
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.overtaking import overtaken


async def test_withdrawn_document_is_nobodys_to_read_or_sign(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    document = await document_about(family, signers=[family.leo])
    await share_document(family.desk, document.id, None, services)

    answer = await withdraw_document(family.desk, document.id, " Wrong client ", services)

    stored = await Document.get(id=document.id)
    assert (stored.withdrawn_at, stored.withdraw_reason) == (clock.now(), "Wrong client")
    assert (answer.withdrawn_at, answer.withdraw_reason) == (clock.now(), "Wrong client")
    for caller in (family.mia_signed_in, family.leo_signed_in):
        assert await document_of_patient(caller, document.id, clock.now()) is None
    assert (await Signature.get(document_id=document.id)).remind_at is None
    event = await AuditEvent.get(action="document.withdrawn")
    assert (event.subject_id, event.reason) == (document.id, "Wrong client")


async def test_whoever_read_it_or_was_to_sign_it_is_told_and_nobody_else(family: Family, clock: FixedClock) -> None:
    services = family.practice.services
    document = await document_about(family, signers=[family.leo])
    await share_document(family.desk, document.id, None, services)

    async def told() -> list[bool]:
        people = (family.mia_signed_in, family.leo_signed_in, family.hugo_signed_in)
        return [await was_withdrawn(person, document.id, clock.now()) for person in people]

    assert await told() == [False, False, False]
    await withdraw_document(family.desk, document.id, "", services)
    assert await told() == [False, True, False]
    another = await document_about(family, title="Read")
    await share_document(family.desk, another.id, None, services)
    await record_reading(family.mia_signed_in, another.id, Reading.VIEWED, services)
    await withdraw_document(family.desk, another.id, "", services)
    document = another
    assert await told() == [True, False, False]


async def test_withdrawing_again_or_five_times_at_once_is_once(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await asyncio.gather(*(withdraw_document(family.desk, document.id, "A mistake", services) for _ in range(5)))
    async with nothing_changes():
        again = await withdraw_document(family.desk, document.id, "Another reason", services)
    assert again.withdraw_reason == "A mistake"
    assert await AuditEvent.filter(action="document.withdrawn").count() == 1


async def test_declined_document_may_be_taken_back(family: Family) -> None:
    document = await document_about(family, signers=[family.leo])
    await Document.filter(id=document.id).update(signature_state=SignatureState.DECLINED)
    answer = await withdraw_document(family.desk, document.id, "A mistake", family.practice.services)
    assert answer.withdrawn_at is not None


@pytest.mark.parametrize(
    ("state", "reason"), [("signed", "SIGNED"), ("completed", "COMPLETED"), ("replaced", "SUPERSEDED")]
)
async def test_what_somebody_signed_is_never_taken_back(family: Family, state: str, reason: str) -> None:
    document = await document_about(family, signers=[family.leo, family.mia])
    if state == "replaced":
        await document_about(family, title="Corrected", supersedes=document)
    else:
        await now_signed(document, family.leo)
    if state == "completed":
        await now_completed(document)
    async with nothing_changes():
        with pytest.raises(DocumentClosed) as refusal:
            await withdraw_document(family.desk, document.id, "A mistake", family.practice.services)
    assert refusal.value.reason == reason


async def test_signature_given_meanwhile_is_not_lost(family: Family) -> None:
    document = await document_about(family, signers=[family.leo, family.mia])

    async def sign() -> None:
        await Document.filter(id=document.id).select_for_update().get()
        await now_signed(document, family.leo)

    with pytest.raises(DocumentClosed) as refusal:
        await overtaken(sign, withdraw_document(family.desk, document.id, "A mistake", family.practice.services))
    assert refusal.value.reason == "SIGNED"
    assert (await Document.get(id=document.id)).withdrawn_at is None


@pytest.mark.parametrize("reason", ["x" * 301, "two\nlines", "\x00"])
async def test_reason_that_is_no_line_is_refused(family: Family, reason: str) -> None:
    document = await document_about(family)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await withdraw_document(family.desk, document.id, reason, family.practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["reason"]


async def test_without_web_portal_or_abroad_nothing_is_taken_back(family: Family, other_practice: Practice) -> None:
    document, services = await document_about(family), family.practice.services
    clerk = await family.practice.staff(*(set(Permission) - {Permission.WEB_PORTAL}))
    abroad = await other_practice.staff(Permission.WEB_PORTAL)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await withdraw_document(clerk, document.id, "", services)
        for caller, document_id in ((abroad, document.id), (family.desk, uuid4()), (family.desk, None)):
            with pytest.raises(NotFound):
                await withdraw_document(caller, document_id, "A mistake", services)
