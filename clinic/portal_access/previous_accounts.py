"""Lists the accounts to which a contact was linked before. Staff may link them again, even if their address changed.

They have no effect on the icon, which depends on addresses (product §2), and are never chosen automatically: a link
may have been ended because it belonged to the wrong person.
"""

from collections.abc import Sequence
from uuid import UUID

from clinic.database.rows import as_uuid, fetch
from clinic.portal_access.facts import ACCOUNT_COLUMNS, account_reader
from clinic.portal_access.status import AccountFacts

_PREVIOUS = f"""
SELECT h.contact_id, {ACCOUNT_COLUMNS}, NULL AS account_linked_contact_id
FROM (SELECT contact_id, account_id, max(linked_at) AS last_at FROM portal_link
      WHERE organization_id = $2 AND contact_id {{in_1}} GROUP BY contact_id, account_id) h
JOIN portal_account a ON a.id = h.account_id
WHERE a.withdrawn_at IS NULL AND a.registered_at IS NOT NULL AND a.email_verified_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM portal_link l WHERE l.account_id = a.id AND l.unlinked_at IS NULL)
ORDER BY h.last_at DESC, a.id
"""  # noqa: S608 - our own column names


async def previous_accounts(organization_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, list[AccountFacts]]:
    """For each contact, its previous accounts that are registered, verified and not linked now, the latest link first.

    One statement.
    """
    found: dict[UUID, list[AccountFacts]] = {contact_id: [] for contact_id in contact_ids}
    rows = await fetch(_PREVIOUS, list(contact_ids), organization_id)
    account_of = account_reader(rows)
    for row in rows:
        if account := account_of(row):
            found[as_uuid(row["contact_id"])].append(account)
    return found
