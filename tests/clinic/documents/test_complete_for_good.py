"""The whole way with nothing stood in for: signed, completed, sealed for good, and authentic to whoever checks."""

import json
from dataclasses import replace

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.evidence import attached
from clinic.documents.files import read_document
from clinic.documents.models import Completion, Document, SealLevel, SignatureState
from clinic.values.seal_report import Verdict
from tests.clinic.documents.signing import Person, paper, sign
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.keys import made_sealer


async def test_completed_document_is_authentic_and_its_evidence_is_what_was_signed(
    practice: Practice, omar: Person, clock: FixedClock
) -> None:
    services = replace(practice.services, sealer=made_sealer(clock))
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))

    assert await complete_due_documents(services, worker_name="worker-1") == 1

    done = await Document.get(id=document.id)
    assert (done.signature_state, (await Completion.get()).level) == (SignatureState.COMPLETED, SealLevel.SEALED)
    content = await read_document(practice.organization.id, done.completed_sha256, services)
    report = await services.sealer.verify(content)
    [said] = attached(report.evidence)
    assert (report.verdict, report.sealed_at) == (Verdict.AUTHENTIC, clock.now())
    assert (said.document_sha256, said.signer, said.page_count) == (done.sha256, "Omar Reyes", done.page_count)
    assert json.loads(report.evidence)["format"] == 1
