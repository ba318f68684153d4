"""The audit chain: what an event's hash covers, how events are appended, and what proves that the program did it.

The hashes link the events; anybody can compute them. A MAC under the secret keys over each hash, and over the number
and hash of the chain's end, can only be made by the program (security.md, "Proofs the database can't make").
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from clinic.database.rows import fetch_changed
from clinic.values.callers import Caller, PatientCaller, StaffCaller, SystemCaller
from clinic.values.ports import Secrets
from clinic.work.models import AuditEvent, AuditHead, AuditVoucher

log = logging.getLogger(__name__)

GENESIS = "0" * 64
# The first event of every chain. Only a chain that begins with it is proven.
CREATED = "organization.created"

# The purposes of the MACs, so that none stands for another.
_EVENT, _HEAD, _VOUCHER = "audit event", "audit head", "audit voucher"


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


def event_is_proven(event: AuditEvent, secrets: Secrets) -> bool:
    """Whether the program wrote the event's hash. Whether the hash is that of the columns is a question of its own."""
    return secrets.is_mac(_EVENT, event.hash, event.mac)


def head_mac(organization_id: UUID, sequence: int, hash_: str, secrets: Secrets) -> str:
    """The MAC of a chain's end."""
    return secrets.mac(_HEAD, _end(organization_id, sequence, hash_))


def head_is_proven(organization_id: UUID, sequence: int, hash_: str, mac: str, secrets: Secrets) -> bool:
    """Whether the program wrote this end of the chain."""
    return secrets.is_mac(_HEAD, _end(organization_id, sequence, hash_), mac)


def voucher_mac(voucher: AuditVoucher, secrets: Secrets) -> str:
    """The MAC of a voucher."""
    return secrets.mac(_VOUCHER, _voucher_text(voucher))


def voucher_is_proven(voucher: AuditVoucher, secrets: Secrets) -> bool:
    """Whether the program wrote the voucher."""
    return secrets.is_mac(_VOUCHER, _voucher_text(voucher), voucher.mac)


async def vouched_until(organization_id: UUID, secrets: Secrets) -> int:
    """The number of the last event for which the organization's voucher stands; 0 if there is no right voucher."""
    voucher = await AuditVoucher.get_or_none(organization_id=organization_id)
    return voucher.sequence if voucher and voucher_is_proven(voucher, secrets) else 0


def _end(organization_id: UUID, sequence: int, hash_: str) -> str:
    return f"{organization_id} {sequence} {hash_}"


def _voucher_text(voucher: AuditVoucher) -> str:
    moment = voucher.vouched_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{_end(voucher.organization_id, voucher.sequence, voucher.hash)} {moment}"


class AuditKeyMissing(Exception):
    """Another process wrote the chain's end under a secret key that this process does not have."""


async def lock_chain(organization_id: UUID) -> None:
    """Lock the organization's chain until the running transaction ends, as `append` does. Take no other lock after it.

    The statements that follow see what every transaction wrote that held the lock before.
    """
    await AuditHead.filter(organization_id=organization_id).select_for_update().first()


async def append(entries: Sequence[Entry], caller: Caller, now: datetime, secrets: Secrets) -> list[AuditEvent]:
    """Append events, in order, to the chain of the caller's organization, inside the current transaction.

    Updating the head row locks the chain: other transactions of the organization wait here until the commit. So call it
    when the action has taken all its other locks. An end that the program did not write stays without a MAC, so that
    `audit verify` still finds it. Raises `AuditKeyMissing` during a key rotation, before this process is restarted with
    the new key; nothing is written then.
    """
    if not entries:
        return []
    organization_id = caller.organization_id
    found = await fetch_changed(
        "UPDATE audit_head SET sequence = sequence + $1 WHERE organization_id = $2 RETURNING sequence, hash, mac",
        len(entries),
        organization_id,
    )
    begun = not found
    if found:
        head = AuditHead(organization_id=organization_id, **found[0])
    else:
        head = await AuditHead.create(organization_id=organization_id, sequence=len(entries), hash=GENESIS)
    before = head.sequence - len(entries)
    proven = (
        entries[0].action == CREATED if begun else head_is_proven(organization_id, before, head.hash, head.mac, secrets)
    )
    if not proven and head.mac and not secrets.has_key_of(head.mac):
        raise AuditKeyMissing("Restart with every key of VESTIBULE_SECRET_KEYS; vestibule check tells more.")
    if not proven:
        log.error("the end of an audit chain is not proven", extra={"organization_id": str(organization_id)})
    events: list[AuditEvent] = []
    for sequence, entry in enumerate(entries, start=before + 1):
        event = _event(entry, caller, now, sequence, events[-1].hash if events else head.hash)
        event.mac = secrets.mac(_EVENT, event.hash)
        await event.save(force_create=True)
        events.append(event)
    mac = head_mac(organization_id, head.sequence, events[-1].hash, secrets) if proven else ""
    await AuditHead.filter(organization_id=organization_id).update(hash=events[-1].hash, mac=mac)
    return events


def _event(entry: Entry, caller: Caller, now: datetime, sequence: int, previous_hash: str) -> AuditEvent:
    actor_kind, actor_id, actor_name = _actor(caller)
    details = {**entry.details, **behalf(caller)}
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
        details=details_text(details),
        address=caller.origin.address or "",
        agent=(caller.origin.agent or "")[:300],
        request_id=caller.origin.request_id or "",
        previous_hash=previous_hash,
    )
    event.hash = event_hash(event)
    return event


def details_text(details: Mapping[str, str]) -> str:
    """The details as an event stores them."""
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True)


def behalf(caller: Caller) -> Mapping[str, str]:
    """The detail that names the program which acts for the actor; nothing where nobody acts for somebody."""
    if not isinstance(caller, StaffCaller) or caller.program_id in (None, caller.staff_member_id):
        return {}
    return {"via": str(caller.program_id)}


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
