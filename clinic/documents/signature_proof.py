"""Checks the signatures of a document against their evidence, its MAC and the audit before the document is sealed."""

import json
from collections.abc import Sequence

from clinic.documents.evidence import evidence_hash, from_json
from clinic.documents.evidence_mac import evidence_is_proven
from clinic.documents.models import Document, EvidenceMac, Signature, SignatureEvidence
from clinic.documents.seal_problems import SealProblem
from clinic.values.ports import Secrets
from clinic.work.audit_chain import event_hash, event_is_proven, vouched_until
from clinic.work.models import AuditEvent


class NotProven(Exception):
    """The evidence of a signature is not the program's, or does not match the signature, the document or the audit."""

    def __init__(self, problem: SealProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


async def proven_signatures(document: Document, secrets: Secrets) -> list[str]:
    """The evidence of each signature, in the signers' order, after checking that it is unchanged and of this document.

    Raises `NotProven` if a signature was copied from another document, or if anything but the program wrote or edited
    a row. Five statements.
    """
    signatures = await Signature.filter(document_id=document.id).order_by("position")
    ids = [signature.id for signature in signatures]
    proofs = {proof.signature_id: proof for proof in await SignatureEvidence.filter(signature_id__in=ids)}
    macs = {mac.signature_id: mac for mac in await EvidenceMac.filter(signature_id__in=ids)}
    audited = await _audited(document, secrets)
    for signature in signatures:
        proof = proofs.get(signature.id)
        if proof is None or not _matches(proof, signature, document):
            raise NotProven(SealProblem.EVIDENCE_CHANGED)
        if not evidence_is_proven(macs.get(signature.id), document, signatures, signature, proof, secrets):
            raise NotProven(SealProblem.EVIDENCE_NOT_OURS)
        if (str(signature.id), proof.hash) not in audited:
            raise NotProven(SealProblem.EVIDENCE_NOT_AUDITED)
    return [proofs[signature.id].content for signature in signatures]


async def _audited(document: Document, secrets: Secrets) -> set[tuple[str, str]]:
    """The id of each signature and the hash of its evidence, as proven events of the audit chain contain them."""
    events: Sequence[AuditEvent] = await AuditEvent.filter(
        organization_id=document.organization_id, subject_id=document.id, action="document.signed"
    )
    vouched = await vouched_until(document.organization_id, secrets)
    proven = [
        json.loads(event.details)
        for event in events
        if event.hash == event_hash(event) and (event_is_proven(event, secrets) or event.sequence <= vouched)
    ]
    return {(stated["signature"], stated["evidence"]) for stated in proven}


def _matches(proof: SignatureEvidence, signature: Signature, document: Document) -> bool:
    if signature.signed_at is None or evidence_hash(proof.content) != proof.hash:
        return False
    try:
        stated = from_json(proof.content)
    except ValueError:
        return False
    return stated.signer_id in signature.signer_ids and (
        stated.organization_id,
        stated.document_id,
        stated.document_sha256,
        stated.account_id,
    ) == (
        str(document.organization_id),
        str(document.id),
        document.sha256,
        str(proof.account_id),
    )
