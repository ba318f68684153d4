"""From the first page to the sealed file, with the real seal."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.evidence import attached
from clinic.documents.files import read_document
from clinic.documents.models import Completion, Document, SealLevel, SignatureEvidence
from clinic.values.callers import Permission
from clinic.values.ports import Services
from clinic.values.seal_report import Verdict
from tests.clinic.documents.signing import opened_to, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox)


class _Power(BaseException):
    """The power goes: nothing handles this."""


@dataclass
class _Dying:
    """The file store, after which the power goes."""

    services: Services

    async def put(self, key: str, content: bytes) -> None:
        await self.services.files.put(key, content)
        raise _Power

    async def get(self, key: str) -> bytes:
        return await self.services.files.get(key)

    async def exists(self, key: str) -> bool:
        return await self.services.files.exists(key)

    async def probe(self) -> None:
        await self.services.files.probe()


async def test_two_people_sign_and_anybody_can_check_the_one_file(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    await opened_to(practice, omar.contact, rosa.contact)
    desk = await practice.staff(Permission.WEB_PORTAL)
    new = NewDocument(
        omar.contact.id,
        "Consent to treatment",
        text="I agree to be treated.",
        signer_ids=(omar.contact.id, rosa.contact.id),
        in_sequence=True,
    )
    document = await create_document(desk, new, practice.services)
    await share_document(desk, document.id, None, practice.services)
    await sign(practice, omar, document)
    await sign(practice, rosa, document, typed_name="Rosa Reyes", language="es")

    # The first worker dies between storing the file and publishing it.
    with pytest.raises(_Power):
        await complete_due_documents(replace(practice.services, files=_Dying(practice.services)), worker_name="first")
    announced = (await Completion.get()).sealed_sha256
    clock.advance(LEASE + timedelta(seconds=1))
    assert await complete_due_documents(practice.services, worker_name="second") == 1

    done = await Document.get(id=document.id)
    completion = await Completion.get()
    assert (completion.failure, completion.level, done.completed_sha256) == ("", SealLevel.SEALED, announced)
    content = await read_document(practice.organization.id, done.completed_sha256, practice.services)
    report = await practice.services.sealer.verify(content)
    assert report.verdict is Verdict.AUTHENTIC
    evidence = attached(report.evidence)
    assert [(said.signer, said.relationship) for said in evidence] == [("Omar Reyes", ""), ("Rosa Reyes", "mother")]
    assert {said.document_sha256 for said in evidence} == {document.sha256}
    original, *added = await practice.services.reader.page_texts(content)
    certificate = " ".join(" ".join(added).split())
    assert "I agree to be treated." in original
    for words in ("Certificate of signatures", "Rosa Reyes", "mother of Omar Reyes", "Boise", "/verify"):
        assert words in certificate
    hashes = [proof.hash for proof in await SignatureEvidence.all()]
    assert all(digest[:16] in certificate for digest in [document.sha256, *hashes])
