"""The state machine of the icon as an SQL expression, to find contacts by state.

A page filtered by state must cost a fixed number of statements among 100,000 contacts, so the rule is needed in the
database too. `status.decide` is the reference; a test compares the two for all combinations of facts on both databases.
"""

# An account that owns its address: it is unregistered (an invitation), or registered with a verified address.
_OWNS = "a.withdrawn_at IS NULL AND (a.registered_at IS NULL OR a.email_verified_at IS NOT NULL)"

_ON_ADDRESS = """contact_email e JOIN portal_account a
    ON a.organization_id = e.organization_id AND a.email_normal = e.address_normal"""

_LINKED = "EXISTS (SELECT 1 FROM portal_link l WHERE l.account_id = a.id AND l.unlinked_at IS NULL)"


def _exists(what: str) -> str:
    """A condition that is checked for each contact, by index, until the page is full.

    With a plain EXISTS, PostgreSQL would read all accounts and links first.
    """
    return f"(SELECT 1 FROM {what} LIMIT 1) IS NOT NULL"


_LIVE_LINK = _exists("portal_link l WHERE l.contact_id = c.id AND l.unlinked_at IS NULL")
_LIVE_LINK_OF_REGISTERED = _exists(
    "portal_link l JOIN portal_account a ON a.id = l.account_id "
    "WHERE l.contact_id = c.id AND l.unlinked_at IS NULL AND a.registered_at IS NOT NULL"
)
_ADDRESS = _exists("contact_email e WHERE e.contact_id = c.id")
_FOUND = _exists(
    f"{_ON_ADDRESS} WHERE e.contact_id = c.id AND {_OWNS} AND a.registered_at IS NOT NULL AND NOT {_LINKED}"
)
_TAKEN = _exists(f"{_ON_ADDRESS} WHERE e.contact_id = c.id AND e.position = 0 AND {_OWNS} AND {_LINKED}")

PORTAL_STATE = f"""CASE
  WHEN {_LIVE_LINK_OF_REGISTERED} THEN 'LINKED'
  WHEN {_LIVE_LINK} THEN 'INVITED'
  WHEN NOT {_ADDRESS} THEN 'NO_EMAIL'
  WHEN {_FOUND} THEN 'ACCOUNT_NOT_LINKED'
  WHEN {_TAKEN} THEN 'EMAIL_CONFLICT'
  ELSE 'NO_ACCOUNT' END"""


def portal_state_in(states: str) -> str:
    """The condition that contact `c` is in one of these states, given as SQL values separated by commas.

    It is a CASE, because PostgreSQL estimates that half of the rows fulfil a CASE. It estimates that a comparison with
    a computed text is rare, and then plans a scan of all contacts.
    """
    return f"CASE WHEN {PORTAL_STATE} IN ({states}) THEN TRUE ELSE FALSE END"
