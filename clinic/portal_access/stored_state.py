"""The portal state in the database, for finding and counting contacts. What a screen shows is computed from the facts.

`store_states` is the only code that writes it. Each unit of work calls it at its end, for the contacts that the change
concerns, while the practice's audit chain is locked. That lock puts all changes of a practice in an order, so each
change sees the facts of those before it. No fact that decides the state changes by time alone (decision 0067).
"""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from clinic.database.rows import as_uuid, fetch, fetch_changed
from clinic.portal_access.facts import status_facts
from clinic.portal_access.status import PortalState, decide

# How many contacts are read and stored by one statement. Some addresses are on the records of thousands.
BATCH = 1000

_STORE = """
INSERT INTO contact_portal_state (id, organization_id, state, sort_key, archived)
SELECT c.id, c.organization_id, CAST($3 AS VARCHAR(20)), c.sort_key, c.archived_at IS NOT NULL
FROM contact c WHERE c.organization_id = $2 AND c.id {in_1}
ON CONFLICT (id) DO UPDATE SET state = excluded.state, sort_key = excluded.sort_key, archived = excluded.archived
WHERE contact_portal_state.state <> excluded.state OR contact_portal_state.sort_key <> excluded.sort_key
  OR contact_portal_state.archived <> excluded.archived
RETURNING id
"""


async def store_states(organization_id: UUID, contact_ids: Collection[UUID]) -> list[UUID]:
    """Store the states of these contacts of the organization, in the running transaction.

    Call it only while the organization's audit chain is locked. Returns the contacts whose row was missing or wrong.
    """
    changed: list[UUID] = []
    wanted = list(contact_ids)
    for start in range(0, len(wanted), BATCH):
        by_state: defaultdict[PortalState, list[UUID]] = defaultdict(list)
        for contact_id, facts in (await status_facts(wanted[start : start + BATCH])).items():
            by_state[decide(facts)[0]].append(contact_id)
        for state, ids in by_state.items():
            rows = await fetch_changed(_STORE, ids, organization_id, state.value)
            changed += [as_uuid(row["id"]) for row in rows]
    return changed


_MISSING = """
SELECT c.id FROM contact c WHERE c.organization_id = $1
AND NOT EXISTS (SELECT 1 FROM contact_portal_state s WHERE s.id = c.id) ORDER BY c.id LIMIT $2
"""


async def contacts_without_state(organization_id: UUID, limit: int) -> list[UUID]:
    """Contacts that were written by a release that stored no state."""
    return [as_uuid(row["id"]) for row in await fetch(_MISSING, organization_id, limit)]
