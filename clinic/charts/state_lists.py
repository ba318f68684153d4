"""The SQL of lists and counts by stored portal state: all of it is read from one index (decision 0067)."""

from collections.abc import Sequence

from clinic.charts.conditions import Value
from clinic.portal_access.status import PortalState

# The stored state of contact `c`.
STORED_STATE = (
    "(SELECT s.state FROM contact_portal_state s WHERE s.id = c.id AND s.organization_id = c.organization_id)"
)


def _count(state: str, archived: str) -> str:
    # The order says which index to use. Else PostgreSQL may read the whole table, other practices' rows with it.
    return (
        f"(SELECT count(*) FROM (SELECT 1 FROM contact_portal_state s WHERE s.organization_id = $1 "
        f"AND s.state = {state} AND s.archived = {archived} ORDER BY s.sort_key, s.id) counted)"
    )


def is_in_states(states: Sequence[PortalState], value: Value) -> str:
    """The condition that contact `c` is in one of these states."""
    return f"{STORED_STATE} IN ({', '.join(value(state.value) for state in states) or 'NULL'})"


def pages_of_states(
    states: Sequence[PortalState],
    conditions: Sequence[str],
    *,
    order: str,
    limit: str,
    archived_too: bool,
    value: Value,
) -> str:
    """The first contacts of each state, as rows of `id` and `sort_key`. They are in no order.

    `conditions` and `order` are about row `s`. Each state and archived contacts have a part of the index to
    themselves, which is in the order of lists.
    """
    parts: list[str] = []
    for state in states:
        for archived in ("FALSE", "TRUE") if archived_too else ("FALSE",):
            where = " AND ".join(
                ["s.organization_id = $1", f"s.state = {value(state.value)}", f"s.archived = {archived}", *conditions]
            )
            parts.append(
                f"SELECT id, sort_key FROM (SELECT s.id, s.sort_key FROM contact_portal_state s "
                f"WHERE {where} ORDER BY {order} LIMIT {limit}) part_{len(parts)}"
            )
    nobody = " AND ".join(["FALSE", *conditions])
    return " UNION ALL ".join(parts) or f"SELECT id, sort_key FROM contact_portal_state s WHERE {nobody} LIMIT {limit}"


def count_in_states(states: Sequence[PortalState], *, archived_too: bool, value: Value) -> str:
    """A SELECT that counts the contacts of the organization `$1` in these states, as `number`."""
    counts = [
        _count(value(state.value), archived)
        for state in states
        for archived in (("FALSE", "TRUE") if archived_too else ("FALSE",))
    ]
    if not counts:
        return "SELECT count(*) AS number FROM contact_portal_state s WHERE s.organization_id = $1 AND FALSE"
    return f"SELECT {' + '.join(counts)} AS number"


COUNT_STATES = " UNION ALL ".join(
    f"SELECT '{state.value}' AS state, " + _count(f"'{state.value}'", "FALSE") + " AS number" for state in PortalState
)
