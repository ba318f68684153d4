"""Vouches once for the audit events and signatures that are older than MACs.

The step verifies each chain as far as that is possible without MACs, and states with a MAC that it was unbroken then.
It can't tell whether somebody had forged rows before that moment. A mark in the file store says that the step is done.
So whoever can change the database only, even every row of it, can't make the program vouch for anything later.
docs/decisions/0024-what-the-database-cannot-make.md
"""

import json
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import F

from clinic.documents.evidence_mac import evidence_mac
from clinic.documents.models import Document, EvidenceMac, EvidenceMacKind, Signature, SignatureEvidence
from clinic.organizations.models import Organization
from clinic.upkeep.audit_faults import ChainFault
from clinic.upkeep.audit_verification import audited_organizations, verify_links
from clinic.values.callers import SystemCaller
from clinic.values.ports import Secrets, Services
from clinic.work.audit_chain import head_mac, voucher_mac
from clinic.work.models import AuditEvent, AuditHead, AuditVoucher
from clinic.work.unit_of_work import unit_of_work

DONE_KEY = "audit-vouched/done.json"
# How many signatures are in memory at the same time.
PAGE = 500
_CALLER = "vestibule migrate"


@dataclass(frozen=True)
class Vouched:
    """The outcome for one organization: up to which event, for how many signatures; or the first broken row."""

    slug: str
    events: int
    signatures: int
    broken: ChainFault | None = None


async def vouch_for_older_rows(services: Services) -> list[Vouched]:
    """Do the step for each organization that has events without a MAC, if it was never done on this installation.

    Each organization is one transaction, so the step may be interrupted and run again. An organization whose chain is
    broken gets no voucher, and never will unless an operator removes the mark. Raises `FileStoreUnavailable`.
    """
    if await services.files.exists(DONE_KEY):
        return []
    done = []
    for organization in await audited_organizations():
        outcome = await _vouch_for(organization, services)
        if outcome is not None:
            done.append(outcome)
    mark = {"done_at": services.clock.now().isoformat(), "organizations": [one.slug for one in done]}
    await services.files.put(DONE_KEY, json.dumps(mark).encode())
    return done


async def _vouch_for(organization: Organization, services: Services) -> Vouched | None:
    """None if nothing is older than MACs, or the organization has its voucher already."""
    if not await AuditEvent.exists(organization_id=organization.id, mac=""):
        return None
    if await AuditVoucher.exists(organization_id=organization.id):
        return None
    async with unit_of_work(SystemCaller(organization.id, _CALLER), services) as work:
        head = AuditHead.filter(organization_id=organization.id)
        # This locks the chain, as it does for each action.
        await head.update(sequence=F("sequence"))
        report = await verify_links(organization.id)
        if report.broken:
            return Vouched(organization.slug, report.events, report.signatures, report.broken)
        end = report.head
        voucher = AuditVoucher(
            organization_id=organization.id, sequence=end.sequence, hash=end.hash, vouched_at=work.now, mac=""
        )
        voucher.mac = voucher_mac(voucher, services.secrets)
        await voucher.save(force_create=True)
        await head.update(mac=head_mac(organization.id, end.sequence, end.hash, services.secrets))
        signatures = await _vouch_for_signatures(organization.id, services.secrets)
        work.audit("audit.vouched", organization, events=end.sequence, signatures=signatures, hash=end.hash)
    return Vouched(organization.slug, end.sequence, signatures)


async def _vouch_for_signatures(organization_id: UUID, secrets: Secrets) -> int:
    """Give each evidence without a MAC one. The chain of their events was verified before. Returns how many."""
    after, number = UUID(int=0), 0
    while (
        proofs := await SignatureEvidence.filter(organization_id=organization_id, id__gt=after)
        .order_by("id")
        .limit(PAGE)
    ):
        after = proofs[-1].id
        signatures = await Signature.in_bulk([proof.signature_id for proof in proofs], "id")
        document_ids = {each.document_id for each in signatures.values()}
        documents = await Document.in_bulk(document_ids, "id")
        of_document: dict[UUID, list[Signature]] = {each: [] for each in document_ids}
        for each in await Signature.filter(document_id__in=document_ids):
            of_document[each.document_id].append(each)
        there = {mac.signature_id for mac in await EvidenceMac.filter(signature_id__in=list(signatures))}
        made = []
        for proof in proofs:
            if proof.signature_id not in there:
                signature = signatures[proof.signature_id]
                document, among = documents[signature.document_id], of_document[signature.document_id]
                made.append(evidence_mac(EvidenceMacKind.VOUCHED, document, among, signature, proof, secrets))
        await EvidenceMac.bulk_create(made)
        number += len(made)
    return number
