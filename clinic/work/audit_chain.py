"""The audit chain: what an event's hash covers, and how events are appended."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from tortoise.expressions import F

from clinic.values.callers import Caller, PatientCaller, StaffCaller, SystemCaller
from clinic.work.models import AuditEvent, AuditHead

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """An event before it has its number in the chain. `details` contains ids and codes, never names or secrets."""

    action: str
    subject_kind: str
    subject_id: UUID
    reason: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over the event's columns and the previous event's hash, as canonical JSON."""
    content = {
        "organization": str(event.organization_id),
        "sequence": event.sequence,
        "id": str(event.id),
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": event.action,
        "actor": [event.actor_kind, str(event.actor_id or ""), event.actor_name],
        "subject": [event.subject_kind, str(event.subject_id)],
        "reason": event.reason,
        "details": event.details,
        "origin": [event.address, event.agent, event.request_id],
        "previous": event.previous_hash,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


async def append(entries: Sequence[Entry], caller: Caller, now: datetime) -> list[AuditEvent]:
    """Append events, in order, to the chain of the caller's organization, inside the current transaction.

    Updating the head row locks the chain: other transactions of the organization wait here until the commit. So call it
    last.
    """
    if not entries:
        return []
    organization_id = caller.organization_id
    if not await AuditHead.filter(organization_id=organization_id).update(sequence=F("sequence") + len(entries)):
        await AuditHead.create(organization_id=organization_id, sequence=len(entries), hash=GENESIS)
    head = await AuditHead.get(organization_id=organization_id)
    events: list[AuditEvent] = []
    for sequence, entry in enumerate(entries, start=head.sequence - len(entries) + 1):
        event = _event(entry, caller, now, sequence, events[-1].hash if events else head.hash)
        await event.save(force_create=True)
        events.append(event)
    await AuditHead.filter(organization_id=organization_id).update(hash=events[-1].hash)
    return events


def _event(entry: Entry, caller: Caller, now: datetime, sequence: int, previous_hash: str) -> AuditEvent:
    actor_kind, actor_id, actor_name = _actor(caller)
    event = AuditEvent(
        id=uuid4(),
        organization_id=caller.organization_id,
        sequence=sequence,
        at=now,
        action=entry.action,
        actor_kind=actor_kind,
        actor_id=actor_id,
        actor_name=actor_name,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        reason=entry.reason,
        details=json.dumps(dict(entry.details), ensure_ascii=False, sort_keys=True),
        address=caller.origin.address or "",
        agent=(caller.origin.agent or "")[:300],
        request_id=caller.origin.request_id or "",
        previous_hash=previous_hash,
    )
    event.hash = event_hash(event)
    return event


def _actor(caller: Caller) -> tuple[str, UUID | None, str]:
    match caller:
        case StaffCaller():
            return "staff", caller.staff_member_id, ""
        case PatientCaller():
            return "patient", caller.account_id, ""
        case SystemCaller():
            return "system", None, caller.name
        case _:
            return "anonymous", None, ""
