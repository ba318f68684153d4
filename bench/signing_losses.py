"""What is there after the kills, held against the acknowledged signatures: none lost, none half done, none twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.leftovers import Leftovers
from clinic.database.rows import as_uuid, fetch
from clinic.documents.files import read_document
from clinic.documents.models import Document, SignatureState
from clinic.documents.signature_proof import NotProven, proven_signatures
from clinic.values.ports import FileMissing, Services
from clinic.values.seal_report import Verdict


@dataclass
class Count(Leftovers):
    """The numbers of one run."""

    signed: int = 0
    completed: int = 0
    authentic: int = 0


# Each finds rows that no committed action can have left behind.
_HALF_STATES = {
    "signatures without evidence": "SELECT s.id FROM signature s WHERE s.signed_at IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM signature_evidence e WHERE e.signature_id = s.id)",
    "evidence without a signature": "SELECT e.id FROM signature_evidence e JOIN signature s ON s.id = e.signature_id "
    "WHERE s.signed_at IS NULL",
    "signatures that the audit holds not once": "SELECT s.id FROM signature s WHERE s.signed_at IS NOT NULL AND "
    "(SELECT count(*) FROM audit_event v WHERE v.subject_id = s.document_id AND v.action = 'document.signed') <> 1",
    "signatures that staff were told of not once": "SELECT s.id FROM signature s WHERE s.signed_at IS NOT NULL AND "
    "(SELECT count(*) FROM letter t WHERE t.document_id = s.document_id AND t.kind = 'staff_document_signed') <> 1",
    "signed documents that nobody is to seal": "SELECT s.id FROM signature s WHERE s.signed_at IS NOT NULL AND "
    "NOT EXISTS (SELECT 1 FROM completion c WHERE c.document_id = s.document_id)",
    "seals of what was not signed": "SELECT c.id FROM completion c WHERE EXISTS "
    "(SELECT 1 FROM signature s WHERE s.document_id = c.document_id AND s.signed_at IS NULL)",
    "documents completed without their completion": "SELECT d.id FROM document d WHERE d.completed_at IS NOT NULL AND "
    "NOT EXISTS (SELECT 1 FROM completion c WHERE c.document_id = d.id AND c.sealed_at IS NOT NULL "
    "AND c.sealed_sha256 = d.completed_sha256)",
    "completions whose document does not show it": "SELECT c.id FROM completion c JOIN document d "
    "ON d.id = c.document_id WHERE c.sealed_at IS NOT NULL AND d.signature_state <> 'COMPLETED'",
    "documents that were not completed once": "SELECT d.id FROM document d WHERE d.completed_at IS NOT NULL AND "
    "(SELECT count(*) FROM audit_event v WHERE v.subject_id = d.id AND v.action = 'document.completed') <> 1",
    "signers who were not told once of the sealed file": "SELECT d.id FROM document d WHERE d.completed_at IS NOT NULL "
    "AND (SELECT count(*) FROM letter t WHERE t.document_id = d.id AND t.kind = 'document_completed') <> 1",
}


async def count_losses(
    organization_id: UUID, acknowledged: Iterable[UUID], services: Services, store: Path | None = None
) -> Count:
    """Look at the open database once everything has come to rest.

    `acknowledged` are the documents whose only signer was told that they have signed; `store` is the folder that holds
    the organization's files.
    """
    count, promised = Count(), set(acknowledged)
    signed = {as_uuid(row[0]) for row in await fetch("SELECT document_id FROM signature WHERE signed_at IS NOT NULL")}
    documents = await Document.filter(organization_id=organization_id)
    done = [document for document in documents if document.signature_state is SignatureState.COMPLETED]
    count.acknowledged, count.signed, count.completed = len(promised), len(signed), len(done)
    if promised - signed:
        count.broken.append(f"{len(promised - signed)} acknowledged signatures are not there")
    if lost := signed - {document.id for document in done}:
        count.broken.append(f"{len(lost)} signed documents are not completed")
    await count.look_for(_HALF_STATES)
    await _look_at_files(count, done, services)
    if store is not None:
        named = {document.sha256 for document in documents} | {document.completed_sha256 for document in done}
        if unnamed := _files_in(store) - named:
            count.broken.append(f"{len(unnamed)} files that no document names")
    await count.walk_the_chain(organization_id, services.secrets)
    return count


async def _look_at_files(count: Count, done: Iterable[Document], services: Services) -> None:
    for document in done:
        try:
            content = await read_document(document.organization_id, document.completed_sha256, services)
        except FileMissing:
            count.broken.append("a completed document has no file")
            continue
        report = await services.sealer.verify(content)
        if report.verdict is not Verdict.AUTHENTIC:
            count.broken.append(f"the file of a completed document is {report.verdict.value.lower()}")
            continue
        count.authentic += 1
        try:
            await proven_signatures(document, services.secrets)
        except NotProven as problem:
            count.broken.append(str(problem))


def _files_in(store: Path) -> set[str]:
    """By name, without what a crash left of an unfinished put."""
    return {path.name for path in store.iterdir() if path.is_file() and "#" not in path.name}
