"""Gathering what decides the icon, for any number of contacts in one statement."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from clinic.portal_access.status import AccountFacts, AddressFacts, InvitationFacts, LetterState, StatusFacts
from clinic.rows import Row, as_datetime, as_uuid, fetch, maybe_datetime, maybe_uuid

_ACCOUNT = (
    "a.id, a.email, a.email_normal, a.created_at, a.registered_at, a.email_verified_at, a.last_signed_in_at, "
    "a.disabled_at, a.disabled_reason"
)

_FACTS = f"""
SELECT e.contact_id, e.position, e.address, e.address_normal,
  EXISTS (SELECT 1 FROM contact_email o WHERE o.organization_id = e.organization_id
          AND o.address_normal = e.address_normal AND o.contact_id <> e.contact_id),
  {_ACCOUNT}, l.contact_id,
  CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ), NULL, CAST(NULL AS TIMESTAMPTZ), NULL
FROM contact_email e
LEFT JOIN portal_account a ON a.organization_id = e.organization_id AND a.email_normal = e.address_normal
  AND a.withdrawn_at IS NULL
LEFT JOIN portal_link l ON l.account_id = a.id AND l.unlinked_at IS NULL
WHERE e.contact_id {{in_1}}
UNION ALL
SELECT l.contact_id, -1, NULL, NULL, NULL, {_ACCOUNT}, l.contact_id,
  i.expires_at, i.closed_at, t.status, COALESCE(t.sent_at, t.failed_at), t.failure
FROM portal_link l
JOIN portal_account a ON a.id = l.account_id
LEFT JOIN invitation i ON i.id = (
  SELECT x.id FROM invitation x WHERE x.account_id = a.id ORDER BY x.created_at DESC, x.id LIMIT 1)
LEFT JOIN letter t ON t.id = (
  SELECT y.id FROM letter y WHERE y.invitation_id = i.id ORDER BY y.created_at DESC, y.id LIMIT 1)
WHERE l.contact_id {{in_1}} AND l.unlinked_at IS NULL
ORDER BY 1, 2
"""

_LETTERS = {
    "QUEUED": LetterState.QUEUED,
    "SENT": LetterState.SENT,
    "BOUNCED": LetterState.BOUNCED,
    "FAILED": LetterState.FAILED,
}


async def status_facts(contact_ids: Sequence[UUID]) -> dict[UUID, StatusFacts]:
    """The facts of each contact, by id; a contact without address and link has empty facts. One statement."""
    if not contact_ids:
        return {}
    rows = await fetch(_FACTS, list(contact_ids))
    by_contact: dict[UUID, list[Row]] = {}
    for row in rows:
        by_contact.setdefault(as_uuid(row[0]), []).append(row)
    return {contact_id: _facts(by_contact.get(contact_id, ())) for contact_id in contact_ids}


def _facts(rows: Iterable[Row]) -> StatusFacts:
    addresses: list[AddressFacts] = []
    own, invitation = None, None
    for row in rows:
        if row[1] == -1:
            own, invitation = _account(row), _invitation(row)
        else:
            addresses.append(AddressFacts(row[2], row[3], _account(row), bool(row[4])))
    return StatusFacts(tuple(addresses), own, invitation)


def _account(row: Row) -> AccountFacts | None:
    if row[5] is None:
        return None
    return AccountFacts(
        id=as_uuid(row[5]),
        email=row[6],
        email_normal=row[7],
        created_at=as_datetime(row[8]),
        registered_at=maybe_datetime(row[9]),
        email_verified_at=maybe_datetime(row[10]),
        last_signed_in_at=maybe_datetime(row[11]),
        disabled_at=maybe_datetime(row[12]),
        disabled_reason=row[13],
        linked_contact_id=maybe_uuid(row[14]),
    )


def _invitation(row: Row) -> InvitationFacts | None:
    if row[15] is None:
        return None
    return InvitationFacts(
        expires_at=as_datetime(row[15]),
        open=row[16] is None,
        letter=_LETTERS.get(row[17], LetterState.NONE),
        letter_at=maybe_datetime(row[18]),
        letter_failure=row[19] or "",
    )
