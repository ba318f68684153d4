"""What is there after the kills, held against what was acknowledged: nothing lost, nothing half done, nothing twice."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from uuid import UUID

from bench.leftovers import Leftovers
from clinic.database.rows import as_uuid, fetch
from clinic.values.tokens import hash_token

_LINK = re.compile(r"https?://\S+/register/([\w-]+)")


@dataclass(frozen=True)
class Acknowledged:
    """What a client was told is there."""

    contact_id: UUID
    account_id: UUID


@dataclass
class Count(Leftovers):
    """The numbers of one run."""

    complete: int = 0
    unacknowledged: int = 0
    delivered: int = 0
    waiting: int = 0
    sent_again: int = 0


# Each finds rows that no committed action can have left behind.
_HALF_STATES = {
    "accounts without a live link": "SELECT a.id FROM portal_account a WHERE NOT EXISTS "
    "(SELECT 1 FROM portal_link l WHERE l.account_id = a.id AND l.unlinked_at IS NULL)",
    "accounts without an open invitation": "SELECT a.id FROM portal_account a WHERE NOT EXISTS "
    "(SELECT 1 FROM invitation i WHERE i.account_id = a.id AND i.closed_at IS NULL)",
    "accounts without an audit event": "SELECT a.id FROM portal_account a WHERE NOT EXISTS "
    "(SELECT 1 FROM audit_event v WHERE v.subject_id = a.id AND v.action = 'portal_account.created')",
    "invitations without a letter": "SELECT i.id FROM invitation i WHERE NOT EXISTS "
    "(SELECT 1 FROM letter t WHERE t.invitation_id = i.id)",
    "contacts without an address": "SELECT c.id FROM contact c WHERE NOT EXISTS "
    "(SELECT 1 FROM contact_email e WHERE e.contact_id = c.id)",
    "contacts without an audit event": "SELECT c.id FROM contact c WHERE NOT EXISTS "
    "(SELECT 1 FROM audit_event v WHERE v.subject_id = c.id AND v.action = 'contact.created')",
    "audit events of accounts that are not there": "SELECT v.id FROM audit_event v "
    "WHERE v.action = 'portal_account.created' "
    "AND NOT EXISTS (SELECT 1 FROM portal_account a WHERE a.id = v.subject_id)",
    "letters neither sent nor waiting": "SELECT t.id FROM letter t WHERE t.status NOT IN ('SENT', 'QUEUED')",
    "sent letters without an audit event": "SELECT t.id FROM letter t WHERE t.status = 'SENT' AND NOT EXISTS "
    "(SELECT 1 FROM audit_event v WHERE v.subject_id = t.id AND v.action = 'letter.sent')",
    "people put on record twice": "SELECT c.family_name FROM contact c GROUP BY c.family_name HAVING count(*) > 1",
    "records with two letters": "SELECT i.contact_id FROM letter t JOIN invitation i ON i.id = t.invitation_id "
    "GROUP BY i.contact_id HAVING count(*) > 1",
}

_COMPLETE = """
SELECT a.id, l.contact_id FROM portal_account a
JOIN portal_link l ON l.account_id = a.id AND l.unlinked_at IS NULL
JOIN invitation i ON i.account_id = a.id AND i.contact_id = l.contact_id AND i.closed_at IS NULL
JOIN letter t ON t.invitation_id = i.id AND t.status IN ('SENT', 'QUEUED')
WHERE a.withdrawn_at IS NULL
  AND EXISTS (SELECT 1 FROM audit_event v WHERE v.subject_id = a.id AND v.action = 'portal_account.created')
  AND EXISTS (SELECT 1 FROM audit_event v WHERE v.subject_id = l.contact_id AND v.action = 'contact.created')
"""


async def count_losses(organization_id: UUID, acknowledged: Iterable[Acknowledged], letters: Iterable[bytes]) -> Count:
    """Look at the open database once everything has come to rest. `letters` as the mail server took them."""
    count = Count()
    promised = {(each.account_id, each.contact_id) for each in acknowledged}
    there = {(as_uuid(row[0]), as_uuid(row[1])) for row in await fetch(_COMPLETE)}
    count.acknowledged = len(promised)
    count.complete = len(promised & there)
    count.unacknowledged = len(there - promised)
    if promised - there:
        count.broken.append(f"{len(promised - there)} acknowledged accounts are not there, or not whole")
    await count.look_for(_HALF_STATES)
    await _compare_letters(count, _links_by_message_id(letters))
    await count.compare_states(organization_id)
    await count.walk_the_chain(organization_id)
    return count


def _links_by_message_id(letters: Iterable[bytes]) -> Mapping[str, list[str]]:
    """The token in each letter that arrived."""
    tokens: dict[str, list[str]] = {}
    for content in letters:
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain",))
        found = _LINK.search(body.get_content()) if body else None
        tokens.setdefault(str(message["Message-ID"]), []).append(found.group(1) if found else "")
    return tokens


async def _compare_letters(count: Count, arrived: Mapping[str, list[str]]) -> None:
    rows = await fetch("SELECT message_id, status, token_hash FROM letter WHERE invitation_id IS NOT NULL")
    statuses = Counter(row[1] for row in rows)
    count.delivered, count.waiting = statuses["SENT"], statuses["QUEUED"]
    count.sent_again = sum(len(tokens) - 1 for tokens in arrived.values())
    hashes = {row[0]: row[2] for row in rows}
    troubles = {
        "letters are noted as sent and never arrived": [r for r in rows if r[1] == "SENT" and r[0] not in arrived],
        "letters arrived that the outbox doesn't know": arrived.keys() - hashes.keys(),
        "letters arrived twice with different links": [m for m, tokens in arrived.items() if len(set(tokens)) > 1],
        "letters carry a link that opens nothing": [
            m for m, tokens in arrived.items() if m in hashes and hash_token(tokens[-1]) != hashes[m]
        ],
    }
    count.broken += [f"{len(found)} {what}" for what, found in troubles.items() if found]
