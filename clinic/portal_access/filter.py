"""The state machine once more, as an SQL expression, for finding contacts by state.

A page filtered by state must cost a fixed number of statements among 100,000 contacts, so the database has to know
the rule. `status.decide` is the law; a test compares the two in every combination of facts on both databases.
"""

# An account that owns its address: still an invitation, or registered with the address verified.
_OWNS = "a.withdrawn_at IS NULL AND (a.registered_at IS NULL OR a.email_verified_at IS NOT NULL)"

_ON_ADDRESS = """contact_email e JOIN portal_account a
    ON a.organization_id = e.organization_id AND a.email_normal = e.address_normal"""

_LINKED = "EXISTS (SELECT 1 FROM portal_link l WHERE l.account_id = a.id AND l.unlinked_at IS NULL)"

PORTAL_STATE = f"""CASE
  WHEN EXISTS (SELECT 1 FROM portal_link l JOIN portal_account a ON a.id = l.account_id
    WHERE l.contact_id = c.id AND l.unlinked_at IS NULL AND a.registered_at IS NOT NULL) THEN 'LINKED'
  WHEN EXISTS (SELECT 1 FROM portal_link l WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) THEN 'INVITED'
  WHEN NOT EXISTS (SELECT 1 FROM contact_email e WHERE e.contact_id = c.id) THEN 'NO_EMAIL'
  WHEN EXISTS (SELECT 1 FROM {_ON_ADDRESS} WHERE e.contact_id = c.id AND {_OWNS}
    AND a.registered_at IS NOT NULL AND NOT {_LINKED}) THEN 'ACCOUNT_NOT_LINKED'
  WHEN EXISTS (SELECT 1 FROM {_ON_ADDRESS} WHERE e.contact_id = c.id AND e.position = 0 AND {_OWNS}
    AND {_LINKED}) THEN 'EMAIL_CONFLICT'
  ELSE 'NO_ACCOUNT' END"""
