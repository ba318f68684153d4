"""From the first page to the sealed file, with the real seal."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pypdfium2
import pytest

from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.evidence import attached
from clinic.documents.files import read_document
from clinic.documents.models import Completion, Document, SealLevel, SignatureEvidence, SignatureState
from clinic.values.callers import Permission
from clinic.values.metrics import SealResult
from clinic.values.ports import Sealed, Sealer, SealKey, Services
from clinic.values.seal_report import SealReport, Verdict
from clinic.values.written_document import Paragraph, WrittenDocument
from tests.clinic.documents.signing import opened_to, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.metrics import Counted


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

    async def delete(self, key: str) -> None:
        await self.services.files.delete(key)

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
    told = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert (told["Title"], told["CreationDate"]) == ("Consent to treatment", "D:20260302")
    hashes = [proof.hash for proof in await SignatureEvidence.all()]
    assert all(digest[:16] in certificate for digest in [document.sha256, *hashes])


@dataclass
class _Altering:
    """The real sealer, given another dose than the one that people signed."""

    real: Sealer
    other: bytes

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        return await self.real.seal(self.other, certificate, evidence)

    async def timestamp(self, content: bytes) -> bytes:
        return await self.real.timestamp(content)

    async def verify(self, content: bytes) -> SealReport:
        return await self.real.verify(content)

    async def probe(self) -> SealKey:
        return await self.real.probe()


async def test_sealed_file_that_shows_something_else_is_never_published(
    practice: Practice, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    omar = await person(practice, mailbox)
    desk = await practice.staff(Permission.WEB_PORTAL)
    new = NewDocument(omar.contact.id, "Dose", text="Take 100 mg daily.", signer_ids=(omar.contact.id,))
    document = await create_document(desk, new, practice.services)
    await share_document(desk, document.id, None, practice.services)
    await sign(practice, omar, document)
    letters = len(mailbox.letters)

    other = await practice.services.pdf.written_document(
        WrittenDocument(
            practice.organization.name,
            "Dose",
            "en",
            (Paragraph("Take 10 mg daily."),),
            paper=practice.organization.paper_size,
        )
    )
    counted = Counted()
    altering = replace(practice.services, sealer=_Altering(practice.services.sealer, other), metrics=counted)
    assert await complete_due_documents(altering, worker_name="worker") == 1

    completion, unchanged = await Completion.get(), await Document.get(id=document.id)
    assert (completion.sealed_at, completion.sealed_sha256, unchanged.completed_sha256) == (None, "", "")
    assert unchanged.signature_state is SignatureState.WAITING
    assert completion.failure == "SEALED_DIFFERS: 1"
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "sealed file differs from what was signed"
    ]
    assert len(mailbox.letters) == letters
    assert counted.seals == {SealResult.DIFFERED: 1}
