"""The MAC of a signature and its evidence: what it covers, and whether it is right.

It covers every fact that the certificate page and the sealing use: the evidence whole (by its hash), the document and
its bytes, who has to sign it and in which order, and the signature itself. It covers ids as they were before records
were merged.
"""

import json
from collections.abc import Sequence
from datetime import UTC

from clinic.documents.models import Document, EvidenceMac, EvidenceMacKind, Signature, SignatureEvidence
from clinic.values.ports import Secrets

# The two kinds have purposes of their own, so that the kind can't be changed afterwards.
_PURPOSES = {
    EvidenceMacKind.SIGNED: "signature evidence",
    EvidenceMacKind.VOUCHED: "signature evidence, vouched for later",
}


def evidence_mac(
    kind: EvidenceMacKind,
    document: Document,
    signatures: Sequence[Signature],
    signature: Signature,
    proof: SignatureEvidence,
    secrets: Secrets,
) -> EvidenceMac:
    """The MAC of one of the document's `signatures`, as a row that is not yet stored."""
    text = _facts(document, signatures, signature, proof)
    return EvidenceMac(
        organization_id=document.organization_id,
        signature_id=signature.id,
        kind=kind,
        mac=secrets.mac(_PURPOSES[kind], text),
    )


def evidence_is_proven(
    found: EvidenceMac | None,
    document: Document,
    signatures: Sequence[Signature],
    signature: Signature,
    proof: SignatureEvidence,
    secrets: Secrets,
) -> bool:
    """Whether the program wrote these rows. Whether the hash is that of the content is a question of its own."""
    if found is None:
        return False
    return secrets.is_mac(_PURPOSES[found.kind], _facts(document, signatures, signature, proof), found.mac)


def _facts(document: Document, signatures: Sequence[Signature], signature: Signature, proof: SignatureEvidence) -> str:
    signed_at = signature.signed_at and signature.signed_at.astimezone(UTC).isoformat(timespec="microseconds")
    in_order = sorted(signatures, key=lambda each: (each.position, each.id))
    content = {
        "organization": str(document.organization_id),
        "document": [str(document.id), document.sha256, document.page_count, document.language],
        "client": str(document.made_for_id),
        "in_sequence": document.in_sequence,
        "signers": [[each.position, str(each.id), str(each.first_signer_id)] for each in in_order],
        "signature": [str(signature.id), str(signature.first_signer_id), signed_at],
        "account": str(proof.account_id),
        "evidence": proof.hash,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
