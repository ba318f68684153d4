"""The portal state in the database, for finding and counting contacts. What a screen shows is computed from the facts.

`store_states` is the only code that writes it. Each unit of work calls it at its end, for the contacts that the change
concerns, while the practice's audit chain is locked. That lock puts all changes of a practice in an order, so each
change sees the facts of those before it. No fact that decides the state changes by time alone (decision 0067).
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from clinic.database.rows import as_uuid, fetch, fetch_changed
from clinic.portal_access.facts import status_facts
from clinic.portal_access.status import PortalState, decide
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, while_nobody_changes

log = logging.getLogger(__name__)

# How many contacts are read and stored by one statement. Some addresses are on the records of thousands.
BATCH = 1000

_STORE = """
INSERT INTO contact_portal_state (id, organization_id, state, sort_key, archived)
SELECT c.id, c.organization_id, CAST($3 AS VARCHAR(20)), c.sort_key, c.archived_at IS NOT NULL
FROM contact c WHERE {unindexed c.organization_id} = $2 AND c.id {in_1}
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
SELECT c.id FROM contact c WHERE c.organization_id = $1 AND c.id > $2
AND NOT EXISTS (SELECT 1 FROM contact_portal_state s WHERE s.id = c.id) ORDER BY c.id LIMIT $3
"""


async def contacts_without_state(organization_id: UUID, after: UUID) -> list[UUID]:
    """At most `BATCH` contacts that were written by a release that stored no state, in the order of their ids."""
    return [as_uuid(row["id"]) for row in await fetch(_MISSING, organization_id, after, BATCH)]


_STORED = """
SELECT c.id, s.state, s.sort_key = c.sort_key AND s.archived = (c.archived_at IS NOT NULL) AS copied
FROM contact c LEFT JOIN contact_portal_state s ON s.id = c.id
WHERE {unindexed c.organization_id} = $1 AND c.id {in_2}
"""


async def contacts_with_wrong_state(organization_id: UUID, contact_ids: Collection[UUID]) -> list[UUID]:
    """Those of the organization's contacts whose stored row is missing or wrong. Two statements.

    Unless the organization's audit chain is locked, a change between the two may look like a difference.
    """
    facts = await status_facts(list(contact_ids))
    rows = await fetch(_STORED, organization_id, list(contact_ids))
    return [
        contact_id
        for row in rows
        for contact_id in [as_uuid(row["id"])]
        if not row["copied"] or row["state"] != decide(facts[contact_id])[0].value
    ]


@retry_on_conflict
async def mend_states(organization_id: UUID, contact_ids: Collection[UUID], services: Services) -> list[UUID]:
    """Store the states of these contacts anew, in a transaction of its own.

    Logs and counts each that was wrong, and returns those. One that was changed meanwhile is not wrong.
    """
    async with while_nobody_changes(organization_id):
        mended = await store_states(organization_id, contact_ids)
    for contact_id in mended:
        ids = {"organization_id": str(organization_id), "contact_id": str(contact_id)}
        log.warning("stored portal state was wrong", extra=ids)
        services.metrics.count_mended_state()
    return mended
