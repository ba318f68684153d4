"""The leanest statement for the calendar on our own tables: just the columns that the answer shows, each join by index.

`POSTGRES` has the columns of `bench.handwritten`'s heavy one, in the same order, so that both make the same answer.
`FACTS` has those that decide a status, for contacts by id: what an endpoint with loaders reads (`bench.mercurius`).
"""

# own: the account of the live link; found: one with an address of the contact that is linked to nobody; taken: one
# with the primary address that is linked to somebody else. `found` and `taken` are looked for only without a link.
_STATUS = """
  own.id AS own_id, own.email AS own_email, own.registered_at, own.last_signed_in_at,
  own.disabled_at AS own_disabled_at, own.disabled_reason AS own_disabled_reason,
  found.id AS found_id, found.email AS found_email,
  found.disabled_at AS found_disabled_at, found.disabled_reason AS found_disabled_reason,
  taken.id AS taken_id, taken.email AS taken_email, taken.disabled_at, taken.disabled_reason,
  i.id AS invitation_id, i.expires_at, t.status AS letter, t.at AS letter_at, t.failure,
  e.address,
  own.id IS NULL AND found.id IS NULL AND EXISTS (
    SELECT 1 FROM contact_email o WHERE o.organization_id = $1 AND o.address_normal = e.address_normal
    AND o.contact_id <> c.id) AS shared,
  EXISTS (SELECT 1 FROM contact_email o
    WHERE o.contact_id = c.id AND o.address_normal = own.email_normal) AS own_on_record
"""

_JOINS = """
LEFT JOIN LATERAL (SELECT address, address_normal FROM contact_email
  WHERE contact_id = c.id AND position = 0 LIMIT 1) e ON TRUE
LEFT JOIN LATERAL (SELECT account_id FROM portal_link WHERE contact_id = c.id AND unlinked_at IS NULL LIMIT 1) l ON TRUE
LEFT JOIN LATERAL (SELECT id, email, email_normal, registered_at, last_signed_in_at, disabled_at, disabled_reason
  FROM portal_account WHERE id = l.account_id LIMIT 1) own ON TRUE
LEFT JOIN LATERAL (SELECT x.id, x.expires_at FROM invitation x WHERE x.account_id = own.id
  ORDER BY x.created_at DESC, x.id LIMIT 1) i ON TRUE
LEFT JOIN LATERAL (SELECT y.status, COALESCE(y.sent_at, y.failed_at) AS at, y.failure FROM letter y
  WHERE y.invitation_id = i.id ORDER BY y.created_at DESC, y.id LIMIT 1) t ON TRUE
LEFT JOIN LATERAL (SELECT a.id, a.email, a.disabled_at, a.disabled_reason
  FROM contact_email m JOIN portal_account a
    ON a.organization_id = $1 AND a.email_normal = m.address_normal AND a.withdrawn_at IS NULL
  WHERE own.id IS NULL AND m.contact_id = c.id AND a.registered_at IS NOT NULL AND a.email_verified_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM portal_link k WHERE k.account_id = a.id AND k.unlinked_at IS NULL)
  ORDER BY m.position LIMIT 1) found ON TRUE
LEFT JOIN LATERAL (SELECT a.id, a.email, a.disabled_at, a.disabled_reason
  FROM portal_account a JOIN portal_link k ON k.account_id = a.id AND k.unlinked_at IS NULL
  WHERE own.id IS NULL AND found.id IS NULL AND a.organization_id = $1 AND a.email_normal = e.address_normal
    AND a.withdrawn_at IS NULL AND (a.registered_at IS NULL OR a.email_verified_at IS NOT NULL) LIMIT 1) taken ON TRUE
"""

POSTGRES = f"""
SELECT p.id, p.starts_at, p.ends_at, f.name, c.id, c.given_name, c.family_name, {_STATUS}
FROM (SELECT id, starts_at, ends_at, facility_id, contact_id FROM appointment
      WHERE organization_id = $1 AND starts_at >= $2 AND starts_at < $3 AND cancelled_at IS NULL
      ORDER BY starts_at, id LIMIT $4) p
JOIN LATERAL (SELECT id, given_name, family_name FROM contact WHERE id = p.contact_id LIMIT 1) c ON TRUE
LEFT JOIN facility f ON f.id = p.facility_id
{_JOINS}
ORDER BY p.starts_at, p.id
"""  # noqa: S608 - constants of this module

FACTS = f"SELECT c.id, {_STATUS} FROM unnest($2::uuid[]) AS c (id) {_JOINS}"  # noqa: S608 - constants of this module
