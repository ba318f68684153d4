"""Writes the deliveries of webhooks in the transaction of the change that they tell of.

What is told follows from the audit and from the announcements to staff screens, so no action can forget it.
docs/decisions/0063-webhooks-say-look-again.md
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from clinic.database.rows import fetch_as
from clinic.values.global_ids import global_id
from clinic.values.webhooks import WebhookEvent
from clinic.webhooks.models import WebhookDelivery
from clinic.work.audit_chain import Entry

# The audited acts that are events, and the name of the subject's id in the body. Who registered by themself has an
# account when the address is confirmed; before that it counts for nothing.
_ACTS = {
    "portal_account.registered": (WebhookEvent.ACCOUNT_REGISTERED, "accountId"),
    "portal_account.email_verified": (WebhookEvent.ACCOUNT_REGISTERED, "accountId"),
    "document.signed": (WebhookEvent.DOCUMENT_SIGNED, "documentId"),
    "document.declined": (WebhookEvent.DOCUMENT_DECLINED, "documentId"),
    "document.completed": (WebhookEvent.DOCUMENT_COMPLETED, "documentId"),
}
# Details of the audit that are ids of other records which the receiver may want.
_DETAILS = {"contact_id": ("contactId", "Contact"), "signature": ("signatureId", "Signature")}

# Few practices have an endpoint: this is read for each change, by an index, and mostly finds nothing.
_LISTENING = """
SELECT e.id, e.events, o.slug FROM webhook_endpoint e JOIN organization o ON o.id = e.organization_id
WHERE e.organization_id = $1 AND e.deleted_at IS NULL AND e.disabled_at IS NULL ORDER BY e.id
"""


@dataclass(frozen=True)
class _Listening:
    id: UUID
    events: str
    slug: str


Told = tuple[WebhookEvent, dict[str, str]]


async def queue_webhooks(
    entries: Sequence[Entry], changed_contacts: Collection[UUID], organization_id: UUID, now: datetime
) -> None:
    """Queue what the organization's endpoints want to know of a change. One statement, or two where one listens."""
    told = [*_acts(entries), *_statuses(changed_contacts)]
    if not told:
        return
    endpoints = await fetch_as(_Listening, _LISTENING, organization_id)
    rows = [
        WebhookDelivery(
            id=uuid4(),
            organization_id=organization_id,
            endpoint_id=endpoint.id,
            event=event,
            body=_body(event, data, endpoint.slug, now),
            created_at=now,
            next_attempt_at=now,
            due_since=now,
        )
        for endpoint in endpoints
        for event, data in told
        if event.value in endpoint.events.split()
    ]
    if rows:
        await WebhookDelivery.bulk_create(rows)


def _acts(entries: Sequence[Entry]) -> list[Told]:
    told: list[Told] = []
    for entry in entries:
        if entry.action in _ACTS:
            event, name = _ACTS[entry.action]
            data = {name: global_id(entry.subject_kind, entry.subject_id)}
            for detail, (key, kind) in _DETAILS.items():
                if detail in entry.details:
                    data[key] = global_id(kind, UUID(entry.details[detail]))
            told.append((event, data))
    return told


def _statuses(contacts: Collection[UUID]) -> list[Told]:
    return [
        (WebhookEvent.PORTAL_STATUS_CHANGED, {"contactId": global_id("Contact", contact_id)})
        for contact_id in dict.fromkeys(contacts)
    ]


def _body(event: WebhookEvent, data: dict[str, str], slug: str, now: datetime) -> str:
    """The content of Standard Webhooks: type, timestamp, data. Ids only, no personal data."""
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content = {"type": event.value, "timestamp": moment, "data": {"organization": slug, **data}}
    return json.dumps(content, separators=(",", ":"))
