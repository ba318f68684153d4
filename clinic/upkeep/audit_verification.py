"""Verifies an organization's audit chain, and compares the evidence of each signature with the chain (product §5).

It finds each event that was edited, removed, added or reordered, and each signature or evidence that was changed,
removed, moved to another document or made without an event. To find a chain that was truncated or completely
rewritten, it needs a head that was exported earlier (`Head`).
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from clinic.database.rows import as_uuid, fetch
from clinic.documents.evidence import evidence_hash, from_json
from clinic.documents.models import Document, Signature, SignatureEvidence
from clinic.organizations.models import Organization
from clinic.work.audit_chain import GENESIS, event_hash
from clinic.work.models import AuditEvent, AuditHead

SIGNED = "document.signed"
# How many events are in memory at the same time.
PAGE = 1000


@dataclass(frozen=True)
class Head:
    """The end of a chain at some time: the last event's number and hash, or 0 and `GENESIS` for an empty chain."""

    organization_id: UUID
    sequence: int
    hash: str


class Fault(StrEnum):
    """What is wrong with a row."""

    EVENT_MISSING = "EVENT_MISSING"
    EVENT_OUT_OF_LINE = "EVENT_OUT_OF_LINE"
    EVENT_CHANGED = "EVENT_CHANGED"
    END_DIFFERS = "END_DIFFERS"
    EXPORTED_HEAD_DIFFERS = "EXPORTED_HEAD_DIFFERS"
    EVIDENCE_MISSING = "EVIDENCE_MISSING"
    EVIDENCE_CHANGED = "EVIDENCE_CHANGED"
    EVIDENCE_UNKNOWN = "EVIDENCE_UNKNOWN"
    SIGNATURE_CHANGED = "SIGNATURE_CHANGED"
    SIGNATURE_UNPROVEN = "SIGNATURE_UNPROVEN"


@dataclass(frozen=True)
class ChainFault:
    """The first wrong row. `sequence` is the number of its event, or None if no event names the row."""

    fault: Fault
    sequence: int | None
    row_id: UUID | None = None


@dataclass(frozen=True)
class ChainReport:
    """How many events and signatures are correct, up to `head`. `broken` is None if all are correct."""

    head: Head
    signatures: int
    broken: ChainFault | None

    @property
    def events(self) -> int:
        return self.head.sequence

    @property
    def broken_at(self) -> int | None:
        """The number of the first wrong event."""
        return self.broken.sequence if self.broken else None


async def chain_heads(organization_ids: Collection[UUID]) -> list[Head]:
    """The current ends of these organizations' chains. Store them where nobody with database access can change them."""
    ends = {end.organization_id: end for end in await AuditHead.filter(organization_id__in=list(organization_ids))}
    return [
        Head(one, ends[one].sequence, ends[one].hash) if one in ends else Head(one, 0, GENESIS)
        for one in organization_ids
    ]


# One statement, so that the head and the events are read at the same time while others append.
_END = """
SELECT h.sequence, h.hash,
  (SELECT max(e.sequence) FROM audit_event e WHERE e.organization_id = $1) AS last,
  (SELECT count(*) FROM audit_event e WHERE e.organization_id = $1) AS number
FROM (SELECT 1) one LEFT JOIN audit_head h ON h.organization_id = $1
"""


async def verify_chain(
    organization_id: UUID, exported: Collection[Head] = (), *, on_page: Callable[[int], None] = lambda _: None
) -> ChainReport:
    """Verify one organization's chain from its beginning to the end that it had at the start of the verification.

    `exported` are earlier heads of this organization. `on_page` is called after each page with the number of correct
    events so far.
    """
    [end] = await fetch(_END, organization_id)
    head_sequence, head_hash = end["sequence"] or 0, end["hash"] or GENESIS
    walk = _Walk(organization_id, exported)
    more = True
    while more:
        more = await walk.next_page(end["last"] or 0)
        on_page(walk.sequence)
        if walk.broken:
            return walk.report(walk.broken)
    if (head_sequence, head_hash, end["number"]) != (walk.sequence, walk.hash, walk.sequence):
        return walk.report(ChainFault(Fault.END_DIFFERS, min(head_sequence, walk.sequence) + 1))
    if walk.ends_before_an_exported_head():
        return walk.report(ChainFault(Fault.EXPORTED_HEAD_DIFFERS, walk.sequence + 1))
    return walk.report(await _unrecorded(organization_id))


class _Walk:
    """The state of a verification: the last correct event and the number of correct signatures."""

    def __init__(self, organization_id: UUID, exported: Collection[Head]) -> None:
        self.organization_id = organization_id
        self.sequence, self.hash = 0, GENESIS
        self.signatures = 0
        self.broken: ChainFault | None = None
        self._exported: Mapping[int, set[str]] = defaultdict(set)
        for head in exported:
            self._exported[head.sequence].add(head.hash)

    def report(self, broken: ChainFault | None) -> ChainReport:
        return ChainReport(Head(self.organization_id, self.sequence, self.hash), self.signatures, broken)

    def ends_before_an_exported_head(self) -> bool:
        return max(self._exported, default=0) > self.sequence

    async def next_page(self, last: int) -> bool:
        """Verify the next page, up to the first wrong row, which `broken` then holds. Returns whether there is more."""
        events = (
            await AuditEvent.filter(
                organization_id=self.organization_id, sequence__gt=self.sequence, sequence__lte=last
            )
            .order_by("sequence")
            .limit(PAGE)
        )
        begun = self.sequence
        for event in events:
            self.broken = self._fault_of(event)
            if self.broken:
                break
            self.sequence, self.hash = event.sequence, event.hash
        # The signatures before the first wrong event are checked too, because one of them may be the first wrong row.
        signings = [event for event in events if event.action == SIGNED and begun < event.sequence <= self.sequence]
        for event, unproven in await _checked_signings(signings):
            if unproven:
                self.sequence, self.hash, self.broken = event.sequence - 1, event.previous_hash, unproven
                return False
            self.signatures += 1
        return self.broken is None and len(events) == PAGE

    def _fault_of(self, event: AuditEvent) -> ChainFault | None:
        expected = self.sequence + 1
        if event.sequence != expected:
            return ChainFault(Fault.EVENT_MISSING, expected)
        if event.previous_hash != self.hash:
            return ChainFault(Fault.EVENT_OUT_OF_LINE, expected, event.id)
        if event.hash != event_hash(event):
            return ChainFault(Fault.EVENT_CHANGED, expected, event.id)
        if self._exported.get(expected, {event.hash}) != {event.hash}:
            return ChainFault(Fault.EXPORTED_HEAD_DIFFERS, expected, event.id)
        return None


async def _checked_signings(signings: Sequence[AuditEvent]) -> list[tuple[AuditEvent, ChainFault | None]]:
    """Each event of a signature with the fault of its evidence, in order. Three statements, or none."""
    if not signings:
        return []
    said = {event.id: _signing_details(event) for event in signings}
    named = [signature_id for signature_id, _, _ in said.values() if signature_id]
    proofs = {proof.signature_id: proof for proof in await SignatureEvidence.filter(signature_id__in=named)}
    signatures = await Signature.in_bulk(named, "id")
    documents = await Document.in_bulk({event.subject_id for event in signings}, "id")
    checked: list[tuple[AuditEvent, ChainFault | None]] = []
    for event in signings:
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
        else:
            checked.append((event, None))
    return checked


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
    return (
        signature.organization_id,
        signature.document_id,
        str(signature.signer_id),
        signature.signed_at,
        document.organization_id,
        document.sha256,
    ) == (
        event.organization_id,
        event.subject_id,
        from_json(proof.content).signer_id,
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


async def _unrecorded(organization_id: UUID) -> ChainFault | None:
    """The first evidence without an event, or signature without evidence. Only direct database writes cause them."""
    if rows := await fetch(_EVIDENCE_UNKNOWN, organization_id, SIGNED):
        return ChainFault(Fault.EVIDENCE_UNKNOWN, None, as_uuid(rows[0]["id"]))
    if rows := await fetch(_SIGNATURE_UNPROVEN, organization_id):
        return ChainFault(Fault.SIGNATURE_UNPROVEN, None, as_uuid(rows[0]["id"]))
    return None


async def audited_organizations(slug: str | None = None) -> list[Organization]:
    """All organizations by slug, or the one with this slug; empty if there is none."""
    return await (Organization.filter(slug=slug) if slug else Organization.all()).order_by("slug")
