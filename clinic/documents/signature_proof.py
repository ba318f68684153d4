"""Checks the signatures of a document against their evidence and the audit before the document is sealed."""

import json
from collections.abc import Sequence

from clinic.documents.evidence import evidence_hash, from_json
from clinic.documents.models import Document, Signature, SignatureEvidence
from clinic.work.models import AuditEvent


class NotProven(Exception):
    """The evidence of a signature does not match the signature, the document or the audit chain."""


async def proven_signatures(document: Document) -> list[str]:
    """The evidence of each signature, in the signers' order, after checking that it is unchanged and of this document.

    Raises `NotProven` if a signature was copied from another document or a row was edited. Three statements.
    """
    signatures = await Signature.filter(document_id=document.id).order_by("position")
    rows = await SignatureEvidence.filter(signature_id__in=[signature.id for signature in signatures])
    proofs = {proof.signature_id: proof for proof in rows}
    audited = await _audited(document)
    for signature in signatures:
        proof = proofs.get(signature.id)
        if proof is None or not _matches(proof, signature, document):
            raise NotProven("The evidence of a signature is not what was signed. Ask whoever runs the machine.")
        if (str(signature.id), proof.hash) not in audited:
            raise NotProven("The audit does not know the evidence of a signature. Ask whoever runs the machine.")
    return [proofs[signature.id].content for signature in signatures]


async def _audited(document: Document) -> set[tuple[str, str]]:
    """The id of each signature and the hash of its evidence, as the audit chain contains them."""
    events: Sequence[AuditEvent] = await AuditEvent.filter(
        organization_id=document.organization_id, subject_id=document.id, action="document.signed"
    )
    return {(stated["signature"], stated["evidence"]) for stated in (json.loads(event.details) for event in events)}


def _matches(proof: SignatureEvidence, signature: Signature, document: Document) -> bool:
    if signature.signed_at is None or evidence_hash(proof.content) != proof.hash:
        return False
    try:
        stated = from_json(proof.content)
    except ValueError:
        return False
    return (
        stated.organization_id,
        stated.document_id,
        stated.document_sha256,
        stated.signer_id,
        stated.account_id,
    ) == (
        str(document.organization_id),
        str(document.id),
        document.sha256,
        str(signature.signer_id),
        str(proof.account_id),
    )
