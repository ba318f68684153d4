"""Verifies an organization's audit chain, and compares the evidence of each signature with the chain (product §5).

It finds each event that was edited, removed, added or reordered, and each signature or evidence that was changed,
removed, moved to another document or made without an event. MACs prove that the program wrote each event, the chain's
end and the evidence, so a chain that was written anew is found too. An earlier consistent copy of all rows has right
MACs. To find that one was restored, it needs a head that was exported later than the copy was made (`Head`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from clinic.database.rows import fetch
from clinic.organizations.models import Organization
from clinic.upkeep.audit_faults import ChainFault as ChainFault
from clinic.upkeep.audit_faults import Fault as Fault
from clinic.upkeep.audit_faults import Head as Head
from clinic.upkeep.erasure_verification import ErasureCheck
from clinic.upkeep.evidence_verification import SIGNED, checked_signings, unrecorded
from clinic.values.ports import Secrets
from clinic.work.audit_chain import GENESIS, event_hash, event_is_proven, head_is_proven, voucher_is_proven
from clinic.work.models import AuditEvent, AuditHead, AuditVoucher

# How many events are in memory at the same time.
PAGE = 1000


@dataclass(frozen=True)
class ChainReport:
    """How many events and signatures are correct, up to `head`. `broken` is None if all are correct.

    Signatures on documents that were erased since are not counted.
    """

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


async def heads_without_key(secrets: Secrets) -> int:
    """How many chains end with a MAC whose key is not set. Actions append nothing to them (`AuditKeyMissing`)."""
    macs = await AuditHead.exclude(mac="").values_list("mac", flat=True)
    return sum(not secrets.has_key_of(str(mac)) for mac in macs)


# One statement, so that the head and the events are read at the same time while others append.
_END = """
SELECT h.sequence, h.hash, h.mac,
  (SELECT max(e.sequence) FROM audit_event e WHERE e.organization_id = $1) AS last,
  (SELECT count(*) FROM audit_event e WHERE e.organization_id = $1) AS number
FROM (SELECT 1) one LEFT JOIN audit_head h ON h.organization_id = $1
"""


async def verify_chain(
    organization_id: UUID,
    secrets: Secrets,
    exported: Collection[Head] = (),
    *,
    on_page: Callable[[int], None] = lambda _: None,
) -> ChainReport:
    """Verify one organization's chain from its beginning to the end that it had at the start of the verification.

    `exported` are earlier heads of this organization. `on_page` is called after each page with the number of correct
    events so far.
    """
    voucher = await AuditVoucher.get_or_none(organization_id=organization_id)
    return await _verify(_Walk(organization_id, exported, _Proofs(secrets, voucher)), on_page)


async def verify_links(organization_id: UUID, *, on_page: Callable[[int], None] = lambda _: None) -> ChainReport:
    """Verify the chain as far as that is possible without MACs: for a chain that is older than they are."""
    return await _verify(_Walk(organization_id, (), None), on_page)


async def _verify(walk: "_Walk", on_page: Callable[[int], None]) -> ChainReport:
    [end] = await fetch(_END, walk.organization_id)
    head_sequence, head_hash = end["sequence"] or 0, end["hash"] or GENESIS
    more = True
    while more:
        more = await walk.next_page(end["last"] or 0)
        on_page(walk.sequence)
        if walk.broken:
            return walk.report(walk.broken)
    if (head_sequence, head_hash, end["number"]) != (walk.sequence, walk.hash, walk.sequence):
        return walk.report(ChainFault(Fault.END_DIFFERS, min(head_sequence, walk.sequence) + 1))
    if fault := await walk.fault_of_the_end(end["mac"] or ""):
        return walk.report(fault)
    if walk.ends_before_an_exported_head():
        return walk.report(ChainFault(Fault.EXPORTED_HEAD_DIFFERS, walk.sequence + 1))
    return walk.report(await unrecorded(walk.organization_id))


class _Proofs:
    """Whether the program wrote an event: by its MAC, or by the voucher for the events that are older than MACs."""

    def __init__(self, secrets: Secrets, voucher: AuditVoucher | None) -> None:
        self.secrets = secrets
        self._vouched = voucher is not None
        self._voucher = voucher if voucher and voucher_is_proven(voucher, secrets) else None

    def fault_of(self, event: AuditEvent) -> ChainFault | None:
        voucher = self._voucher
        if voucher and event.sequence == voucher.sequence and event.hash != voucher.hash:
            return ChainFault(Fault.EVENT_UNPROVEN, event.sequence, event.id)
        if event_is_proven(event, self.secrets):
            return None
        if event.mac == "" and voucher and event.sequence <= voucher.sequence:
            return None
        unvouched = event.mac == "" and not self._vouched
        return ChainFault(Fault.NOT_VOUCHED if unvouched else Fault.EVENT_UNPROVEN, event.sequence, event.id)


class _Walk:
    """The state of a verification: the last correct event and the number of correct signatures.

    Without `proofs`, MACs are not checked.
    """

    def __init__(self, organization_id: UUID, exported: Collection[Head], proofs: _Proofs | None) -> None:
        self.organization_id = organization_id
        self._proofs = proofs
        self._erasures = ErasureCheck(organization_id)
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

    async def fault_of_the_end(self, mac: str) -> ChainFault | None:
        """Every chain begins with its organization's creation, and the program wrote its end."""
        if self._proofs is None:
            return None
        if self.sequence == 0:
            there = await Organization.exists(id=self.organization_id)
            return ChainFault(Fault.EVENT_MISSING, 1) if there else None
        proven = head_is_proven(self.organization_id, self.sequence, self.hash, mac, self._proofs.secrets)
        return None if proven else ChainFault(Fault.END_UNPROVEN, self.sequence)

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
        secrets = self._proofs.secrets if self._proofs else None
        erasures = await self._erasures.checked([event for event in events if event.sequence <= self.sequence])
        checked = [*await checked_signings(signings, secrets), *erasures]
        for event, unproven in sorted(checked, key=lambda each: each[0].sequence):
            if unproven:
                self.sequence, self.hash, self.broken = event.sequence - 1, event.previous_hash, unproven
                return False
            self.signatures += event.action == SIGNED
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
        return self._proofs.fault_of(event) if self._proofs else None


async def audited_organizations(slug: str | None = None) -> list[Organization]:
    """All organizations by slug, or the one with this slug; empty if there is none."""
    return await (Organization.filter(slug=slug) if slug else Organization.all()).order_by("slug")
