"""Checking the chain."""

from dataclasses import dataclass
from uuid import UUID

from clinic.audit.chain import GENESIS, event_hash
from clinic.audit.models import AuditEvent, AuditHead

_CHUNK = 1000


@dataclass(frozen=True)
class ChainReport:
    """`broken_at` is the sequence number of the first event that does not fit, or None."""

    organization_id: UUID
    events: int
    broken_at: int | None


async def verify_chain(organization_id: UUID) -> ChainReport:
    """Walk one organization's chain from its beginning to its recorded head."""
    expected_sequence, expected_hash = 1, GENESIS
    while True:
        chunk = (
            await AuditEvent.filter(organization_id=organization_id, sequence__gte=expected_sequence)
            .order_by("sequence")
            .limit(_CHUNK)
        )
        for event in chunk:
            fits = event.sequence == expected_sequence and event.previous_hash == expected_hash
            if not fits or event.hash != event_hash(event):
                return ChainReport(organization_id, expected_sequence - 1, expected_sequence)
            expected_sequence, expected_hash = expected_sequence + 1, event.hash
        if len(chunk) < _CHUNK:
            break
    head = await AuditHead.get_or_none(organization_id=organization_id)
    head_fits = head is None or (head.sequence == expected_sequence - 1 and head.hash in (expected_hash, ""))
    if head is None:
        head_fits = expected_sequence == 1
    return ChainReport(organization_id, expected_sequence - 1, None if head_fits else expected_sequence)
