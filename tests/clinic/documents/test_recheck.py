"""Documents of earlier releases are compared with what people were shown."""

import pytest

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.actions.upload import UPLOAD_LIFETIME
from clinic.documents.files import store_document
from clinic.documents.models import Document, Upload
from clinic.documents.recheck import Finding, Rechecked, recheck_documents
from clinic.values.callers import Permission
from clinic.values.ports import Services
from tests.adapters.one_reading.forms import text_fields
from tests.adapters.one_reading.others import dose
from tests.clinic.documents.signing import person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox)


async def _document(practice: Practice, mailbox: Mailbox, *, sealed: bool) -> Document:
    desk, omar = await practice.staff(Permission.WEB_PORTAL), await person(practice, mailbox)
    new = NewDocument(omar.contact.id, "Dose", text="Take 100 mg daily.", signer_ids=(omar.contact.id,))
    document = await create_document(desk, new, practice.services)
    await share_document(desk, document.id, None, practice.services)
    if sealed:
        await sign(practice, omar, document)
        await complete_due_documents(practice.services, worker_name="worker")
    return await Document.get(id=document.id)


async def _found(practice: Practice) -> list[Rechecked]:
    return [one async for one in recheck_documents(practice.organization.id, practice.services)]


async def test_documents_of_one_reading_have_no_finding(practice: Practice, mailbox: Mailbox) -> None:
    document = await _document(practice, mailbox, sealed=True)
    assert await _found(practice) == [Rechecked(document.id, True, ())]


async def test_sealed_file_that_differs_is_listed(practice: Practice, mailbox: Mailbox) -> None:
    document = await _document(practice, mailbox, sealed=True)
    sha256 = await store_document(practice.organization.id, dose("Take 10 mg daily."), practice.services)
    await Document.filter(id=document.id).update(completed_sha256=sha256)
    assert await _found(practice) == [Rechecked(document.id, True, (Finding.SEALED_DIFFERS,), (1,))]


async def test_form_that_waits_for_signatures_is_listed(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    desk, omar = await practice.staff(Permission.WEB_PORTAL), await person(practice, mailbox)
    form = next(sample.content for sample in text_fields() if sample.refused is None)
    # As an earlier release stored it.
    upload = await Upload.create(
        organization_id=practice.organization.id,
        sha256=await store_document(practice.organization.id, form, practice.services),
        byte_count=len(form),
        page_count=1,
        uploaded_by_id=desk.staff_member_id,
        created_at=clock.now(),
        expires_at=clock.now() + UPLOAD_LIFETIME,
    )
    new = NewDocument(omar.contact.id, "Dose", upload_id=upload.id, signer_ids=(omar.contact.id,))
    document = await create_document(desk, new, practice.services)
    assert await _found(practice) == [Rechecked(document.id, False, (Finding.NOT_STATIC,))]


async def test_lost_file_is_listed(practice: Practice, mailbox: Mailbox) -> None:
    document = await _document(practice, mailbox, sealed=True)
    await Document.filter(id=document.id).update(completed_sha256="0" * 64)
    assert await _found(practice) == [Rechecked(document.id, True, (Finding.FILE_MISSING,))]


async def test_another_practice_is_left_out(practice: Practice, other_practice: Practice, mailbox: Mailbox) -> None:
    await _document(practice, mailbox, sealed=False)
    assert await _found(other_practice) == []
