"""Compares the evidence of each signature with the audit chain, the signature, the document and its MAC."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from clinic.database.rows import as_uuid, fetch
from clinic.documents.evidence import evidence_hash, from_json
from clinic.documents.evidence_mac import evidence_is_proven
from clinic.documents.models import Document, EvidenceMac, Signature, SignatureEvidence
from clinic.upkeep.audit_faults import ChainFault, Fault
from clinic.values.ports import Secrets
from clinic.work.audit_chain import event_is_proven
from clinic.work.models import AuditEvent

SIGNED = "document.signed"
ERASED = "document.erased"


async def checked_signings(
    signings: Sequence[AuditEvent], secrets: Secrets | None
) -> list[tuple[AuditEvent, ChainFault | None]]:
    """Each event of a signature with the fault of its evidence, in order. Four statements or none, five if one is gone.

    Signatures on documents that were erased later are left out: the event that tells of it is proven, and
    `erasure_verification` checks whether it was due. Without `secrets` the MACs are not checked.
    """
    if not signings:
        return []
    said = {event.id: _signing_details(event) for event in signings}
    named = [signature_id for signature_id, _, _ in said.values() if signature_id]
    proofs = {proof.signature_id: proof for proof in await SignatureEvidence.filter(signature_id__in=named)}
    macs = {mac.signature_id: mac for mac in await EvidenceMac.filter(signature_id__in=named)}
    of_document: dict[UUID, list[Signature]] = defaultdict(list)
    for each in await Signature.filter(Q(document_id__in={event.subject_id for event in signings}) | Q(id__in=named)):
        of_document[each.document_id].append(each)
    signatures = {each.id: each for found in of_document.values() for each in found}
    documents = await Document.in_bulk({event.subject_id for event in signings}, "id")
    gone = [event for event in signings if said[event.id][0] not in proofs]
    erased = await _erased_at(gone, secrets)
    checked: list[tuple[AuditEvent, ChainFault | None]] = []
    for event in signings:
        if event in gone and erased.get(event.subject_id, 0) > event.sequence:
            continue
        signature_id, hash_, sha256 = said[event.id]
        proof = proofs.get(signature_id) if signature_id else None
        signature = signatures.get(signature_id) if signature_id else None
        document = documents.get(event.subject_id)
        if proof is None:
            checked.append((event, ChainFault(Fault.EVIDENCE_MISSING, event.sequence, signature_id)))
        elif proof.hash != hash_ or not _evidence_matches(proof, event, sha256):
            checked.append((event, ChainFault(Fault.EVIDENCE_CHANGED, event.sequence, proof.id)))
        elif signature is None or document is None or not _signature_matches(signature, document, proof, event, sha256):
            checked.append((event, ChainFault(Fault.SIGNATURE_CHANGED, event.sequence, signature_id)))
        elif secrets and not evidence_is_proven(
            macs.get(signature.id), document, of_document[document.id], signature, proof, secrets
        ):
            checked.append((event, ChainFault(Fault.EVIDENCE_UNPROVEN, event.sequence, signature_id)))
        else:
            checked.append((event, None))
    return checked


async def _erased_at(signings: Sequence[AuditEvent], secrets: Secrets | None) -> dict[UUID, int]:
    """The number of the event that tells of each document's erasure, where the program wrote one."""
    if not signings:
        return {}
    told = AuditEvent.filter(
        organization_id=signings[0].organization_id,
        subject_id__in=list({event.subject_id for event in signings}),
        action=ERASED,
    )
    return {event.subject_id: event.sequence for event in await told if not secrets or event_is_proven(event, secrets)}


def details_of(event: AuditEvent) -> dict[str, str]:
    """The event's details; empty if they are none of ours."""
    try:
        details = json.loads(event.details)
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _signing_details(event: AuditEvent) -> tuple[UUID | None, str, str]:
    """The event's details: the signature's id, the hash of its evidence, and the digest of the signed document."""
    try:
        details = json.loads(event.details)
        return UUID(details["signature"]), details["evidence"], details["sha256"]
    except (ValueError, KeyError, TypeError):
        return None, "", ""


def _evidence_matches(proof: SignatureEvidence, event: AuditEvent, sha256: str) -> bool:
    """Whether the evidence is unchanged and describes the same signing as the event."""
    if evidence_hash(proof.content) != proof.hash:
        return False
    try:
        said = from_json(proof.content)
        signed_at = datetime.fromisoformat(said.signed_at)
    except ValueError:
        return False
    account = str(event.actor_id)
    return (said.organization_id, said.document_id, said.document_sha256, said.account_id, signed_at) == (
        str(event.organization_id),
        str(event.subject_id),
        sha256,
        account,
        event.at,
    ) and (proof.organization_id, str(proof.account_id)) == (event.organization_id, account)


def _signature_matches(
    signature: Signature, document: Document, proof: SignatureEvidence, event: AuditEvent, sha256: str
) -> bool:
    """Whether the evidence proves this signature on this document."""
    return from_json(proof.content).signer_id in signature.signer_ids and (
        signature.organization_id,
        signature.document_id,
        signature.signed_at,
        document.organization_id,
        document.sha256,
    ) == (
        event.organization_id,
        event.subject_id,
        event.at,
        event.organization_id,
        sha256,
    )


# Evidence and event are committed together, so one statement sees both or neither.
_EVIDENCE_UNKNOWN = """
SELECT e.id FROM signature_evidence e LEFT JOIN signature s ON s.id = e.signature_id
WHERE e.organization_id = $1 AND NOT EXISTS (
  SELECT 1 FROM audit_event a
  WHERE a.organization_id = $1 AND a.subject_id = s.document_id AND a.action = $2
    AND a.details LIKE '%"evidence": "' || e.hash || '"%'
    AND a.details LIKE '%"signature": "' || CAST(e.signature_id AS TEXT) || '"%')
ORDER BY e.id LIMIT 1
"""
_SIGNATURE_UNPROVEN = """
SELECT s.id FROM signature s
WHERE s.organization_id = $1 AND s.signed_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM signature_evidence e WHERE e.signature_id = s.id)
ORDER BY s.id LIMIT 1
"""
_COMPLETION_UNKNOWN = """
SELECT d.id FROM document d
WHERE d.organization_id = $1 AND d.completed_sha256 <> '' AND NOT EXISTS (
  SELECT 1 FROM audit_event a
  WHERE a.organization_id = $1 AND a.subject_id = d.id AND a.action IN ('document.completed', 'document.timestamped')
    AND a.details LIKE '%"sha256": "' || d.completed_sha256 || '"%')
ORDER BY d.id LIMIT 1
"""
# Moved documents and signatures: the chain must hold the merge of the record that they came from.
_MOVED_UNRECORDED = """
SELECT m.id FROM (
  SELECT id, organization_id, moved_from_id FROM document UNION ALL
  SELECT id, organization_id, moved_from_id FROM signature
) m WHERE m.organization_id = $1 AND m.moved_from_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM audit_event a
  WHERE a.organization_id = $1 AND a.subject_id = m.moved_from_id AND a.action = 'contact.merged_into')
ORDER BY m.id LIMIT 1
"""


async def unrecorded(organization_id: UUID) -> ChainFault | None:
    """The first evidence or sealed file without an event, or signature without evidence.

    Only direct database writes cause them.
    """
    if rows := await fetch(_EVIDENCE_UNKNOWN, organization_id, SIGNED):
        return ChainFault(Fault.EVIDENCE_UNKNOWN, None, as_uuid(rows[0]["id"]))
    if rows := await fetch(_SIGNATURE_UNPROVEN, organization_id):
        return ChainFault(Fault.SIGNATURE_UNPROVEN, None, as_uuid(rows[0]["id"]))
    if rows := await fetch(_MOVED_UNRECORDED, organization_id):
        return ChainFault(Fault.SIGNATURE_CHANGED, None, as_uuid(rows[0]["id"]))
    if rows := await fetch(_COMPLETION_UNKNOWN, organization_id):
        return ChainFault(Fault.COMPLETION_UNKNOWN, None, as_uuid(rows[0]["id"]))
    return None
